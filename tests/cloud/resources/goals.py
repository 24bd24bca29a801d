"""Goals as the engine hands them over, in one line."""

from typing import Any

from estate.engine.resource import Goal


def goal(token: str, logical: str = "thing", /, *, external_id: str | None = None, **inputs: Any) -> Goal:
    """A goal with plain inputs by their Pulumi names."""
    urn = f"urn:pulumi:test::estate::{token}::{logical}"
    return Goal(urn, token, logical, True, inputs, external_id=external_id)


BUCKET = "aws:s3/bucket:Bucket"
VPC = "aws:ec2/vpc:Vpc"
ROLE = "aws:iam/role:Role"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
PROVIDER = "pulumi:providers:aws"
