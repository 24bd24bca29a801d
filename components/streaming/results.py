"""Where a scored event's answer goes."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import kinesis, sqs

from components.base import Component
from components.documents import Statement
from components.streaming.sources import RETENTION_HOURS


@dataclass(frozen=True)
class Results:
    """A place for answers: what the handler is told of it, and what it must be allowed."""

    address: pulumi.Output[str]
    permissions: list[Statement]


def objects(bucket: pulumi.Input[str], bucket_arn: pulumi.Input[str], prefix: str) -> Results:
    """Objects under a prefix of a bucket, one an event."""
    return Results(
        pulumi.Output.concat("s3://", bucket, f"/{prefix}"),
        [
            {
                "Sid": "LeaveAnswers",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(bucket_arn, f"/{prefix}/*"),
            }
        ],
    )


def queue(parent: Component, subject: str, key_arn: pulumi.Input[str]) -> Results:
    """Messages in a queue of its own, which whoever reads it deletes."""
    made = sqs.Queue(
        f"{parent.name}-answers",
        name=parent.placement.named(subject, "answers"),
        kms_master_key_id=key_arn,
        kms_data_key_reuse_period_seconds=300,
        message_retention_seconds=4 * 24 * 3600,
        opts=parent.child(),
    )
    return Results(
        made.url,
        [{"Sid": "LeaveAnswers", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": made.arn}],
    )


def stream(parent: Component, subject: str, key_arn: pulumi.Input[str]) -> Results:
    """Records of a stream of its own, on demand."""
    made = kinesis.Stream(
        f"{parent.name}-answers",
        name=parent.placement.named(subject, "answers"),
        encryption_type="KMS",
        kms_key_id=key_arn,
        retention_period=RETENTION_HOURS,
        stream_mode_details={"stream_mode": "ON_DEMAND"},
        opts=parent.child(),
    )
    return Results(
        made.name,
        [{"Sid": "LeaveAnswers", "Effect": "Allow", "Action": "kinesis:PutRecord", "Resource": made.arn}],
    )
