import base64
import json
from datetime import UTC, datetime

import boto3
import pytest

from pipelines import capture, workload
from pipelines.errors import JobError

ETA = workload.load("delivery-eta")


def record(data: str, time: str, encoding: str = "JSON", content_type: str = "application/json") -> str:
    """A line as SageMaker's data capture writes it."""
    sent = {"observedContentType": content_type, "mode": "INPUT", "data": data, "encoding": encoding}
    return json.dumps(
        {
            "captureData": {"endpointInput": sent},
            "eventMetadata": {"eventId": "1", "inferenceTime": time},
            "eventVersion": "0",
        }
    )


def test_a_json_request_is_read():
    (found,) = capture.requests(record('{"instances": []}', "2026-02-01T10:00:00Z"))
    assert found.time == datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert (found.body, found.content_type) == (b'{"instances": []}', "application/json")


def test_a_base64_request_is_decoded():
    data = base64.b64encode(b"a,b\n1,2\n").decode()
    (found,) = capture.requests(record(data, "2026-02-01T10:00:00Z", "BASE64", "text/csv"))
    assert (found.body, found.content_type) == (b"a,b\n1,2\n", "text/csv")


def test_a_line_with_only_the_response_has_no_request():
    line = json.dumps(
        {"captureData": {"endpointOutput": {}}, "eventMetadata": {"inferenceTime": "2026-02-01T10:00:00Z"}}
    )
    assert list(capture.requests(line)) == []


@pytest.mark.parametrize(
    "line", ["{", "[]", "{}", '{"captureData": {"endpointInput": {"data": 1}}}', record("!", "2026", "BASE64")]
)
def test_a_broken_line_is_refused(line):
    with pytest.raises(JobError, match="a captured record cannot be read"):
        list(capture.requests(line))


def test_a_separator_of_lines_within_a_request_ends_no_record(aws):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="lake")
    line = json.dumps(json.loads(record("a\u2028b", "2026-02-01T10:00:00Z")), ensure_ascii=False)
    s3.put_object(Bucket="lake", Key="eta/2026/02/01/10/x.jsonl", Body=f"{line}\n".encode())
    (found,) = capture.newest_requests("s3://lake/eta", None, 24, 10)
    assert found.body == "a\u2028b".encode()


@pytest.fixture
def captured(aws):
    """Three hours of one request each, with 1, 2 and 3 rows."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="lake")
    for hour, rows in ((9, 1), (10, 2), (11, 3)):
        body = json.dumps({"instances": [row(distance_km=hour)] * rows})
        key = f"eta/capture/endpoint/AllTraffic/2026/02/01/{hour:02}/15-00-000-x.jsonl"
        s3.put_object(Bucket="lake", Key=key, Body=record(body, f"2026-02-01T{hour:02}:15:00Z") + "\n")
    return "s3://lake/eta/capture"


def row(**changes: float) -> dict[str, float]:
    return dict.fromkeys(ETA.contract.features, 1) | changes


@pytest.mark.parametrize(
    ("since", "hours", "expected"),
    [
        (None, 24, [9, 10, 11]),
        (None, 1, [10, 11]),
        (datetime(2026, 2, 1, 11, tzinfo=UTC), 24, [11]),
        (datetime(2026, 2, 1, 10, 30, tzinfo=UTC), 24, [11]),
        (datetime(2026, 2, 2, tzinfo=UTC), 24, []),
    ],
)
def test_the_window_decides_what_is_looked_at(captured, since, hours, expected):
    assert [one.time.hour for one in capture.newest_requests(captured, since, hours, 2000)] == expected


def test_the_newest_rows_are_taken(captured):
    found = capture.newest_requests(captured, None, 24, 2000)
    rows, broken = capture.columns(ETA.contract, ETA.inference, found, 4)
    assert rows["distance_km"].tolist() == [10.0, 11.0, 11.0, 11.0]
    assert broken == 0


def test_a_request_that_cannot_be_understood_is_counted(captured):
    found = [*capture.newest_requests(captured, None, 24, 2000), *capture.requests(record("{", "2026-02-01T12:00:00Z"))]
    rows, broken = capture.columns(ETA.contract, ETA.inference, found, 2000)
    assert (len(rows["items"]), broken) == (6, 1)


def test_nothing_captured_is_nothing(aws):
    boto3.client("s3").create_bucket(Bucket="lake")
    assert capture.newest_requests("s3://lake/none", None, 24, 2000) == []
    assert len(capture.columns(ETA.contract, ETA.inference, [], 2000)[0]["items"]) == 0
