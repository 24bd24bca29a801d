import base64
import json
from datetime import UTC, datetime

import boto3
import numpy
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
    (found,) = capture.newest_requests("s3://lake/eta", None, 24, 10).requests
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
    assert [one.time.hour for one in capture.newest_requests(captured, since, hours, 2000).requests] == expected


def test_the_newest_rows_are_taken(captured):
    found = capture.newest_requests(captured, None, 24, 2000).requests
    seen = capture.traffic(ETA.contract, ETA.inference, found, 4)
    assert seen.rows["distance_km"].tolist() == [10.0, 11.0, 11.0, 11.0]
    assert (seen.size, seen.broken) == (4, 0)


def test_a_request_that_cannot_be_understood_is_counted(captured):
    found = [
        *capture.newest_requests(captured, None, 24, 2000).requests,
        *capture.requests(record("{", "2026-02-01T12:00:00Z")),
    ]
    seen = capture.traffic(ETA.contract, ETA.inference, found, 2000)
    assert (seen.size, seen.broken) == (6, 1)


def test_nothing_captured_is_nothing(aws):
    boto3.client("s3").create_bucket(Bucket="lake")
    assert capture.newest_requests("s3://lake/none", None, 24, 2000) == capture.Captured()
    assert capture.traffic(ETA.contract, ETA.inference, [], 2000).size == 0


def test_a_line_that_cannot_be_read_is_counted_and_passed_over(captured):
    key = "eta/capture/endpoint/AllTraffic/2026/02/01/11/16-00-000-x.jsonl"
    good = record(json.dumps({"instances": [row(distance_km=12)]}), "2026-02-01T11:16:00Z")
    boto3.client("s3").put_object(Bucket="lake", Key=key, Body=f"{{\n{good}\n\n[]\n")
    found = capture.newest_requests(captured, None, 24, 2000)
    assert (len(found.requests), found.unreadable) == (4, 2)


@pytest.mark.parametrize(("variant", "hours"), [(None, [9, 10, 11, 11]), ("AllTraffic", [9, 10, 11]), ("b", [11])])
def test_one_variants_traffic_can_be_chosen(captured, variant, hours):
    key = "eta/capture/endpoint/b/2026/02/01/11/16-00-000-x.jsonl"
    body = record(json.dumps({"instances": [row()]}), "2026-02-01T11:16:00Z")
    boto3.client("s3").put_object(Bucket="lake", Key=key, Body=body)
    found = capture.newest_requests(captured, None, 24, 2000, variant)
    assert [one.time.hour for one in found.requests] == hours


def answered(body: str, answer: str, **metadata: str) -> str:
    line = json.loads(record(body, "2026-02-01T10:00:00Z"))
    line["captureData"]["endpointOutput"] = {
        "observedContentType": "application/json",
        "mode": "OUTPUT",
        "data": answer,
        "encoding": "JSON",
    }
    line["eventMetadata"] |= metadata
    return json.dumps(line)


def seen(line: str) -> capture.Traffic:
    return capture.traffic(ETA.contract, ETA.inference, capture.requests(line), 2000)


def test_predictions_and_keys_come_with_their_rows():
    body = json.dumps({"instances": [row(), row()], "keys": ["o1", 2]})
    found = seen(answered(body, '{"predictions": [31.5, 40]}'))
    assert found.predictions.tolist() == [31.5, 40.0]
    assert found.keys == ["o1", "2"]


def test_a_request_of_one_row_is_known_by_its_inference_id():
    body = json.dumps({"instances": [row()]})
    assert seen(answered(body, "{}", inferenceId="o7")).keys == ["o7"]
    assert seen(answered(json.dumps({"instances": [row(), row()]}), "{}", inferenceId="o7")).keys == [None, None]


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", '{"predictions": [1]}', '{"predictions": ["a", 1]}', '{"predictions": 3}']
)
def test_an_answer_that_does_not_fit_is_no_prediction(answer):
    found = seen(answered(json.dumps({"instances": [row(), row()], "keys": ["o1"]}), answer))
    assert (numpy.isnan(found.predictions).tolist(), found.keys) == ([True, True], [None, None])
