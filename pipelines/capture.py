"""Captured traffic: JSON lines as SageMaker's data capture writes them, under `<endpoint>/<variant>/yyyy/mm/dd/hh/`."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy

from contracts.workload import Workload
from pipelines import aws
from pipelines.errors import JobError
from pipelines.modelling import Columns
from pipelines.workload import InferenceCode

HOUR = re.compile(r"/(\d{4}/\d{2}/\d{2}/\d{2})/[^/]+\.jsonl$")


@dataclass(frozen=True)
class Request:
    """One captured request: when it was answered, and what was asked."""

    time: datetime
    body: bytes
    content_type: str


def requests(line: str | bytes) -> Iterator[Request]:
    """The request in a line of a capture file; none where only the response was kept. Raises JobError."""
    try:
        record = json.loads(line)
        captured = record["captureData"].get("endpointInput")
        if captured is None:
            return
        data, encoding = captured["data"], captured.get("encoding", "JSON")
        body = base64.b64decode(data, validate=True) if encoding == "BASE64" else data.encode()
        time = datetime.fromisoformat(record["eventMetadata"]["inferenceTime"])
        yield Request(time.astimezone(UTC), body, captured["observedContentType"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"a captured record cannot be read: {type(error).__name__}: {error}") from None


def newest_requests(uri: str, since: datetime | None, hours: float, rows: int) -> list[Request]:
    """The newest requests under an `s3://` prefix, oldest first; none where nothing was captured.

    Files are read from the newest hour backwards until `rows` requests are found, or the window ends: `since`, or
    `hours` before the newest file's hour.
    """
    bucket, prefix = aws.split(uri)
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")
    found = [(hour, item["Key"]) for page in pages for item in page.get("Contents", ()) if (hour := _hour(item["Key"]))]
    if not found:
        return []
    first = since if since is not None else max(hour for hour, _ in found) - timedelta(hours=hours)
    kept: list[Request] = []
    for hour in sorted({hour for hour, _ in found if hour + timedelta(hours=1) > first}, reverse=True):
        for key in sorted(key for other, key in found if other == hour):
            lines = s3.get_object(Bucket=bucket, Key=key)["Body"].read().splitlines()
            kept += [one for line in lines if line.strip() for one in requests(line) if one.time >= first]
        if len(kept) >= rows:  # requests hold at least a row each
            break
    return sorted(kept, key=lambda one: one.time)


def columns(workload: Workload, code: InferenceCode, captured: Iterable[Request], rows: int) -> tuple[Columns, int]:
    """The newest `rows` rows of the requests, an array a feature, and how many requests could not be understood."""
    parsed: list[Columns] = []
    broken = held = 0
    for one in reversed(list(captured)):
        if held >= rows:
            break
        try:
            parsed.insert(0, code.parse(workload, one.body, one.content_type))
        except JobError:
            broken += 1
            continue
        held += len(next(iter(parsed[0].values())))
    empty = numpy.empty(0)
    return {
        name: numpy.concatenate([empty, *(part[name] for part in parsed)])[-rows:] for name in workload.features
    }, broken


def _hour(key: str) -> datetime | None:
    match = HOUR.search(key)
    return datetime.strptime(match[1], "%Y/%m/%d/%H").replace(tzinfo=UTC) if match else None
