import json

import pytest
from pydantic import ValidationError

from components.budget.spend_stop import SpendStop, SpendStopArgs
from tests.components.security.decide import may

BOUNDARY = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-boundary"
DENIAL = "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-spend-stop-denial"


def stop(place, **changes):
    given = {"budget": "mlops-test-monthly", "percent": 100, "approval": "manual", "email": "ml@example.com"}
    bound = {"roles": {"jobs": "mlops-test-jobs"}, "permission_boundary_arn": BOUNDARY}
    return SpendStopArgs.model_validate({"placement": place, **given, **bound, **changes})


@pytest.fixture
def made(record, place):
    return record(lambda: SpendStop("stop", stop(place)))


def test_the_action_denies_the_named_roles_once_the_money_is_spent(made):
    action = made.named("stop-action")

    assert (action["actionType"], action["notificationType"], action["approvalModel"]) == (
        "APPLY_IAM_POLICY",
        "ACTUAL",
        "MANUAL",
    )
    assert action["actionThreshold"] == {"actionThresholdType": "PERCENTAGE", "actionThresholdValue": 100}
    assert action["definition"]["iamActionDefinition"]["roles"] == ["mlops-test-jobs"]
    assert action["subscribers"] == [{"subscriptionType": "EMAIL", "address": "ml@example.com"}]


@pytest.mark.parametrize(
    ("action", "denied"),
    [
        ("sagemaker:CreateTrainingJob", True),
        ("sagemaker:StartPipelineExecution", True),
        ("emr-serverless:StartJobRun", True),
        ("sagemaker:InvokeEndpoint", False),
        ("sagemaker:StopTrainingJob", False),
        ("sagemaker:UpdateEndpoint", False),
        ("s3:GetObject", False),
    ],
)
def test_what_starts_is_denied_and_what_serves_or_stops_is_not(made, action, denied):
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statements = [anything, *made.statements("stop-denial").values()]

    assert may(statements, action) is not denied


@pytest.mark.parametrize(("kind", "denied"), [("g5.xlarge", True), ("p5.48xlarge", True), ("m6i.large", False)])
def test_of_nodes_only_those_with_accelerators_are_denied(made, kind, denied):
    anything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    statements = [anything, *made.statements("stop-denial").values()]
    node = "arn:aws:ec2:eu-west-1:123456789012:instance/*"

    for action in ("ec2:CreateFleet", "ec2:RunInstances"):
        assert may(statements, action, node, ec2__InstanceType=[kind]) is not denied


def test_budgets_may_attach_this_denial_to_these_roles_and_nothing_else(made):
    assert made.statements("stop-permission") == {
        "AttachTheDenial": {
            "Sid": "AttachTheDenial",
            "Effect": "Allow",
            "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            "Resource": ["arn:aws:iam::123456789012:role/mlops/test/mlops-test-jobs"],
            "Condition": {"ArnEquals": {"iam:PolicyARN": DENIAL}},
        }
    }


def test_aws_budgets_assumes_the_role_for_budgets_of_this_account_only(made):
    (statement,) = json.loads(made.named("stop-role")["assumeRolePolicy"])["Statement"]

    assert statement["Principal"] == {"Service": ["budgets.amazonaws.com"]}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:budgets::123456789012:budget/*"},
    }


def test_aws_budgets_can_work_before_there_is_an_action(made):
    assert made.goal("stop-permission").urn in made.goal("stop-action").dependencies


@pytest.mark.parametrize("wrong", [{"percent": 0}, {"approval": "never"}, {"roles": {}}])
def test_wrong_arguments_are_refused(place, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        stop(place, **wrong)
