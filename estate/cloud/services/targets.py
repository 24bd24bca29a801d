"""Hands events to the targets of rules, if those let EventBridge in."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.functions import Functions
from estate.cloud.services.grants import allows
from estate.cloud.services.transform import at
from estate.cloud.services.wire import AwsError, Params

PRINCIPAL = "events.amazonaws.com"


@dataclass(frozen=True)
class Delivery:
    """One event for one target of one rule; `text` is what the target gets."""

    rule_arn: str
    target: Mapping[str, Any]
    text: str
    event: Params


class DeliveryFailed(Exception):
    """A target did not take an event. What is not `retried` never works: no permission, no such target."""

    def __init__(self, code: str, message: str, *, retried: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retried = retried


class Targets:
    """`put_event` takes an event onto another bus; `start_pipeline` is SageMaker's StartPipelineExecution."""

    def __init__(self, account: Account, functions: Functions, start_pipeline: Callable[[Params], Params]) -> None:
        self._account = account
        self._functions = functions
        self._start_pipeline = start_pipeline

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryFailed."""
        _, _, service, _, _, resource = delivery.target["Arn"].split(":", 5)
        deliver = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "sagemaker": self._to_pipeline,
            "logs": self._to_log_group,
            "events": self._to_bus,
        }.get(service)
        if deliver is None:
            raise DeliveryFailed("UNSUPPORTED", f"targets of {service} are not supported offline", retried=False)
        try:
            deliver(delivery, resource)
        except AwsError as error:
            raise DeliveryFailed(error.code, error.message, retried=error.status >= 500) from None
        except ClientError as error:
            found = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise DeliveryFailed(found["Code"], found["Message"], retried=status >= 500) from None

    def _source(self, delivery: Delivery) -> dict[str, str]:
        return {"aws:sourcearn": delivery.rule_arn, "aws:sourceaccount": self._account.account_id}

    def _to_function(self, delivery: Delivery, resource: str) -> None:
        function = self._functions.find(delivery.target["Arn"])
        if not allows(function.policy.statements, PRINCIPAL, "lambda:InvokeFunction", self._source(delivery)):
            raise _denied(f"{delivery.rule_arn} has no permission to invoke {resource}")
        self._functions.invoke_later(function, delivery.text.encode())

    def _to_queue(self, delivery: Delivery, resource: str) -> None:
        queue = self._account.backend("sqs").queues.get(resource)
        if queue is None:
            raise DeliveryFailed("NO_RESOURCE", f"queue {resource} does not exist", retried=False)
        if not allows(queue.policy, PRINCIPAL, "sqs:SendMessage", self._source(delivery)):
            raise _denied(f"{delivery.rule_arn} has no permission to send to queue {resource}")
        group = delivery.target.get("SqsParameters", {}).get("MessageGroupId")
        self._account.client("sqs").send_message(
            QueueUrl=_url(self._account, resource),
            MessageBody=delivery.text,
            **({"MessageGroupId": group} if group else {}),
        )

    def _to_topic(self, delivery: Delivery, resource: str) -> None:
        arn = delivery.target["Arn"]
        topic = self._account.backend("sns").topics.get(arn)
        if topic is None:
            raise DeliveryFailed("NO_RESOURCE", f"topic {resource} does not exist", retried=False)
        if not allows(topic.policy, PRINCIPAL, "sns:Publish", self._source(delivery)):
            raise _denied(f"{delivery.rule_arn} has no permission to publish to topic {resource}")
        self._account.client("sns").publish(TopicArn=arn, Message=delivery.text)

    def _to_pipeline(self, delivery: Delivery, resource: str) -> None:
        role = delivery.target.get("RoleArn", "")
        try:
            checks.role(self._account, role, PRINCIPAL)
        except AwsError as error:
            raise _denied(error.message) from None
        listed = delivery.target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
        parameters = [{"Name": item["Name"], "Value": _dynamic(item["Value"], delivery.event)} for item in listed]
        self._start_pipeline(
            {
                "PipelineName": resource.partition("/")[2],
                "PipelineParameters": parameters,
                # The same event starts one execution, however often it is delivered.
                "ClientRequestToken": str(uuid.uuid5(uuid.UUID(delivery.event["id"]), delivery.rule_arn)),
            }
        )

    def _to_log_group(self, delivery: Delivery, resource: str) -> None:
        group = resource.removeprefix("log-group:").removesuffix(":*")
        logs = self._account.client("logs")
        stream = str(uuid.uuid4())
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": delivery.text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def _to_bus(self, delivery: Delivery, resource: str) -> None:
        event = delivery.event
        entry = {
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "Resources": event["resources"],
            "EventBusName": resource.partition("/")[2],
        }
        self._account.client("events").put_events(Entries=[entry])


def send_dead_letter(
    account: Account, delivery: Delivery, failure: DeliveryFailed, attempts: int, exhausted: str
) -> None:
    """Sends a given-up event to the target's dead-letter queue, if it has one that takes it."""
    arn = delivery.target.get("DeadLetterConfig", {}).get("Arn")
    name = arn.rpartition(":")[2] if arn else None
    queue = account.backend("sqs").queues.get(name) if name else None
    source = {"aws:sourcearn": delivery.rule_arn, "aws:sourceaccount": account.account_id}
    if queue is None or name is None or not allows(queue.policy, PRINCIPAL, "sqs:SendMessage", source):
        return
    attributes = {
        "RULE_ARN": delivery.rule_arn,
        "TARGET_ARN": delivery.target["Arn"],
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": str(failure)[:1024],
        "RETRY_ATTEMPTS": str(attempts),
        **({"EXHAUSTED_RETRY_CONDITION": exhausted} if failure.retried else {}),
    }
    account.client("sqs").send_message(
        QueueUrl=_url(account, name),
        MessageBody=json.dumps(delivery.event),
        MessageAttributes={key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()},
    )


def _denied(message: str) -> DeliveryFailed:
    return DeliveryFailed("NO_PERMISSIONS", message, retried=False)


def _dynamic(value: str, event: Params) -> str:
    """A value that begins with `$.` is looked up in the event."""
    if not value.startswith("$."):
        return value
    found = at(event, value)
    return found if isinstance(found, str) else json.dumps(found)


def _url(account: Account, queue: str) -> str:
    return account.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]
