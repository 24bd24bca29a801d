import json
from fnmatch import fnmatchcase

import pytest

from components.security.permission_boundary import PermissionBoundary, PermissionBoundaryArgs

LONGEST_MANAGED_POLICY = 6144


def listed(value):
    return [value] if isinstance(value, str) else value


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


def test_a_backup_is_restored_into_a_bucket_of_its_own_and_none_of_the_estates_changes(made):
    statements = made.statements("boundary-policy").values()

    def may(action, bucket):
        spoken = {
            each["Effect"]
            for each in statements
            if "Action" in each
            and any(fnmatchcase(action, pattern) for pattern in listed(each["Action"]))
            and any(fnmatchcase(f"arn:aws:s3:::{bucket}", pattern) for pattern in listed(each["Resource"]))
        }
        return spoken == {"Allow"}

    test, own = "awsbackup-restore-test-1f2e", "mlops-test-raw-123456789012-eu-west-1"
    for action in ("s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutBucketOwnershipControls"):
        assert may(action, test)
        assert not may(action, "payments")
    assert not may("s3:PutBucketVersioning", own)
    assert may("s3:PutObject", f"{test}/rows.parquet")


def test_what_config_records_can_be_read_and_no_secret(made):
    reads = made.statements("boundary-policy")["LookAround"]["Action"]

    assert {"cognito-idp:Describe*", "s3:GetBucket*", "secretsmanager:ListSecrets"} <= set(reads)
    assert not [each for each in reads if fnmatchcase("secretsmanager:GetSecretValue", each)]
    assert not [each for each in reads if fnmatchcase("s3:GetObject", each)]


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
        ("LeaveBucketsAsTheyAre", "s3:PutBucketPolicy"),
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
