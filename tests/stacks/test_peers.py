import pytest

from stacks.settings import SettingsError, parse
from stacks.settings.neighbours import check_neighbours
from tests.stacks.conftest import BASE

VPC = "vpc-0123456789abcdef0"
PEER = {"cidr": "10.20.0.0/16", "vpc_id": VPC}


def network(**changes):
    return {"foundation": {"network": {"cidr": "10.9.0.0/16", **changes}}}


def test_each_zone_has_a_route_to_a_peer(estate):
    made = estate(**network(peers={"tools": PEER}))

    assert {"peer-tools-connection", "peer-tools-a", "peer-tools-b"} <= made.names


@pytest.mark.parametrize(
    ("peers", "message"),
    [
        (
            {"tools": {**PEER, "cidr": "10.9.128.0/20"}},
            "peers.tools.cidr 10.9.128.0/20 overlaps cidr 10.9.0.0/16: peered networks share no address",
        ),
        (
            {"one": PEER, "two": {**PEER, "cidr": "10.20.4.0/22"}},
            "peers.two.cidr 10.20.4.0/22 overlaps peers.one.cidr 10.20.0.0/16",
        ),
        ({"tools": {"cidr": "10.20.0.0/16"}}, "give vpc_id, to ask for a connection, or connection_id, to accept one"),
        ({"tools": {**PEER, "connection_id": "pcx-0123456789abcdef0"}}, "give vpc_id, to ask for a connection, or"),
        (
            {"tools": {"cidr": "10.20.0.0/16", "connection_id": "pcx-0123456789abcdef0", "region": "us-east-1"}},
            "account_id and region are for vpc_id",
        ),
        ({"tools": {**PEER, "vpc_id": "vpc"}}, "network.peers.tools.vpc_id"),
    ],
)
def test_a_wrong_peer_is_refused(peers, message):
    with pytest.raises(SettingsError, match=message):
        parse({**BASE, **network(peers=peers)})


def test_a_peer_needs_tables_for_its_routes():
    existing = {"vpc_id": VPC, "private_subnet_ids": {"a": "subnet-0aaaaaaaa", "b": "subnet-0bbbbbbbb"}}

    with pytest.raises(SettingsError, match=r"peers need routes: give existing.route_table_ids"):
        parse({**BASE, **network(existing=existing, peers={"tools": PEER})})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ("prod", "peers.tools.cidr: 10.20.0.0/16 is not that of 'prod', whose file has 10.30.0.0/16"),
        ("test", "peers.tools.environment: 'test' is this environment itself"),
        ("nowhere", "Pulumi.nowhere.yaml: no such environment; there are: prod, staging"),
    ],
)
def test_what_is_said_of_another_environment_is_held_against_its_own_file(tmp_path, environment, message):
    for name, cidr in (("prod", "10.30.0.0/16"), ("staging", "10.20.0.0/16")):
        text = f"config:\n  mlops-estate:foundation:\n    network: {{cidr: {cidr}}}\n"
        (tmp_path / f"Pulumi.{name}.yaml").write_text(text, encoding="utf-8")

    def check(of):
        check_neighbours(parse({**BASE, **network(peers={"tools": {**PEER, "environment": of}})}), tmp_path)

    check("staging")
    with pytest.raises(SettingsError, match=message):
        check(environment)
