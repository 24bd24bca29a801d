import pytest
from pydantic import ValidationError

from components.network.network import Network, NetworkArgs

SUBNET, ROUTE, NAT = "aws:ec2/subnet:Subnet", "aws:ec2/route:Route", "aws:ec2/natGateway:NatGateway"


def network(place, **changes):
    return NetworkArgs.model_validate({"placement": place, "cidr": "10.20.0.0/16", "zones": 2, **changes})


def test_each_zone_has_a_private_subnet_and_a_route_table_of_its_own(record, place):
    made = record(lambda: Network("net", network(place, zones=3)))

    subnets = made.of(SUBNET)
    assert [(s["availabilityZone"], s["cidrBlock"]) for s in subnets] == [
        ("eu-west-1a", "10.20.0.0/18"),
        ("eu-west-1b", "10.20.64.0/18"),
        ("eu-west-1c", "10.20.128.0/18"),
    ]
    assert {s["mapPublicIpOnLaunch"] for s in subnets} == {False}
    associations = made.of("aws:ec2/routeTableAssociation:RouteTableAssociation")
    assert [(a["subnetId"], a["routeTableId"]) for a in associations] == [
        (made.id(f"net-private-{zone}"), made.id(f"net-private-{zone}-routes")) for zone in "abc"
    ]


def test_the_default_security_group_lets_nothing_through(record, place):
    group = record(lambda: Network("net", network(place))).inputs("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")

    assert (group["ingress"], group["egress"]) == ([], [])


def test_names_resolve_inside_the_network(record, place):
    vpc = record(lambda: Network("net", network(place))).inputs("aws:ec2/vpc:Vpc")

    assert (vpc["cidrBlock"], vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == ("10.20.0.0/16", True, True)


def test_without_nat_there_is_no_way_to_the_internet(record, place):
    made = record(lambda: Network("net", network(place, nat="none")))

    assert made.names(ROUTE) == []
    assert made.names("aws:ec2/internetGateway:InternetGateway") == []


@pytest.mark.parametrize(
    ("nat", "gateways"),
    [("single", {"a": "net-nat-a", "b": "net-nat-a"}), ("per-zone", {"a": "net-nat-a", "b": "net-nat-b"})],
)
def test_private_subnets_reach_out_through_nat(record, place, nat, gateways):
    made = record(lambda: Network("net", network(place, nat=nat)))

    for zone, gateway in gateways.items():
        assert made.named(f"net-private-{zone}-internet")["natGatewayId"] == made.id(gateway)
    assert len(made.names(NAT)) == len(set(gateways.values()))


def test_a_nat_gateway_stands_in_a_public_subnet_that_reaches_the_internet(record, place):
    made = record(lambda: Network("net", network(place, nat="single")))

    assert made.named("net-nat-a")["subnetId"] == made.id("net-public-a")
    route = made.named("net-public-a-internet")
    assert (route["routeTableId"], route["gatewayId"], route["destinationCidrBlock"]) == (
        made.id("net-public-a-routes"),
        made.id("net-internet"),
        "0.0.0.0/0",
    )


@pytest.mark.parametrize("wrong", [{"zones": 4}, {"nat": "two"}, {"cidr": "10.0.0.1/16"}, {"subnets": 3}])
def test_wrong_arguments_are_refused_before_anything_is_registered(place, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        network(place, **wrong)
