"""Where rules, schedules and pipes send things to: each kind of target, with the rights of whoever sends."""

import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from estate.cloud.services.account import Account
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.wire import AwsError, Params

Send = Callable[[str, str, Params], None]


class DeliveryFailed(Exception):
    """A target did not take what it was sent. What is not `retried` never works: no permission, no such target."""

    def __init__(self, code: str, message: str, *, retried: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retried = retried


class Destinations:
    """Sends texts to ARNs. `start_pipeline` is SageMaker's StartPipelineExecution."""

    def __init__(self, account: Account, functions: Functions, start_pipeline: Callable[[Params], Params]) -> None:
        self.account = account
        self.functions = functions
        self._start_pipeline = start_pipeline
        self._kinds: dict[str, Send] = {
            "lambda": self._to_function,
            "sqs": self._to_queue,
            "sns": self._to_topic,
            "sagemaker": self._to_pipeline,
            "states": self._to_state_machine,
            "kinesis": self._to_stream,
            "logs": self._to_log_group,
            "events": self._to_bus,
            "scheduler": self._to_any_service,
        }

    def supports(self, arn: str) -> bool:
        return service_of(arn) in self._kinds

    def send(self, arn: str, text: str, given: Params) -> None:
        """`given` are the target's own parameters, as its Target structure names them. Raises DeliveryFailed."""
        kind = service_of(arn)
        if kind not in self._kinds:
            raise DeliveryFailed("UNSUPPORTED", f"targets of {kind} are not supported offline", retried=False)
        try:
            self._kinds[kind](arn, text, given)
        except AwsError as error:
            raise DeliveryFailed(error.code, error.message, retried=error.status >= 500) from None
        except ClientError as error:
            found = error.response["Error"]
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            raise DeliveryFailed(found["Code"], found["Message"], retried=status >= 500) from None

    def missing(self, arn: str) -> str | None:
        """What AWS says of a target that is not there; None where it is there, or where nobody looks."""
        resource = arn.split(":", 5)[-1]
        backend = self.account.backend
        found = {
            "lambda": lambda: self._has_function(arn),
            "sqs": lambda: resource in backend("sqs").queues,
            "sns": lambda: arn in backend("sns").topics,
            "kinesis": lambda: resource.removeprefix("stream/") in backend("kinesis").streams,
            "events": lambda: resource.removeprefix("event-bus/") in backend("events").event_buses,
        }.get(service_of(arn))
        return None if found is None or found() else f"{arn} does not exist"

    def _has_function(self, arn: str) -> bool:
        try:
            self.functions.find(arn)
        except AwsError:
            return False
        return True

    def _to_function(self, arn: str, text: str, given: Params) -> None:
        self.functions.invoke_later(self.functions.find(arn), text.encode())

    def _to_queue(self, arn: str, text: str, given: Params) -> None:
        name = arn.rpartition(":")[2]
        if name not in self.account.backend("sqs").queues:
            raise DeliveryFailed("NO_RESOURCE", f"queue {name} does not exist", retried=False)
        parameters = given.get("SqsParameters") or given.get("SqsQueueParameters") or {}
        group, once = parameters.get("MessageGroupId"), parameters.get("MessageDeduplicationId")
        self.account.client("sqs").send_message(
            QueueUrl=queue_url(self.account, name),
            MessageBody=text,
            **({"MessageGroupId": group} if group else {}),
            **({"MessageDeduplicationId": once} if once else {}),
        )

    def _to_topic(self, arn: str, text: str, given: Params) -> None:
        if arn not in self.account.backend("sns").topics:
            raise DeliveryFailed("NO_RESOURCE", f"topic {arn.rpartition(':')[2]} does not exist", retried=False)
        self.account.client("sns").publish(TopicArn=arn, Message=text)

    def _to_pipeline(self, arn: str, text: str, given: Params) -> None:
        listed = (given.get("SageMakerPipelineParameters") or {}).get("PipelineParameterList") or []
        self._start_pipeline(
            {
                "PipelineName": arn.rpartition("/")[2],
                "PipelineParameters": [{"Name": item["Name"], "Value": item["Value"]} for item in listed],
                "ClientRequestToken": given.get("Token") or str(uuid.uuid4()),
            }
        )

    def _to_state_machine(self, arn: str, text: str, given: Params) -> None:
        named = {"name": given["Token"]} if given.get("Token") else {}
        self.account.client("stepfunctions").start_execution(stateMachineArn=arn, input=text, **named)

    def _to_stream(self, arn: str, text: str, given: Params) -> None:
        parameters = given.get("KinesisParameters") or given.get("KinesisStreamParameters") or {}
        key = parameters.get("PartitionKey") or str(uuid.uuid4())
        name = arn.rpartition("/")[2]
        self.account.client("kinesis").put_record(StreamName=name, Data=text.encode(), PartitionKey=key)

    def _to_log_group(self, arn: str, text: str, given: Params) -> None:
        group = arn.split(":", 5)[5].removeprefix("log-group:").removesuffix(":*")
        logs = self.account.client("logs")
        stream = str(uuid.uuid4())
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": text}
        logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])

    def _to_bus(self, arn: str, text: str, given: Params) -> None:
        parameters = given.get("EventBridgeParameters") or given.get("EventBridgeEventBusParameters") or {}
        entry = {
            "Source": parameters["Source"],
            "DetailType": parameters["DetailType"],
            "Detail": text,
            "Resources": parameters.get("Resources") or [],
            "EventBusName": arn.rpartition("/")[2],
        }
        answer = self.account.client("events").put_events(Entries=[entry])["Entries"][0]
        if "ErrorCode" in answer:
            raise DeliveryFailed(answer["ErrorCode"], answer["ErrorMessage"], retried=False)

    def _to_any_service(self, arn: str, text: str, given: Params) -> None:
        """A universal target: arn:aws:scheduler:::aws-sdk:<service>:<operation>, its Input the request."""
        service, operation = universal(arn)
        try:
            getattr(self.account.client(service), xform_name(operation))(**json.loads(text or "{}"))
        except (ParamValidationError, TypeError, ValueError) as error:
            raise DeliveryFailed("ValidationException", str(error), retried=False) from None


def service_of(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") >= 5 else ""


def universal(arn: str) -> tuple[str, str]:
    """Service and operation of a universal target. Raises AwsError (ValidationException)."""
    parts = arn.split(":aws-sdk:", 1)[-1].split(":")
    service = parts[0]
    if len(parts) == 2 and service in boto3.Session().get_available_services():
        model = botocore.session.get_session().get_service_model(service)
        operation = next((name for name in model.operation_names if name.lower() == parts[1].lower()), None)
        if operation is not None and not operation.startswith(("Get", "Describe", "List")):
            return service, operation
    raise AwsError("ValidationException", f"{arn} is not a supported target: no such operation, or one that only reads")


def queue_url(account: Account, queue: str) -> str:
    return account.client("sqs").get_queue_url(QueueName=queue)["QueueUrl"]


def dead_letter(account: Account, arn: str | None, body: str, attributes: Mapping[str, Any]) -> None:
    """Sends what was given up to a queue, if there is one."""
    name = arn.rpartition(":")[2] if arn else ""
    if name in account.backend("sqs").queues:
        named = {key: {"DataType": "String", "StringValue": str(value)} for key, value in attributes.items()}
        account.client("sqs").send_message(QueueUrl=queue_url(account, name), MessageBody=body, MessageAttributes=named)
