import pytest

from components.network.access import Access, AccessArgs

EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"


def access(place, **changes):
    return AccessArgs.model_validate({"placement": place, "vpc_id": "vpc-1", "cidr": "10.20.0.0/16", **changes})


def test_endpoints_take_https_from_inside_the_network_only(record, place):
    made = record(lambda: Access("acc", access(place)))
    rule = made.named("acc-endpoints-from-vpc")

    assert (rule["securityGroupId"], rule["cidrIpv4"], rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == (
        made.id("acc-endpoints"),
        "10.20.0.0/16",
        "tcp",
        443,
        443,
    )


def test_jobs_talk_to_each_other_and_models_do_not(record, place):
    made = record(lambda: Access("acc", access(place)))

    assert made.named("acc-jobs-from-jobs")["referencedSecurityGroupId"] == made.id("acc-jobs")
    assert made.names("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == [
        "acc-endpoints-from-vpc",
        "acc-jobs-from-jobs",
    ]


@pytest.mark.parametrize("group", ["jobs", "models"])
def test_jobs_and_models_reach_endpoints_and_gateways_by_https(record, place, group):
    made = record(lambda: Access("acc", access(place, prefix_lists={"s3": "pl-s3"})))

    assert made.named(f"acc-{group}-to-endpoints")["referencedSecurityGroupId"] == made.id("acc-endpoints")
    assert made.named(f"acc-{group}-to-s3")["prefixListId"] == "pl-s3"
    assert {made.named(f"acc-{group}-to-{target}")["toPort"] for target in ("endpoints", "s3")} == {443}


def test_nothing_reaches_the_internet_unless_told(record, place):
    assert [rule for rule in record(lambda: Access("acc", access(place))).of(EGRESS) if "cidrIpv4" in rule] == []


def test_where_told_jobs_and_models_reach_the_internet_by_https(record, place):
    made = record(lambda: Access("acc", access(place, internet=True)))

    out = [rule for rule in made.of(EGRESS) if "cidrIpv4" in rule]
    assert [(r["securityGroupId"], r["cidrIpv4"], r["fromPort"], r["toPort"]) for r in out] == [
        (made.id("acc-jobs"), "0.0.0.0/0", 443, 443),
        (made.id("acc-models"), "0.0.0.0/0", 443, 443),
    ]
