from ipaddress import IPv4Network

import pytest
from pydantic import ValidationError

from components.network.network import Network, NetworkArgs
from components.network.peering import Peering, PeeringArgs
from estate.engine.program import destroy
from estate.plan.record import record as run

CONNECTION = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
ROUTE = "aws:ec2/route:Route"


def peering(place, **changes):
    given = {
        "vpc_id": "vpc-1",
        "route_table_ids": {"a": "rtb-a", "b": "rtb-b"},
        "peer": "tools",
        "cidr": "10.20.0.0/16",
    }
    return PeeringArgs.model_validate({"placement": place, "peer_vpc_id": "vpc-2", **given, **changes})


@pytest.mark.parametrize(
    ("where", "accepted"),
    [
        ({}, True),
        ({"account_id": "123456789012", "region": "eu-west-1"}, True),
        ({"account_id": "999999999999"}, None),
        ({"region": "us-east-1"}, None),
    ],
)
def test_only_in_the_own_account_and_region_it_is_accepted_at_once(record, place, where, accepted):
    made = record(lambda: Peering("p", peering(place, **where)))

    assert made.inputs(CONNECTION).get("autoAccept") is accepted


def test_every_zone_has_a_route_to_the_other_network(record, place):
    made = record(lambda: Peering("p", peering(place)))

    assert [(each["routeTableId"], each["destinationCidrBlock"]) for each in made.of(ROUTE)] == [
        ("rtb-a", "10.20.0.0/16"),
        ("rtb-b", "10.20.0.0/16"),
    ]
    assert {each["vpcPeeringConnectionId"] for each in made.of(ROUTE)} == {made.id("p-connection")}


def test_what_the_other_side_has_asked_for_is_accepted(record, place):
    made = record(lambda: Peering("p", peering(place, peer_vpc_id=None, connection_id="pcx-0123456789abcdef0")))

    assert made.names(CONNECTION) == []
    assert made.named("p-accepted")["vpcPeeringConnectionId"] == "pcx-0123456789abcdef0"


@pytest.mark.parametrize("wrong", [{"peer_vpc_id": None}, {"connection_id": "pcx-0123456789abcdef0"}])
def test_one_asks_or_accepts(place, wrong):
    with pytest.raises(ValidationError, match="give peer_vpc_id, to ask, or connection_id, to accept"):
        peering(place, **wrong)


def test_two_networks_reach_each_other_and_part_again(cloud, provider, place):
    ec2 = cloud.client("ec2")
    other = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]

    def program() -> None:
        own = Network("own", NetworkArgs(placement=place, cidr=IPv4Network("10.10.0.0/16"), zones=2))
        wired = {"vpc_id": own.vpc_id, "route_table_ids": own.route_table_ids}
        Peering("p", peering(place, peer_vpc_id=other, **wired))

    made = run(program, provider=provider)

    (found,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert (found["Status"]["Code"], found["AccepterVpcInfo"]["VpcId"]) == ("active", other)
    routes = [route for table in ec2.describe_route_tables()["RouteTables"] for route in table["Routes"]]
    assert [route["DestinationCidrBlock"] for route in routes if "VpcPeeringConnectionId" in route] == [
        "10.20.0.0/16",
        "10.20.0.0/16",
    ]
    destroy(made.deployment, provider)
    (found,) = ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert found["Status"]["Code"] == "deleted"
