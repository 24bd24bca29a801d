"""Asks a model about each event of a batch, and leaves its answers.

Environment: ENDPOINT; RESULTS, where answers go: `s3://<bucket>/<prefix>` (with KEY_ARN), the URL of a queue, or the
name of a Kinesis stream.

A batch comes from a Kinesis stream or a queue, through a pipe. What one event fails at keeps no other from being
answered: the failed ones' ids go back to the pipe, which tries them again and in the end keeps them as dead letters.
"""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

JSON_TYPE = "application/json"
# Two tries of half a minute: no event is begun with less time left, as a handler that is cut off fails its whole batch.
RUNTIME = Config(read_timeout=30, connect_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
LEAST_LEFT_MS = 70_000


class Context(Protocol):
    """What Lambda says of an invocation."""

    def get_remaining_time_in_millis(self) -> int: ...


class Malformed(ValueError):
    """An event that no retry will make right. Says what it lacks."""


class Late(Exception):
    """An event for which no time is left."""


def handle(events: list[dict[str, Any]], context: Context) -> dict[str, list[dict[str, str]]]:
    """Takes a pipe's batch; returns the ids of the events that were not answered.

    An answer lies under the event's own id, so that an event that comes twice leaves one answer.
    """
    if not isinstance(events, list):
        raise Malformed(f"the batch is {type(events).__name__}; a list of events is expected")
    leave = _leaving(os.environ["RESULTS"])
    failed = []
    for event in events:
        identity = _identity(event)
        try:
            if context.get_remaining_time_in_millis() < LEAST_LEFT_MS:
                raise Late("too little time is left; it comes again")
            name, body = _request(event)
            leave(name, _ask(body, name))
        except (ValueError, RecursionError, Late, ClientError, BotoCoreError) as error:
            print(json.dumps({"event": identity, "failed": f"{type(error).__name__}: {error}"}))  # noqa: T201
            failed.append({"itemIdentifier": identity})
    return {"batchItemFailures": failed}


def _identity(event: object) -> str:
    """What the source calls the event. Without one nothing could be handed back, so the whole batch fails."""
    found = event.get("eventID") or event.get("messageId") if isinstance(event, dict) else None
    if not isinstance(found, str) or not found:
        raise Malformed("an event has neither eventID nor messageId")
    return found


def _request(event: dict[str, Any]) -> tuple[str, bytes]:
    """What is asked, and a name for the answer: of the event's body, or of the object that it tells of."""
    name = hashlib.sha256(_identity(event).encode()).hexdigest()[:32]
    if "data" in event:
        try:
            return name, base64.b64decode(event["data"], validate=True)
        except (ValueError, TypeError):
            raise Malformed("data is no base64") from None
    body = event.get("body")
    if not isinstance(body, str) or not body:
        raise Malformed("the event has no body")
    landed = _landed(body)
    return (name, body.encode()) if landed is None else _object(*landed)


def _landed(body: str) -> tuple[str, str, str] | None:
    """Bucket, key and version of an object, where the body is S3's event that it was created."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    if not isinstance(told, dict) or told.get("source") != "aws.s3" or told.get("detail-type") != "Object Created":
        return None
    try:
        found = told["detail"]["object"]
        return told["detail"]["bucket"]["name"], found["key"], found.get("version-id", "")
    except (KeyError, TypeError, AttributeError):
        raise Malformed("S3's event names no object") from None


def _object(bucket: str, key: str, version: str) -> tuple[str, bytes]:
    """The object's content, named after its version: a notice that comes twice tells of one object."""
    exact = {"VersionId": version} if version else {}
    found = boto3.client("s3").get_object(Bucket=bucket, Key=key, **exact)
    name = hashlib.sha256(f"{bucket}/{key}/{version or found['ETag']}".encode()).hexdigest()[:32]
    return name, found["Body"].read()


def _ask(body: bytes, name: str) -> bytes:
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the request is no JSON: {error}") from None
    found = boto3.client("sagemaker-runtime", config=RUNTIME).invoke_endpoint(
        EndpointName=os.environ["ENDPOINT"], Body=body, ContentType=JSON_TYPE, Accept=JSON_TYPE, InferenceId=name
    )
    return found["Body"].read()


def _leaving(results: str) -> Callable[[str, bytes], None]:
    """Leaves an answer under a name."""
    if results.startswith("s3://"):
        return lambda name, answer: _to_object(results, name, answer)
    if results.startswith("https://"):
        return lambda name, answer: _to_queue(results, name, answer)
    return lambda name, answer: _to_stream(results, name, answer)


def _to_object(results: str, name: str, answer: bytes) -> None:
    bucket, _, prefix = results.removeprefix("s3://").partition("/")
    boto3.client("s3").put_object(
        Bucket=bucket,
        Key=f"{prefix}/{name}.json",
        Body=answer,
        ContentType=JSON_TYPE,
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=os.environ["KEY_ARN"],
    )


def _to_queue(results: str, name: str, answer: bytes) -> None:
    attributes = {"event": {"DataType": "String", "StringValue": name}}
    boto3.client("sqs").send_message(QueueUrl=results, MessageBody=answer.decode(), MessageAttributes=attributes)


def _to_stream(results: str, name: str, answer: bytes) -> None:
    record = {"event": name, "answer": json.loads(answer)}
    boto3.client("kinesis").put_record(StreamName=results, PartitionKey=name, Data=json.dumps(record).encode())
