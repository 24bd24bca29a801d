"""Where events lie that a function could not take."""

import pulumi
from pulumi_aws import sqs

from components.base import Component
from components.documents import document

KEPT_S = 14 * 24 * 3600  # as long as SQS can


def dead_letters(owner: Component, subject: str, key_arn: pulumi.Input[str]) -> sqs.Queue:
    """An encrypted queue, over TLS only, for the failures of one function, which alone has permission to send there."""
    queue = sqs.Queue(
        f"{owner.name}-dead-letters",
        name=owner.placement.named(subject, "dead-letters"),
        kms_master_key_id=key_arn,
        kms_data_key_reuse_period_seconds=300,
        message_retention_seconds=KEPT_S,
        opts=owner.child(),
    )
    sqs.QueuePolicy(
        f"{owner.name}-dead-letters-policy",
        queue_url=queue.url,
        policy=document(
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": queue.arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ),
        opts=owner.child(),
    )
    return queue
