"""Captured traffic: JSON lines as SageMaker's data capture writes them, under `<endpoint>/<variant>/yyyy/mm/dd/hh/`.

Which row of the lake a captured row is, so that its label finds it: a JSON request may name its rows in `keys`, a
list beside `instances`; a request of one row may carry its key as SageMaker's inference id.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy

from contracts.workload import Workload
from pipelines import aws
from pipelines.errors import JobError
from pipelines.modelling import Columns
from pipelines.workload import InferenceCode

PLACE = re.compile(r"(?:^|/)([^/]+)/(\d{4}/\d{2}/\d{2}/\d{2})/[^/]+\.jsonl$")


@dataclass(frozen=True)
class Request:
    """One captured request: when it was answered, what was asked, and, where it was captured, the answer."""

    time: datetime
    body: bytes
    content_type: str
    answer: bytes | None = None
    inference_id: str | None = None


@dataclass(frozen=True)
class Captured:
    """Requests, oldest first, and how many lines of the files could not be read."""

    requests: list[Request] = field(default_factory=list)
    unreadable: int = 0


@dataclass(frozen=True)
class Traffic:
    """Rows as they were asked: an array a feature, predictions (NaN where not captured), keys (None where unknown).

    Of `requests` that were looked at, `broken` could not be understood.
    """

    rows: Columns
    predictions: numpy.ndarray
    keys: list[str | None]
    requests: int
    broken: int

    @property
    def size(self) -> int:
        return int(self.predictions.size)


def requests(line: str | bytes) -> Iterator[Request]:
    """The request in a line of a capture file; none where only the response was kept. Raises JobError."""
    try:
        record = json.loads(line)
        captured, metadata = record["captureData"], record["eventMetadata"]
        asked = captured.get("endpointInput")
        if asked is None:
            return
        body = _data(asked)
        time = datetime.fromisoformat(metadata["inferenceTime"]).astimezone(UTC)
        kind, inference_id = asked["observedContentType"], metadata.get("inferenceId")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JobError(f"a captured record cannot be read: {type(error).__name__}: {error}") from None
    yield Request(time, body, str(kind), _answer(captured), inference_id if isinstance(inference_id, str) else None)


def _data(side: Mapping[str, str]) -> bytes:
    data, encoding = side["data"], side.get("encoding", "JSON")
    return base64.b64decode(data, validate=True) if encoding == "BASE64" else data.encode()


def _answer(captured: Mapping[str, Mapping[str, str]]) -> bytes | None:
    """An answer that cannot be read is none: the request still says what was asked."""
    try:
        return _data(captured["endpointOutput"])
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError):
        return None


def newest_requests(
    uri: str, since: datetime | None, hours: float, rows: int, variant: str | None = None, s3: Any = None
) -> Captured:
    """The newest requests under an `s3://` prefix, of one variant or of all; none where nothing was captured.

    Files are read from the newest hour backwards until `rows` requests are found, or the window ends: `since`, or
    `hours` before the newest file's hour. A line that cannot be read is counted and passed over. `s3` is a boto3
    client; one is made by default.
    """
    bucket, prefix = aws.split(uri)
    s3 = aws.client("s3") if s3 is None else s3
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")
    found = [(place[0], key) for page in pages for key in _keys(page) if (place := _place(key, variant))]
    if not found:
        return Captured()
    first = since if since is not None else max(hour for hour, _ in found) - timedelta(hours=hours)
    kept: list[Request] = []
    unreadable = 0
    for hour in sorted({hour for hour, _ in found if hour + timedelta(hours=1) > first}, reverse=True):
        for key in sorted(key for other, key in found if other == hour):
            read, failed = _lines(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            kept += [one for one in read if one.time >= first]
            unreadable += failed
        if len(kept) >= rows:  # requests hold at least a row each
            break
    return Captured(sorted(kept, key=lambda one: one.time), unreadable)


def folders(uri: str) -> list[str]:
    """Names of the folders right under an `s3://` prefix: endpoints, and variants under an endpoint."""
    bucket, prefix = aws.split(uri)
    place = prefix.rstrip("/") + "/"
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=place, Delimiter="/")
    return [each["Prefix"].removeprefix(place).rstrip("/") for page in pages for each in page.get("CommonPrefixes", ())]


def _lines(content: bytes) -> tuple[list[Request], int]:
    read: list[Request] = []
    failed = 0
    for line in content.splitlines():
        if line.strip():
            try:
                read += requests(line)
            except JobError:
                failed += 1
    return read, failed


def traffic(workload: Workload, code: InferenceCode, captured: Iterable[Request], rows: int) -> Traffic:
    """The newest `rows` rows of the requests, and how many requests could not be understood."""
    parsed: list[tuple[Columns, numpy.ndarray, list[str | None]]] = []
    broken = held = 0
    for one in reversed(list(captured)):
        if held >= rows:
            break
        try:
            asked = code.parse(workload, one.body, one.content_type)
        except JobError:
            broken += 1
            continue
        count = len(next(iter(asked.values())))
        parsed.append((asked, predictions(one.answer, count), keys(one, count)))
        held += count
    parsed.reverse()
    empty = numpy.empty(0)
    return Traffic(
        {name: numpy.concatenate([empty, *(part[0][name] for part in parsed)])[-rows:] for name in workload.features},
        numpy.concatenate([empty, *(part[1] for part in parsed)])[-rows:],
        [key for part in parsed for key in part[2]][-rows:],
        len(parsed) + broken,
        broken,
    )


def predictions(answer: bytes | None, count: int) -> numpy.ndarray:
    """The `predictions` of a JSON answer; all NaN where it holds anything but a number for each of `count` rows."""
    unknown = numpy.full(count, numpy.nan)
    try:
        found = numpy.asarray(json.loads(answer or b"null")["predictions"], dtype=float)
    except (ValueError, KeyError, TypeError, RecursionError):
        return unknown
    return found if found.shape == (count,) else unknown


def keys(asked: Request, count: int) -> list[str | None]:
    """The rows' keys, where the request names them."""
    if b'"keys"' in asked.body:
        try:
            named = json.loads(asked.body)["keys"]
        except (ValueError, KeyError, TypeError, RecursionError):
            named = None
        if isinstance(named, list) and len(named) == count:
            return [None if key is None else str(key) for key in named]
    return [asked.inference_id] if count == 1 else [None] * count


def _keys(page: Mapping[str, list[dict[str, str]]]) -> list[str]:
    return [item["Key"] for item in page.get("Contents", ())]


def _place(key: str, variant: str | None) -> tuple[datetime, str] | None:
    """Hour and variant of a capture file; None for any other file, or another variant's."""
    match = PLACE.search(key)
    if match is None or variant not in (None, match[1]):
        return None
    return datetime.strptime(match[2], "%Y/%m/%d/%H").replace(tzinfo=UTC), match[1]
