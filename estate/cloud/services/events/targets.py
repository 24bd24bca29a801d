"""Hands events to the targets of rules, if those let EventBridge in."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.events.destinations import DeliveryFailed, Destinations, dead_letter, service_of
from estate.cloud.services.events.transform import at
from estate.cloud.services.grants import allows
from estate.cloud.services.wire import AwsError, Params

PRINCIPAL = "events.amazonaws.com"
BY_ROLE = ("sagemaker", "states", "kinesis")  # targets that EventBridge reaches as the target's role


@dataclass(frozen=True)
class Delivery:
    """One event for one target of one rule; `text` is what the target gets."""

    rule_arn: str
    target: Mapping[str, Any]
    text: str
    event: Params


class Targets:
    """`destinations` sends; here is asked whether EventBridge may."""

    def __init__(self, account: Account, destinations: Destinations) -> None:
        self._account = account
        self._destinations = destinations

    def deliver(self, delivery: Delivery) -> None:
        """Raises DeliveryFailed."""
        arn, event = delivery.target["Arn"], delivery.event
        try:
            self._permit(arn, delivery)
        except AwsError as error:
            raise DeliveryFailed(error.code, error.message, retried=False) from None
        given: Params = dict(delivery.target)
        text = delivery.text
        if service_of(arn) == "sagemaker":
            listed = (given.get("SageMakerPipelineParameters") or {}).get("PipelineParameterList") or []
            parameters = [{"Name": item["Name"], "Value": _dynamic(item["Value"], event)} for item in listed]
            given["SageMakerPipelineParameters"] = {"PipelineParameterList": parameters}
            # The same event starts one execution, however often it is delivered.
            given["Token"] = str(uuid.uuid5(uuid.UUID(event["id"]), delivery.rule_arn))
        elif service_of(arn) == "states":
            given["Token"] = f"{event['id']}_{uuid.uuid5(uuid.UUID(event['id']), delivery.rule_arn)}"
        elif service_of(arn) == "kinesis":
            path = (given.get("KinesisParameters") or {}).get("PartitionKeyPath")
            given["KinesisParameters"] = {"PartitionKey": str(at(event, path)) if path else event["id"]}
        elif service_of(arn) == "events":
            # An event goes on to another bus as it is.
            given["EventBridgeParameters"] = {
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Resources": event["resources"],
            }
            text = json.dumps(event["detail"])
        self._destinations.send(arn, text, given)

    def give_up(self, delivery: Delivery, failure: DeliveryFailed, attempts: int, exhausted: str) -> None:
        """Sends a given-up event to the target's dead-letter queue, if it has one that takes it."""
        arn = (delivery.target.get("DeadLetterConfig") or {}).get("Arn")
        queue = self._account.backend("sqs").queues.get(arn.rpartition(":")[2]) if arn else None
        if queue is None or not allows(queue.policy, PRINCIPAL, "sqs:SendMessage", self._source(delivery)):
            return
        attributes = {
            "RULE_ARN": delivery.rule_arn,
            "TARGET_ARN": delivery.target["Arn"],
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure)[:1024],
            "RETRY_ATTEMPTS": str(attempts),
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if failure.retried else {}),
        }
        dead_letter(self._account, arn, json.dumps(delivery.event), attributes)

    def _source(self, delivery: Delivery) -> dict[str, str]:
        return {"aws:sourcearn": delivery.rule_arn, "aws:sourceaccount": self._account.account_id}

    def _permit(self, arn: str, delivery: Delivery) -> None:
        """Raises DeliveryFailed, AwsError."""
        kind, resource, source = service_of(arn), arn.split(":", 5)[-1], self._source(delivery)
        if kind in BY_ROLE:
            try:
                checks.role(self._account, delivery.target.get("RoleArn", ""), PRINCIPAL)
            except AwsError as error:
                raise _denied(error.message) from None
        elif kind == "lambda":
            function = self._destinations.functions.find(arn)
            if not allows(function.policy.statements, PRINCIPAL, "lambda:InvokeFunction", source):
                raise _denied(f"{delivery.rule_arn} has no permission to invoke {resource}")
        elif kind == "sqs":
            queue = self._account.backend("sqs").queues.get(resource)
            if queue is not None and not allows(queue.policy, PRINCIPAL, "sqs:SendMessage", source):
                raise _denied(f"{delivery.rule_arn} has no permission to send to queue {resource}")
        elif kind == "sns":
            topic = self._account.backend("sns").topics.get(arn)
            if topic is not None and not allows(topic.policy, PRINCIPAL, "sns:Publish", source):
                raise _denied(f"{delivery.rule_arn} has no permission to publish to topic {resource}")


def _denied(message: str) -> DeliveryFailed:
    return DeliveryFailed("NO_PERMISSIONS", message, retried=False)


def _dynamic(value: str, event: Params) -> str:
    """A value that begins with `$.` is looked up in the event."""
    if not value.startswith("$."):
        return value
    found = at(event, value)
    return found if isinstance(found, str) else json.dumps(found)
