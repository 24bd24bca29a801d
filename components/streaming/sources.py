"""Where events come from: a stream or a queue of one's own, or objects that land in a bucket."""

import json
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, kinesis, pipes, sqs

from components.base import Component
from components.documents import Statement, document, over_tls
from components.functions.letters import keep_failures
from components.ingestion.row_stream import read_stream

RETENTION_HOURS = 48


@dataclass(frozen=True)
class Source:
    """A source as a pipe sees it: its ARN, how it is read, what the pipe must be allowed, and where clients send to."""

    arn: pulumi.Output[str]
    address: pulumi.Output[str]
    parameters: pipes.PipeSourceParametersArgsDict
    permissions: list[Statement]


@dataclass(frozen=True)
class Reading:
    """How events are read: how many at once, waited for how long, tried how often."""

    batch: int
    window_seconds: int
    attempts: int
    handling_seconds: int  # how long a batch may take


def stream(
    parent: Component,
    subject: str,
    key_arn: pulumi.Input[str],
    letters: sqs.Queue,
    reading: Reading,
    shards: int | None,
) -> Source:
    """A Kinesis stream; on demand where no number of shards is given."""
    made = kinesis.Stream(
        f"{parent.name}-stream",
        name=parent.placement.named(subject),
        encryption_type="KMS",
        kms_key_id=key_arn,
        retention_period=RETENTION_HOURS,
        shard_count=shards,
        stream_mode_details={"stream_mode": "ON_DEMAND" if shards is None else "PROVISIONED"},
        opts=parent.child(),
    )
    return Source(
        arn=made.arn,
        address=made.name,
        parameters={
            "kinesis_stream_parameters": {
                "starting_position": "TRIM_HORIZON",
                "batch_size": reading.batch,
                "maximum_batching_window_in_seconds": reading.window_seconds,
                "maximum_retry_attempts": reading.attempts - 1,
                "maximum_record_age_in_seconds": RETENTION_HOURS * 3600,
                # One bad event does not hold its whole shard up.
                "on_partial_batch_item_failure": "AUTOMATIC_BISECT",
                "dead_letter_config": {"arn": letters.arn},
            }
        },
        permissions=[
            *read_stream(made.arn, key_arn),
            keep_failures(letters),
        ],
    )


def queue(
    parent: Component,
    subject: str,
    key_arn: pulumi.Input[str],
    letters: sqs.Queue,
    reading: Reading,
    rule_arn: pulumi.Output[str] | None = None,
) -> Source:
    """A queue; where a rule is named, it may send to it."""
    made = sqs.Queue(
        f"{parent.name}-queue",
        name=parent.placement.named(subject, "events"),
        kms_master_key_id=key_arn,
        kms_data_key_reuse_period_seconds=300,
        message_retention_seconds=4 * 24 * 3600,
        # A message must not come again while its batch is still at work.
        visibility_timeout_seconds=6 * reading.handling_seconds,
        redrive_policy=pulumi.Output.json_dumps(
            {"deadLetterTargetArn": letters.arn, "maxReceiveCount": reading.attempts}, sort_keys=True
        ),
        opts=parent.child(),
    )
    statements: list[Statement] = [over_tls("sqs:*", made.arn)]
    if rule_arn is not None:
        statements.append(
            {
                "Sid": "LandedObjects",
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": made.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
            }
        )
    policy = sqs.QueuePolicy(
        f"{parent.name}-queue-policy", queue_url=made.url, policy=document(*statements), opts=parent.child()
    )
    return Source(
        # Whoever sends to it, or reads it, waits for its policy: what a rule may not send is lost.
        arn=pulumi.Output.all(made.arn, policy.id).apply(lambda found: str(found[0])),
        address=made.url,
        parameters={
            "sqs_queue_parameters": {
                "batch_size": reading.batch,
                "maximum_batching_window_in_seconds": reading.window_seconds,
            }
        },
        permissions=[
            {
                "Sid": "TakeMessages",
                "Effect": "Allow",
                "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                "Resource": made.arn,
            },
            {"Sid": "OpenMessages", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key_arn},
        ],
    )


def landings(parent: Component, subject: str, bucket: pulumi.Input[str], prefix: str) -> cloudwatch.EventRule:
    """The rule that hears of objects under a prefix, which its bucket tells EventBridge of."""
    pattern = pulumi.Output.from_input(bucket).apply(
        lambda name: json.dumps(
            {
                "source": ["aws.s3"],
                "detail-type": ["Object Created"],
                "detail": {"bucket": {"name": [name]}, "object": {"key": [{"prefix": prefix}]}},
            },
            sort_keys=True,
        )
    )
    return cloudwatch.EventRule(
        f"{parent.name}-landed",
        name=parent.placement.named(subject, "landed"),
        description=f"Objects landed under {prefix}",
        event_pattern=pattern,
        state="ENABLED",
        opts=parent.child(),
    )
