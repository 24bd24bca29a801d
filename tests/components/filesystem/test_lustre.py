import pytest
from pydantic import ValidationError

from components.filesystem.lustre import Lustre, LustreArgs
from components.filesystem.options import Filesystem


def args(place, **options):
    return LustreArgs.model_validate(
        {
            "placement": place,
            "options": options,
            "vpc_id": "vpc-1",
            "subnet_id": "subnet-a",
            "clients": {"nodes": "sg-nodes"},
            "buckets": {"features": "lake-features", "curated": "lake-curated"},
            "key_arn": "arn:key",
            "log_key_arn": "arn:logs-key",
            "log_retention_days": 30,
        }
    )


def test_it_is_persistent_encrypted_and_logged(record, place):
    made = record(lambda: Lustre("l", args(place, size_gb=2400, throughput=250)))
    found = made.named("l-filesystem")

    assert (found["deploymentType"], found["storageCapacity"], found["perUnitStorageThroughput"]) == (
        "PERSISTENT_2",
        2400,
        250,
    )
    assert (found["kmsKeyId"], found["subnetIds"], found["dataCompressionType"]) == ("arn:key", "subnet-a", "LZ4")
    assert found["logConfiguration"]["level"] == "WARN_ERROR"
    assert made.named("l-log")["name"] == "/aws/fsx/mlops-test-lustre"


def test_zones_of_the_lake_are_folders_and_changes_go_both_ways(record, place):
    made = record(lambda: Lustre("l", args(place, linked=["features", "curated"])))
    link = made.named("l-features")

    assert (link["dataRepositoryPath"], link["fileSystemPath"]) == ("s3://lake-features", "/features")
    assert link["s3"] == {
        "autoImportPolicy": {"events": ["NEW", "CHANGED", "DELETED"]},
        "autoExportPolicy": {"events": ["NEW", "CHANGED", "DELETED"]},
    }
    assert made.named("l-curated")["fileSystemPath"] == "/curated"


def test_its_ports_are_open_to_its_servers_and_to_the_nodes(record, place):
    made = record(lambda: Lustre("l", args(place)))
    rules = made.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")

    assert {(rule["fromPort"], rule["toPort"]) for rule in rules} == {(988, 988), (1018, 1023)}
    assert sum(rule["referencedSecurityGroupId"] == "sg-nodes" for rule in rules) == 2
    assert not any("cidrIpv4" in rule for rule in rules)
    wired = {made.goal(name).urn for name in ("l-from-nodes-988", "l-to-servers-1018", "l-back-to-nodes-988")}
    assert wired <= set(made.goal("l-filesystem").dependencies)


def test_servers_reach_the_nodes_too(record, place):
    made = record(lambda: Lustre("l", args(place)))
    out, back = made.named("l-to-nodes-1018"), made.named("l-back-to-nodes-1018")

    assert (out["referencedSecurityGroupId"], out["fromPort"], out["toPort"]) == ("sg-nodes", 1018, 1023)
    assert (back["securityGroupId"], back["fromPort"], back["toPort"]) == ("sg-nodes", 1018, 1023)


@pytest.mark.parametrize(("fixture", "kept"), [("place", False), ("protected_place", True)])
def test_it_outlives_a_mistake_where_data_is_protected(record, request, fixture, kept):
    goal = record(lambda: Lustre("l", args(request.getfixturevalue(fixture)))).goal("l-filesystem")

    assert (goal.protect, goal.retain_on_delete) == (kept, kept)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"size_gb": 3000},
            "size_gb 3000 is not sold; allowed are 1200, 2400 and multiples of 2400, such as 2400 or 4800",
        ),
        ({"size_gb": 100}, "such as 1200 or 2400"),
        ({"size_gb": 0}, "size_gb 0 is not sold"),
        ({"throughput": 300}, "throughput"),
        ({"linked": ["raw"]}, "linked"),
        ({"linked": ["features", "features"]}, "linked names a zone twice"),
    ],
)
def test_what_fsx_does_not_sell_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        Filesystem.model_validate(wrong)


def test_a_linked_zone_needs_its_bucket(record, place):
    lacking = args(place, linked=["curated"]).model_copy(update={"buckets": {}})

    with pytest.raises(ValueError, match="l: no bucket is given for the linked zone curated"):
        record(lambda: Lustre("l", lacking))
