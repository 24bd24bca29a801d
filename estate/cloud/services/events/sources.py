"""What pipes and event source mappings read: queues, and the shards of Kinesis and DynamoDB streams."""

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.events.destinations import queue_url
from estate.cloud.services.events.event_patterns import Pattern, matches
from estate.cloud.services.wire import Params

QUEUE_FETCH = 10


@dataclass(frozen=True)
class Settings:
    """How a source is read; a stream alone knows where to start, and gives up records."""

    batch: int
    window_s: float = 0.0
    start: str = "LATEST"
    start_at: float | None = None
    attempts: int = -1  # without end
    age_s: int = -1
    patterns: Sequence[Pattern] = ()
    bisect: bool = False


@dataclass
class Batch:
    """Records of one source in their order, and the keys that the target names failed ones by."""

    records: list[Params]
    keys: list[str]
    handles: list[Any] = field(default_factory=list)


class Queue:
    """An SQS queue: what was handled is deleted, what was not comes back after the queue's visibility timeout."""

    def __init__(self, account: Account, arn: str, speed: float) -> None:
        self._account = account
        self._arn = arn
        self._speed = speed
        self.name = arn.rpartition(":")[2]

    def fetch(self, settings: Settings) -> Batch | None:
        queue = self._account.backend("sqs").queues.get(self.name)
        if queue is None or not queue.messages:
            return None
        found: list[Params] = []
        until = time.monotonic() + settings.window_s / self._speed
        while len(found) < settings.batch:
            answer = self._account.client("sqs").receive_message(
                QueueUrl=queue_url(self._account, self.name),
                MaxNumberOfMessages=min(QUEUE_FETCH, settings.batch - len(found)),
                AttributeNames=["All"],
                MessageAttributeNames=["All"],
            )
            found += answer.get("Messages", [])
            if time.monotonic() >= until or self._account.processes.closing.wait(0 if answer.get("Messages") else 0.05):
                break
        records = [self._record(message) for message in found]
        return Batch(records, [item["MessageId"] for item in found], [item["ReceiptHandle"] for item in found])

    def done(self, batch: Batch, failed: Sequence[str]) -> None:
        sqs, url = self._account.client("sqs"), queue_url(self._account, self.name)
        queue = self._account.backend("sqs").queues.get(self.name)
        hidden_s = int(getattr(queue, "visibility_timeout", 30) / self._speed)
        for key, handle in zip(batch.keys, batch.handles, strict=True):
            if key in failed:
                sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=hidden_s)
            else:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)

    def _record(self, message: Params) -> Params:
        attributes = {
            name: {
                "stringValue": value.get("StringValue"),
                "dataType": value["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": attributes,
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._arn,
            "awsRegion": self._account.region,
        }


class Stream:
    """The shards of a stream: a batch that fails is read again before anything after it."""

    def __init__(self, account: Account, arn: str, settings: Settings, *, flat: bool) -> None:
        self._account = account
        self._arn = arn
        self._flat = flat  # a pipe's records of Kinesis are flat, a function's are not
        self.table = ":dynamodb:" in arn
        self._client = account.client("dynamodbstreams" if self.table else "kinesis")
        self._next: dict[str, str | None] = {}
        self._taken: tuple[str, str | None] | None = None
        self._known(settings)

    def _known(self, settings: Settings) -> None:
        named = {"StreamArn": self._arn} if self.table else {"StreamName": self._arn.rpartition("/")[2]}
        for shard in self._client.describe_stream(**named)["StreamDescription"]["Shards"]:
            if shard["ShardId"] not in self._next:
                given: Params = {**named, "ShardId": shard["ShardId"], "ShardIteratorType": settings.start}
                if settings.start == "AT_TIMESTAMP":
                    given["Timestamp"] = settings.start_at
                self._next[shard["ShardId"]] = self._client.get_shard_iterator(**given)["ShardIterator"]

    def fetch(self, settings: Settings) -> Batch | None:
        self._known(Settings(settings.batch, start="TRIM_HORIZON"))  # a shard that came later is read from its start
        for shard, iterator in self._next.items():
            if iterator is None:
                continue
            answer = self._client.get_records(ShardIterator=iterator, Limit=settings.batch)
            if answer["Records"]:
                self._taken = shard, answer.get("NextShardIterator")
                records = [self._record(shard, record) for record in answer["Records"]]
                return Batch(records, [_sequence(record) for record in answer["Records"]])
            self._next[shard] = answer.get("NextShardIterator") or iterator
        return None

    def done(self, batch: Batch, failed: Sequence[str]) -> None:
        """Goes on behind the batch; what failed for good was given up."""
        if self._taken is not None:
            shard, following = self._taken
            self._next[shard] = following

    def _record(self, shard: str, record: Params) -> Params:
        common = {
            "eventVersion": "1.0",
            "eventID": f"{shard}:{_sequence(record)}",
            "invokeIdentityArn": "",
            "awsRegion": self._account.region,
            "eventSourceARN": self._arn,
        }
        if self.table:
            return json.loads(json.dumps({**record, "eventSourceARN": self._arn}, default=_plain))
        data = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record["PartitionKey"],
            "sequenceNumber": record["SequenceNumber"],
            "data": base64.b64encode(record["Data"]).decode(),
            "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"].timestamp(),
        }
        named = {"eventSource": "aws:kinesis", "eventName": "aws:kinesis:record"}
        return {**data, **named, **common} if self._flat else {"kinesis": data, **named, **common}


def _sequence(record: Mapping[str, Any]) -> str:
    return record["SequenceNumber"] if "SequenceNumber" in record else record["dynamodb"]["SequenceNumber"]


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def opened(record: Params) -> Params:
    """A record with the JSON in its body, or in its data, read: what filters and templates look into."""
    found = dict(record)
    if isinstance(found.get("body"), str):
        found["body"] = _json(found["body"])
    inner = found.get("kinesis")
    if isinstance(inner, dict):
        found["kinesis"] = {**inner, "data": _decoded(inner["data"])}
        found["data"] = found["kinesis"]["data"]
    elif isinstance(found.get("data"), str):
        found["data"] = _decoded(found["data"])
    return found


def _decoded(data: str) -> Any:
    return _json(base64.b64decode(data).decode("utf-8", "replace"))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def wanted(batch: Batch, patterns: Sequence[Pattern]) -> list[bool]:
    """For each record, whether one of the patterns matches it; without patterns, all do."""
    return [not patterns or any(matches(pattern, opened(record)) for pattern in patterns) for record in batch.records]


Handler = Callable[[list[Params], list[str]], Sequence[str]]  # records and their keys; the keys of those that failed


class Failed(Exception):
    """The whole batch failed."""
