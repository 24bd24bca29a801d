import json

import pytest

from stacks.private_services import private_services
from stacks.settings import SettingsError, parse
from tests.stacks.conftest import BASE

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GRAFANA = {"authentication": "identity-center", "admin_groups": ["g-1"]}
ADMINISTRATOR = "arn:aws:iam::123456789012:role/lake"
SUBNETS = {"a": "subnet-0aaaaaaaa", "b": "subnet-0bbbbbbbb"}


def foundation(**changes):
    return {"foundation": {"network": {"cidr": "10.9.0.0/16"}, **changes}}


def network(**changes):
    return foundation(network={"cidr": "10.9.0.0/16", **changes})


def services(made):
    return {goal.inputs["serviceName"].split(".", 3)[3] for goal in made.of_type(ENDPOINT)}


def interfaces(**changes):
    """Services with an interface, of settings that are not deployed."""
    return set(private_services(parse({**BASE, **changes})))


def internet_rules(made):
    return [goal.name for goal in made.of_type(EGRESS) if goal.inputs.get("cidrIpv4") == "0.0.0.0/0"]


def test_by_default_nothing_leads_to_the_internet(estate):
    made = estate()

    assert made.of_type("aws:ec2/internetGateway:InternetGateway") == []
    assert [rule for rule in internet_rules(made) if rule.startswith("access-")] == []


def test_what_jobs_call_answers_inside_the_network(estate):
    assert {"s3", "dynamodb", "sagemaker.api", "sagemaker.featurestore-runtime", "ecr.dkr", "sts"} <= services(estate())


def test_a_cluster_adds_the_services_that_its_nodes_call(estate):
    assert not {"ec2", "eks", "eks-auth"} & services(estate())
    assert {"ec2", "eks", "eks-auth"} <= services(estate(training={"cluster": {}}))


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ({"training": {"studio": {}}}, {"sagemaker.studio"}),
        ({"training": {"tracking": {}}}, {"sagemaker.experiments"}),
        ({"data": {"streams": {"ride-fare": {"source": "kinesis"}}}}, {"kinesis-streams"}),
        ({"data": {"lake_formation": {"administrators": [ADMINISTRATOR]}}}, set()),
        ({"data": {"lake_formation": {"administrators": [ADMINISTRATOR]}, "spark": {}}}, {"lakeformation"}),
        ({"monitoring": {"tracing": {}}}, set()),
        (
            {"training": {"cluster": {"addons": {"amazon-cloudwatch-observability": {}}}}},
            {"ec2", "eks", "eks-auth", "xray"},
        ),
        ({"monitoring": {"managed_grafana": GRAFANA}}, {"xray"}),
        (
            {"monitoring": {"managed_grafana": GRAFANA, "prometheus": {"scrape_cluster": False}}},
            {"xray", "aps-workspaces"},
        ),
        (
            {"training": {"cluster": {}}, "monitoring": {"prometheus": {}}},
            {"ec2", "eks", "eks-auth", "aps-workspaces"},
        ),
        ({"monitoring": {"prometheus": {"scrape_cluster": False}}}, set()),
    ],
)
def test_what_is_switched_on_and_called_from_inside_answers_inside(settings, added):
    assert interfaces(**settings) - interfaces() == added


def test_with_nat_jobs_and_models_may_reach_out_by_https(estate):
    made = estate(**network(nat="single"))

    assert [rule for rule in internet_rules(made) if rule.startswith("access-")] == [
        "access-jobs-to-internet",
        "access-models-to-internet",
    ]


def test_interfaces_stand_in_as_many_zones_as_are_paid_for(estate):
    made = estate(**network(zones=3, endpoint_zones=1))

    assert made.named("services-sts").inputs["subnetIds"] == [made.result.made("network-private-a").id]
    assert list(made.outputs["foundation"].private_subnet_ids) == ["a", "b", "c"]


def test_a_network_that_is_brought_along_is_left_as_it_is(estate):
    existing = {"vpc_id": "vpc-0123456789", "private_subnet_ids": SUBNETS}
    made = estate(**network(existing=existing))

    left_alone = ("aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/flowLog:FlowLog", ENDPOINT)
    assert [goal for token in left_alone for goal in made.of_type(token)] == []
    assert made.named("access-jobs").inputs["vpcId"] == "vpc-0123456789"
    assert list(made.outputs["foundation"].private_subnet_ids) == ["a", "b"]


def test_endpoints_are_put_into_such_a_network_where_wanted(estate):
    existing = {
        "vpc_id": "vpc-0123456789",
        "private_subnet_ids": SUBNETS,
        "route_table_ids": {"a": "rtb-0aaaaaaaa"},
        "endpoints": True,
    }
    made = estate(**network(existing=existing))

    assert made.named("gateways-s3").inputs["routeTableIds"] == ["rtb-0aaaaaaaa"]
    assert made.named("services-sts").inputs["subnetIds"] == list(SUBNETS.values())
    assert [rule for rule in internet_rules(made) if rule.startswith("access-")] == []


def test_keys_that_are_brought_along_are_used_and_none_is_made(estate):
    arns = {domain: f"arn:aws:kms:eu-west-1:123456789012:key/{domain}" for domain in ("data", "models", "logs")}
    made = estate(**foundation(existing_keys=arns))

    assert made.of_type("aws:kms/key:Key") == []
    assert made.named("audit-trail").inputs["kmsKeyId"] == arns["logs"]
    (rule,) = made.named("lake-raw-encryption").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == arns["data"]


def test_a_boundary_that_is_brought_along_bounds_every_role(estate):
    arn = "arn:aws:iam::123456789012:policy/team-boundary"
    made = estate(**foundation(existing_permission_boundary_arn=arn))

    assert "boundary-policy" not in made.names
    assert {goal.inputs["permissionsBoundary"] for goal in made.of_type("aws:iam/role:Role")} == {arn}


@pytest.mark.parametrize(("environment", "subject"), [(None, "test"), ("release", "release")])
def test_workflows_of_the_repository_may_deploy_from_the_named_github_environment(estate, environment, subject):
    made = estate(**foundation(github={"repository": "acme/estate", "environment": environment, "branches": ["trunk"]}))

    (statement,) = json.loads(made.named("delivery-role").inputs["assumeRolePolicy"])["Statement"]
    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == (
        f"repo:acme/estate:environment:{subject}"
    )
    assert statement["Condition"]["StringEquals"]["token.actions.githubusercontent.com:ref"] == ["refs/heads/trunk"]


def test_without_a_repository_there_is_no_role_for_workflows(estate):
    assert "delivery-role" not in estate().names


def test_every_role_is_bounded(estate):
    made = estate(training={"cluster": {}}, **foundation(github={"repository": "acme/estate"}))

    assert all("permissionsBoundary" in goal.inputs for goal in made.of_type("aws:iam/role:Role"))


def test_a_network_too_small_for_its_subnets_is_refused(estate):
    with pytest.raises(SettingsError, match=r"10\.9\.0\.0/24 is a /24; allowed are /16 to /22"):
        estate(**network(cidr="10.9.0.0/24"))
