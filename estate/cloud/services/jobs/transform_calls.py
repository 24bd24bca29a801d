"""The calls of a transform job: its objects, cut into payloads, sent to the model, and put together again."""

import csv
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import urllib3

from estate.cloud.services import objects
from estate.cloud.services.account import Account
from estate.cloud.services.checks import split
from estate.cloud.services.hosting.hosts import Host
from estate.cloud.services.jobs.jobs import JobFailed
from estate.cloud.services.jobs.transform_records import Processing
from estate.cloud.services.wire import Params

MB = 1024 * 1024
PAYLOAD_MB, STRATEGY = 6, "MultiRecord"  # AWS's defaults, where neither the job nor its container says otherwise
TIMEOUT_S, RETRIES = 600, 0


class Refused(Exception):
    """An object could not be transformed. The message goes into the job's data log."""


@dataclass(frozen=True)
class Item:
    """An object, and the name of its result under the output path, without `.out`."""

    bucket: str
    key: str
    name: str


@dataclass(frozen=True)
class Settings:
    """How the objects are sent."""

    at_once: int
    payload: int  # bytes
    single: bool
    timeout_s: float
    retries: int

    @classmethod
    def of(cls, record: Params, host: Host) -> Self:
        """What the job says; then what the container answers to `/execution-parameters`; then AWS's defaults."""
        asked = {} if record.get("MaxConcurrentTransforms") and record.get("BatchStrategy") else _asked(host)
        at_once = record.get("MaxConcurrentTransforms") or asked.get("MaxConcurrentTransforms") or 1
        # 0 means any size.
        payload = record.get("MaxPayloadInMB", asked.get("MaxPayloadInMB", PAYLOAD_MB))
        client = record.get("ModelClientConfig", {})
        return cls(
            int(at_once),
            int(payload) * MB,
            (record.get("BatchStrategy") or asked.get("BatchStrategy") or STRATEGY) == "SingleRecord",
            float(client.get("InvocationsTimeoutInSeconds", TIMEOUT_S)),
            int(client.get("InvocationsMaxRetries", RETRIES)),
        )


class Caller:
    def __init__(self, account: Account, host: Host, record: Params, settings: Settings, stop: threading.Event) -> None:
        self._account = account
        self._host = host
        self._settings = settings
        self._stop = stop
        self._split = record["TransformInput"].get("SplitType", "None") == "Line"
        self._output = record["TransformOutput"]
        self._lines = self._output.get("AssembleWith", "None") == "Line"
        self._processing = Processing.of(record)
        self._headers = {
            name: value
            for name, value in (
                ("Content-Type", record["TransformInput"].get("ContentType")),
                ("Accept", self._output.get("Accept")),
            )
            if value
        }

    def take(self, item: Item) -> list[str]:
        """Transforms an object and puts its result; what went wrong, if anything."""
        if self._stop.is_set():
            return []
        body = self._account.client("s3").get_object(Bucket=item.bucket, Key=item.key)["Body"].read()
        try:
            with ThreadPoolExecutor(self._settings.at_once) as pool:
                # Their order is that of the records.
                answers = list(pool.map(self._call, self._payloads(body)))
        except Refused as refused:
            return [f"{item.bucket}/{item.key}: {refused}"]
        if self._stop.is_set():
            return []
        joined = b"".join(answer if answer.endswith(b"\n") or not self._lines else answer + b"\n" for answer in answers)
        bucket, prefix = split(self._output["S3OutputPath"], "TransformOutput")
        key = "/".join(part for part in (prefix.strip("/"), f"{item.name}.out") if part)
        objects.put(self._account, bucket, key, joined, self._output.get("KmsKeyId"))
        return []

    def _payloads(self, body: bytes) -> Iterator[bytes]:
        """Whole records, as many as fit; without SplitType the whole object is one."""
        limit = self._settings.payload
        if not self._split:
            if limit and len(body) > limit:
                raise Refused(f"the object is larger than MaxPayloadInMB ({limit // MB})")
            yield body
            return
        batch: list[bytes] = []
        size = 0
        for record in body.splitlines():
            if limit and len(record) > limit:
                raise Refused(f"a record is larger than MaxPayloadInMB ({limit // MB})")
            if batch and (self._settings.single or (limit and size + len(record) + 1 > limit)):
                yield b"\n".join(batch)
                batch, size = [], 0
            batch.append(record)
            size += len(record) + 1
        if batch:
            yield b"\n".join(batch)

    def _call(self, payload: bytes) -> bytes:
        """The model's answer to a payload, filtered and joined."""
        if self._stop.is_set():
            return b""
        pool = self._host.pool
        assert pool is not None
        try:
            sent = self._processing.sent(payload)
        except (ValueError, csv.Error) as error:
            raise Refused(f"the input cannot be filtered: {error}") from None
        status = 0
        for _ in range(self._settings.retries + 1):
            try:
                answer = pool.urlopen(
                    "POST", "/invocations", sent, self._headers, timeout=self._settings.timeout_s, retries=False
                )
            except urllib3.exceptions.HTTPError as error:
                if self._stop.is_set():
                    return b""
                raise Refused(f"the model did not answer: {type(error).__name__}") from None
            status = answer.status
            if status == 200:
                try:
                    return self._processing.kept(payload, answer.data)
                except (ValueError, csv.Error) as error:
                    raise Refused(f"the answer cannot be processed: {error}") from None
            if status < 500:
                break
        raise Refused(f"Bad HTTP status returned from invoke: {status}")


def listed(account: Account, source: Params, role: str) -> list[Item]:
    """The objects of a job. Raises JobFailed where there is none."""
    uri = source["S3Uri"]
    bucket, prefix = split(uri, "TransformInput")
    if source["S3DataType"] == "ManifestFile":
        return list(_of_manifest(account, bucket, prefix))
    s3 = account.client("s3")
    found = []
    if bucket in account.backend("s3").buckets:
        for answer in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            keys = [item["Key"] for item in answer.get("Contents", []) if not item["Key"].endswith("/")]
            found += [Item(bucket, key, objects.relative(key, prefix)) for key in keys]
    if not found:
        raise JobFailed(str(objects.nothing(account, uri, role)))
    return found


def _of_manifest(account: Account, bucket: str, key: str) -> Iterator[Item]:
    """A manifest: `[{"prefix": "s3://..."}, "relative/key", ...]`."""
    s3 = account.client("s3")
    try:
        content = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        base = content[0]["prefix"]
        names = [str(name) for name in content[1:]]
    except s3.exceptions.ClientError as error:
        raise JobFailed(f"ClientError: the manifest cannot be read: {error.response['Error']['Code']}") from None
    except (ValueError, KeyError, TypeError, IndexError):
        raise JobFailed(f"ClientError: s3://{bucket}/{key} is not a manifest") from None
    of, prefix = split(base, "TransformInput")
    for name in names:
        yield Item(of, f"{prefix}{name}", name)


def _asked(host: Host) -> Params:
    """What the container answers to `/execution-parameters`; nothing where it has no such path."""
    assert host.pool is not None
    try:
        answer = host.pool.urlopen("GET", "/execution-parameters", retries=False)
        found = json.loads(answer.data) if answer.status == 200 else {}
    except (urllib3.exceptions.HTTPError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
