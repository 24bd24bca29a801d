"""Topics and queues."""

import json
from typing import Any

from estate.cloud.resources.row import Row, Step, Values

_TOPIC_ATTRIBUTES = {
    "displayName": "DisplayName",
    "policy": "Policy",
    "deliveryPolicy": "DeliveryPolicy",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "archivePolicy": "ArchivePolicy",
    "fifoThroughputScope": "FifoThroughputScope",
}
_SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "replayPolicy": "ReplayPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}
_QUEUE_ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}


def _paths(attributes: dict[str, str]) -> dict[str, str]:
    return {key: f"Attributes.{name}" for key, name in attributes.items()}


def _each_attribute(operation: str, target: Values, attributes: dict[str, str]) -> tuple[Step, ...]:
    """SNS changes one attribute a call; an empty text takes it back."""

    def build(key: str, name: str) -> Step:
        return Step(
            operation,
            (key,),
            {**target, "AttributeName": name},
            build=lambda values, _: {"AttributeValue": _text(values.get(key, ""))},
            when=lambda _: True,
        )

    return tuple(build(key, name) for key, name in attributes.items())


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _own_account(known: Values) -> str:
    owner = {"StringEquals": {"AWS:SourceOwner": known["account"]}}
    actions = ["GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic"]
    actions += ["Subscribe", "ListSubscriptionsByTopic", "Publish"]
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": known["id"],
        "Condition": owner,
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


ROWS = (
    Row(
        "aws:sns/topic:Topic",
        "sns",
        Step("CreateTopic", names=_paths(_TOPIC_ATTRIBUTES) | {"fifoTopic": "Attributes.FifoTopic"}),
        id="{made.TopicArn}",
        read=(Step("GetTopicAttributes", (), {"TopicArn": "{id}"}, at="Attributes"),),
        update=_each_attribute("SetTopicAttributes", {"TopicArn": "{id}"}, _TOPIC_ATTRIBUTES),
        delete=(Step("DeleteTopic", (), {"TopicArn": "{id}"}),),
        outputs={"arn": "{id}", "owner": "{read.Owner}", "beginningArchiveTime": ""},
        name="name",
        fixed=("name", "fifoTopic"),
        gone=("NotFound", "NotFoundException"),
        seen={**_TOPIC_ATTRIBUTES, "name": "last(TopicArn, ':')", "fifoTopic": "FifoTopic"},
        sample_id="arn:aws:sns:us-east-1:000000000000:topic",
        cloudformation="AWS::SNS::Topic",
    ),
    Row(
        "aws:sns/topicPolicy:TopicPolicy",
        "sns",
        Step(
            "SetTopicAttributes",
            params={"AttributeName": "Policy"},
            names={"arn": "TopicArn", "policy": "AttributeValue"},
        ),
        id="{in.arn}",
        read=(Step("GetTopicAttributes", (), {"TopicArn": "{id}"}, at="Attributes"),),
        update=(
            Step(
                "SetTopicAttributes",
                ("policy",),
                {"TopicArn": "{id}", "AttributeName": "Policy"},
                {"policy": "AttributeValue"},
            ),
        ),
        # A topic always has a policy; like Terraform, go back to the one that lets only the account in.
        delete=(
            Step(
                "SetTopicAttributes",
                (),
                {
                    "TopicArn": "{id}",
                    "AttributeName": "Policy",
                },
                build=lambda _, known: {"AttributeValue": _own_account(known)},
            ),
        ),
        outputs={"owner": "{read.Owner}"},
        fixed=("arn",),
        lasting=True,
        gone=("NotFound", "NotFoundException"),
        seen={"arn": "TopicArn", "policy": "Policy"},
        cloudformation="AWS::SNS::TopicPolicy",
    ),
    Row(
        "aws:sns/topicSubscription:TopicSubscription",
        "sns",
        Step(
            "Subscribe",
            params={"ReturnSubscriptionArn": True},
            names={"topic": "TopicArn", "endpoint": "Endpoint", **_paths(_SUBSCRIPTION_ATTRIBUTES)},
        ),
        id="{made.SubscriptionArn}",
        read=(Step("GetSubscriptionAttributes", (), {"SubscriptionArn": "{id}"}, at="Attributes"),),
        update=_each_attribute("SetSubscriptionAttributes", {"SubscriptionArn": "{id}"}, _SUBSCRIPTION_ATTRIBUTES),
        delete=(Step("Unsubscribe", (), {"SubscriptionArn": "{id}"}),),
        outputs={
            "arn": "{id}",
            "ownerId": "{read.Owner}",
            "pendingConfirmation": "{read.PendingConfirmation == 'true'}",
            "confirmationWasAuthenticated": "{read.ConfirmationWasAuthenticated == 'true'}",
        },
        fixed=("topic", "protocol", "endpoint"),
        local=("confirmationTimeoutInMinutes", "endpointAutoConfirms"),
        gone=("NotFound", "NotFoundException"),
        seen={**_SUBSCRIPTION_ATTRIBUTES, "topic": "TopicArn"},
        sample_id="arn:aws:sns:us-east-1:000000000000:topic:00000000-0000-0000-0000-000000000000",
        cloudformation="AWS::SNS::Subscription",
    ),
    Row(
        "aws:sqs/queue:Queue",
        "sqs",
        Step("CreateQueue", names=_paths(_QUEUE_ATTRIBUTES) | {"fifoQueue": "Attributes.FifoQueue", "tags": "tags"}),
        id="{made.QueueUrl}",
        read=(Step("GetQueueAttributes", (), {"QueueUrl": "{id}", "AttributeNames": ["All"]}, at="Attributes"),),
        update=(
            Step(
                "SetQueueAttributes",
                tuple(_QUEUE_ATTRIBUTES),
                {"QueueUrl": "{id}"},
                _paths(_QUEUE_ATTRIBUTES),
                whole=False,
            ),
        ),
        delete=(Step("DeleteQueue", (), {"QueueUrl": "{id}"}),),
        outputs={"arn": "{read.QueueArn}", "url": "{id}"},
        name="name",
        fixed=("name", "fifoQueue"),
        gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        seen={**_QUEUE_ATTRIBUTES, "name": "last(QueueArn, ':')", "fifoQueue": "FifoQueue"},
        sample_id="https://sqs.us-east-1.amazonaws.com/000000000000/queue",
        cloudformation="AWS::SQS::Queue",
    ),
    Row(
        "aws:sqs/queuePolicy:QueuePolicy",
        "sqs",
        Step("SetQueueAttributes", names={"policy": "Attributes.Policy"}),
        id="{in.queueUrl}",
        read=(
            Step(
                "GetQueueAttributes",
                (),
                {"QueueUrl": "{id}", "AttributeNames": ["Policy"]},
                at="Attributes.Policy && Attributes || `null`",
            ),
        ),
        update=(Step("SetQueueAttributes", ("policy",), {"QueueUrl": "{id}"}, {"policy": "Attributes.Policy"}),),
        delete=(Step("SetQueueAttributes", (), {"QueueUrl": "{id}", "Attributes": {"Policy": ""}}),),
        fixed=("queueUrl",),
        gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        seen={"queueUrl": "id", "policy": "Policy"},
        cloudformation="AWS::SQS::QueuePolicy",
    ),
)
