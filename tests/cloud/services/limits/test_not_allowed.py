"""A request that names what it may not use is refused here as on AWS."""

import json
from pathlib import Path
from typing import Any

import pytest

from estate.cloud.services.account import Account
from estate.cloud.services.logs import Logs
from tests.cloud.services.harness import ACCOUNT, REGION, Ground, answer_of, trust

NOBODYS = f"arn:aws:iam::{ACCOUNT}:policy/nobodys"
PIPELINE = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/p"


def key_for(ground: Ground, groups: str) -> str:
    """ARN of a key that log groups of a name may use."""
    account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{REGION}.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Condition": {"ArnLike": {
            "kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{groups}"}},
    }  # fmt: skip
    statements = [{**statement, "Resource": "*"} for statement in (account, service)]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    return ground.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]


def test_a_log_group_needs_a_key_that_lets_its_service_in(ground: Ground) -> None:
    logs, key = ground.client("logs"), key_for(ground, "/mine/*")
    absent = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111"
    for name, used in (("/mine/a", ground.key), ("/mine/a", absent), ("/other/a", key)):
        error = answer_of(lambda name=name, used=used: logs.create_log_group(logGroupName=name, kmsKeyId=used))["Error"]
        assert error["Code"] == "InvalidParameterException"
        assert "does not exist or is not allowed to be used" in error["Message"]
    logs.create_log_group(logGroupName="/mine/a", kmsKeyId=key)
    # Services make theirs without a key, and not over the wire.
    Logs(Account(ACCOUNT, REGION, Path(), Path(), ground.client)).write("/mine/b", "stream", ["a line"])
    assert logs.describe_log_streams(logGroupName="/mine/b")["logStreams"][0]["logStreamName"] == "stream"


def test_a_boundary_must_exist(ground: Ground) -> None:
    iam, document = ground.client("iam"), trust("sagemaker.amazonaws.com")
    given = {"RoleName": "bounded", "AssumeRolePolicyDocument": document, "PermissionsBoundary": NOBODYS}
    assert answer_of(lambda: iam.create_role(**given))["Error"]["Code"] == "NoSuchEntity"
    given["PermissionsBoundary"] = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_role(**given)


def test_a_pipeline_as_target_needs_a_role(ground: Ground) -> None:
    events = ground.client("events")
    events.put_rule(Name="starts", EventPattern='{"source": ["x"]}')
    error = answer_of(lambda: events.put_targets(Rule="starts", Targets=[{"Id": "1", "Arn": PIPELINE}]))
    assert error["Error"] == {"Code": "ValidationException", "Message": f"RoleArn is required for target {PIPELINE}."}


@pytest.mark.parametrize(
    "changed",
    [
        {"Period": 45},
        {"DatapointsToAlarm": 3},
        {"Period": 60, "EvaluationPeriods": 1441},
        {"Period": 3600, "EvaluationPeriods": 169},
    ],
)
def test_a_wrong_alarm_is_refused(ground: Ground, changed: dict[str, Any]) -> None:
    given = {
        "AlarmName": "wrong", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
        "EvaluationPeriods": 2, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip
    cloudwatch = ground.client("cloudwatch")
    error = answer_of(lambda: cloudwatch.put_metric_alarm(**{**given, **changed}))["Error"]
    assert error["Code"] == "ValidationError"
    cloudwatch.put_metric_alarm(**{**given, "AlarmName": "right", "EvaluationPeriods": 1440})
