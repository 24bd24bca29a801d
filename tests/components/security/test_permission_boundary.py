import json

import pytest

from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs

LONGEST_MANAGED_POLICY = 6144


@pytest.fixture
def made(record, place):
    return record(lambda: PermissionBoundary("boundary", PermissionBoundaryArgs(placement=place)))


def test_it_is_short_enough_for_a_managed_policy(made):
    assert len(made.named("boundary-policy")["policy"]) < LONGEST_MANAGED_POLICY


def test_of_iam_only_reading_handing_on_own_roles_and_the_denial_are_allowed(made):
    allowed = [s for s in made.statements("boundary-policy").values() if s["Effect"] == "Allow"]

    actions = {action for s in allowed for action in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])}
    assert {action for action in actions if action.startswith("iam:")} == {
        "iam:AttachRolePolicy",
        "iam:DetachRolePolicy",
        "iam:Get*",
        "iam:List*",
        "iam:PassRole",
    }
    assert "*" not in actions


def test_own_roles_are_handed_to_services_that_run_them_only(made):
    statement = made.statements("boundary-policy")["HandOnOwnRoles"]

    assert statement["Resource"] == "arn:aws:iam::123456789012:role/mlops/test/*"
    assert statement["Condition"] == {
        "StringEquals": {
            "iam:PassedToService": [
                "backup.amazonaws.com",
                "ec2.amazonaws.com",
                "emr-serverless.amazonaws.com",
                "fis.amazonaws.com",
                "sagemaker.amazonaws.com",
            ]
        }
    }


def test_only_the_estates_buckets_are_reached(made):
    assert made.statements("boundary-policy")["OwnBuckets"]["Resource"] == "arn:aws:s3:::mlops-test-*"


def test_nobody_leaves_the_region(made):
    statement = made.statements("boundary-policy")["StayInRegion"]

    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}},
    )
    assert "s3:*" not in statement["NotAction"]


@pytest.mark.parametrize(
    ("sid", "action"),
    [
        ("LeaveTheAuditAlone", "cloudtrail:StopLogging"),
        ("LeaveTheAuditAlone", "s3:BypassGovernanceRetention"),
        ("LeaveTheAuditAlone", "s3:PutBucketPolicy"),
        ("LeaveTheAuditAlone", "ec2:DeleteFlowLogs"),
        ("LeaveKeysAlone", "kms:ScheduleKeyDeletion"),
        ("LeaveKeysAlone", "kms:PutKeyPolicy"),
    ],
)
def test_audit_and_keys_are_out_of_reach(made, sid, action):
    statement = made.statements("boundary-policy")[sid]

    assert statement["Effect"] == "Deny"
    assert action in statement["Action"]


def test_it_stands_under_the_environments_path(made):
    policy = made.named("boundary-policy")

    assert (policy["path"], policy["name"]) == ("/mlops/test/", "mlops-test-boundary")
    assert json.loads(policy["policy"])["Version"] == "2012-10-17"


def test_no_policy_but_the_denial_is_ever_attached(made):
    assert made.statements("boundary-policy")["AttachTheDenial"] == {
        "Sid": "AttachTheDenial",
        "Effect": "Allow",
        "Action": ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
        "Resource": "arn:aws:iam::123456789012:role/mlops/test/*",
        "Condition": {
            "ArnEquals": {"iam:PolicyARN": "arn:aws:iam::123456789012:policy/mlops/test/mlops-test-spend-stop-denial"}
        },
    }


def test_secrets_are_the_estates_own(made):
    assert made.statements("boundary-policy")["OwnSecrets"]["Resource"] == (
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mlops-test-*"
    )
