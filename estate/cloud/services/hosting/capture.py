"""Data capture of endpoints: SageMaker's JSON lines in S3, written in small batches."""

import base64
import json
import random
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime

from estate.cloud.services import objects
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import split
from estate.cloud.services.hosting.hosts import Reply
from estate.cloud.services.hosting.invocations import ATTRIBUTES, Invocation
from estate.cloud.services.wire import Params

BATCH_LINES = 1000


@dataclass(frozen=True)
class Message:
    """One side of an invocation."""

    content_type: str
    body: bytes


@dataclass(frozen=True)
class Target:
    """Where lines of one variant go."""

    endpoint: str
    variant: str
    uri: str
    kms_key: str


class Capture:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._waiting: dict[Target, list[tuple[datetime, str]]] = {}

    def offer(self, config: Params | None, asked: Invocation, variant: str, reply: Reply) -> None:
        """Keeps the invocation if the endpoint's configuration, a DataCaptureConfig, samples it."""
        if config is None or not config.get("EnableCapture", False):
            return
        if random.random() * 100 >= config["InitialSamplingPercentage"]:  # noqa: S311 - sampling, not a secret
            return
        request = Message(asked.content_type, asked.body)
        answer = Message(reply.headers.get("Content-Type", "application/octet-stream"), reply.body)
        attributes, inference_id = reply.headers.get(ATTRIBUTES, ""), asked.inference_id
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        data = {}
        if modes & {"Input", "InputAndOutput"}:
            data["endpointInput"] = _side(request, "INPUT", config)
        if modes & {"Output", "InputAndOutput"}:
            data["endpointOutput"] = _side(answer, "OUTPUT", config)
        moment = now()
        metadata: Params = {"eventId": str(uuid.uuid4()), "inferenceTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if inference_id is not None:
            metadata["inferenceId"] = inference_id
        if attributes:
            metadata["customAttributes"] = [attributes]
        line = json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"})
        target = Target(asked.endpoint, variant, config["DestinationS3Uri"], config.get("KmsKeyId", ""))
        with self._lock:
            self._waiting.setdefault(target, []).append((moment, line))

    def flush(self) -> None:
        """Writes what waits: one object a variant, hour and batch."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for target, lines in waiting.items():
            hours: dict[str, list[tuple[datetime, str]]] = {}
            for moment, line in lines:
                hours.setdefault(moment.strftime("%Y/%m/%d/%H"), []).append((moment, line))
            for hour, items in hours.items():
                for start in range(0, len(items), BATCH_LINES):
                    self._write(target, hour, items[start : start + BATCH_LINES])

    def _write(self, target: Target, hour: str, items: list[tuple[datetime, str]]) -> None:
        bucket, prefix = split(target.uri, "DestinationS3Uri")
        first = items[0][0]
        name = f"{first.strftime('%M-%S')}-{first.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
        parts = (prefix.strip("/"), target.endpoint, target.variant, hour, name)
        body = "".join(f"{line}\n" for _, line in items).encode()
        if bucket in self._account.backend("s3").buckets:
            objects.put(self._account, bucket, "/".join(part for part in parts if part), body, target.kms_key or None)


def describe(config: Params) -> Params:
    """A configuration's DataCaptureConfig as DescribeEndpoint answers it."""
    enabled = config.get("EnableCapture", False)
    return {
        "EnableCapture": enabled,
        "CaptureStatus": "Started" if enabled else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def _side(message: Message, mode: str, config: Params) -> Params:
    """A type that the configuration lists is written as it is, any other as base64."""
    types = config.get("CaptureContentTypeHeader", {})
    plain = message.content_type.partition(";")[0].strip()
    encoding = "BASE64"
    if plain in types.get("CsvContentTypes", []):
        encoding = "CSV"
    elif plain in types.get("JsonContentTypes", []):
        encoding = "JSON"
    text = message.body.decode("utf-8", "replace")
    data = base64.b64encode(message.body).decode() if encoding == "BASE64" else text
    return {"observedContentType": message.content_type, "mode": mode, "data": data, "encoding": encoding}
