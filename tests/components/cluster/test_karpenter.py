import json

import pytest

from components.cluster.karpenter import Karpenter, KarpenterArgs
from estate.plan.record import record
from tests.components.places import VIRGINIA


@pytest.fixture(scope="module")
def made():
    args = KarpenterArgs(
        placement=VIRGINIA,
        cluster="mlops-test-gpu",
        cluster_name="mlops-test-gpu",
        permission_boundary_arn="arn:boundary",
        key_arn="arn:key",
        log_key_arn="arn:logs-key",
    )
    return record(lambda: Karpenter("k", args) and None)


@pytest.fixture(scope="module")
def policy(made):
    found = json.loads(made.named("k-controller-policy").inputs["policy"])["Statement"]
    return {statement["Sid"]: statement for statement in found}


def test_nodes_join_the_cluster_by_an_entry_and_a_profile_of_the_estates(made):
    assert made.named("k-node-access").inputs["type"] == "EC2_LINUX"
    assert made.named("k-profile").inputs["role"] == made.named("k-node").inputs["name"]


def test_the_controller_writes_nothing_into_iam(policy):
    actions = [action for each in policy.values() for action in _listed(each["Action"])]

    assert [action for action in actions if action.startswith("iam:")] == ["iam:PassRole"]
    assert policy["HandOnNodeRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


@pytest.mark.parametrize("sid", ["StartFromOwnTemplates", "MakeTagged", "TagWhatIsMade", "NameNodes", "EndOwn"])
def test_the_controller_touches_what_is_its_clusters_own(policy, sid):
    conditions = policy[sid]["Condition"]

    assert {
        value
        for operator in conditions.values()
        for key, value in operator.items()
        if key.endswith("kubernetes.io/cluster/mlops-test-gpu")
    } == {"owned"}


def test_only_reading_has_no_resource(policy):
    everywhere = {sid for sid, each in policy.items() if each["Resource"] == "*"}

    assert everywhere == {"LookAround", "Prices"}
    assert all(action.startswith("ec2:Describe") for action in policy["LookAround"]["Action"])


def test_the_policy_fits_into_a_role(made):
    assert len(made.named("k-controller-policy").inputs["policy"]) < 10_240


def test_karpenter_hears_of_nodes_that_aws_takes_back_and_from_nobody_else(made):
    (rule,) = (goal for goal in made.goals if goal.type.endswith("Rule"))
    pattern = json.loads(rule.inputs["eventPattern"])
    (allowed, tls) = json.loads(made.named("k-queue-policy").inputs["policy"])["Statement"]

    assert pattern["source"] == ["aws.ec2", "aws.health"]
    assert "EC2 Spot Instance Interruption Warning" in pattern["detail-type"]
    assert len(pattern["detail-type"]) == 5
    assert made.named("k-interruptions-target").inputs["rule"] == rule.inputs["name"] == "mlops-test-gpu-interruptions"
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": made.made("k-interruptions").outputs["arn"]}}
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert made.named("k-queue").inputs["kmsMasterKeyId"] == "arn:logs-key"


def _listed(value):
    return value if isinstance(value, list) else [value]
