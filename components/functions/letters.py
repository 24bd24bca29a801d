"""Where events lie that a function could not take."""

import pulumi
from pulumi_aws import sqs

from components.base import Component
from components.documents import Statement, document, over_tls

KEPT_S = 14 * 24 * 3600  # as long as SQS can


def dead_letters(
    owner: Component, subject: str, key_arn: pulumi.Input[str], rule_arn: pulumi.Input[str] | None = None
) -> sqs.Queue:
    """An encrypted queue, over TLS only, for the failures of one function: its role has permission to send there, and
    EventBridge for the rule of `rule_arn`, whose events did not reach the function.
    """
    queue = sqs.Queue(
        f"{owner.name}-dead-letters",
        name=owner.placement.named(subject, "dead-letters"),
        kms_master_key_id=key_arn,
        kms_data_key_reuse_period_seconds=300,
        message_retention_seconds=KEPT_S,
        opts=owner.child(),
    )
    statements: list[Statement] = [over_tls("sqs:*", queue.arn)]
    if rule_arn is not None:
        undelivered: Statement = {
            "Sid": "UndeliveredEvents",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        }
        statements.insert(0, undelivered)
    sqs.QueuePolicy(
        f"{owner.name}-dead-letters-policy",
        queue_url=queue.url,
        policy=document(*statements),
        opts=owner.child(),
    )
    return queue


def keep_failures(letters: sqs.Queue, sid: str = "KeepFailures") -> Statement:
    """What the role of a function must be allowed, or of a pipe, whose failures lie there."""
    return {"Sid": sid, "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": letters.arn}
