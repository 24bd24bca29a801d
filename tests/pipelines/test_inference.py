import json
from collections.abc import Mapping

import numpy
import pytest

from pipelines import inference, workload
from pipelines.errors import JobError

ETA = workload.load("delivery-eta").contract
ROW = {
    "distance_km": 2.5,
    "items": 2,
    "weather_severity": 0,
    "courier_load": 1.2,
    "hour": 12,
    "weekend": 0,
    "restaurant_preparation_7d": 14.0,
    "restaurant_minutes_7d": 30.0,
}


def body(*rows: Mapping[str, object]) -> bytes:
    return json.dumps({"instances": rows}).encode()


def test_json_becomes_an_array_a_feature():
    found = inference.parse(ETA, body(ROW, ROW | {"items": 3}), "application/json; charset=utf-8")
    assert list(found) == list(ETA.features)
    assert found["items"].tolist() == [2.0, 3.0]


def test_csv_gives_the_same_as_json():
    text = ",".join(ROW) + "\n" + ",".join(map(str, ROW.values())) + "\n"
    one, other = inference.parse(ETA, text.encode(), "text/csv"), inference.parse(ETA, body(ROW), "application/json")
    assert all(numpy.array_equal(one[name], other[name]) for name in ETA.features)


@pytest.mark.parametrize("absent", [{"restaurant_minutes_7d": None}, {}])
def test_a_nullable_feature_may_be_absent(absent):
    row = {name: value for name, value in ROW.items() if name != "restaurant_minutes_7d"} | absent
    assert numpy.isnan(inference.parse(ETA, body(row), "application/json")["restaurant_minutes_7d"][0])


def test_a_request_reads_back_as_the_rows_it_was_made_of():
    rows = {name: numpy.array([1.0, 2.0]) for name in ETA.features} | {
        "restaurant_minutes_7d": numpy.array([numpy.nan, 3])
    }
    found = inference.parse(ETA, inference.request(ETA, rows), "application/json")
    assert all(numpy.array_equal(found[name], rows[name], equal_nan=True) for name in ETA.features)


@pytest.mark.parametrize(
    ("content", "content_type", "message"),
    [
        (b"{", "application/json", "the request is no JSON"),
        (b"\xff", "application/json", "the request is no JSON"),
        (b"[" * 100_000, "application/json", "the request is no JSON"),
        (b"[]", "application/json", 'the request must be {"instances"'),
        (b'{"instances": [1]}', "application/json", 'the request must be {"instances"'),
        (b'{"instances": []}', "application/json", "the request has no rows"),
        (b"", "text/csv", "the request has no rows"),
        (b"\xff", "text/csv", "the request is no CSV"),
        (b"items,hour\n1\n", "text/csv", "row 0: has 1 values; the header names 2"),
        (b"items, items\n1,2\n", "text/csv", "the header names a feature twice: items,  items"),
        (body({**ROW, "speed": 1}), "application/json", "row 0: unknown feature speed; allowed are distance_km"),
        (body(ROW, {"items": 1}), "application/json", "row 1: lacks feature 'distance_km'"),
        (
            body({**ROW, "items": "two"}),
            "application/json",
            "row 0: feature 'items' is 'two'; a finite number is allowed",
        ),
        (body({**ROW, "items": True}), "application/json", "row 0: feature 'items' is True; a finite number"),
        (body({**ROW, "items": 1.5}), "application/json", "row 0: feature 'items' is 1.5; a whole number is allowed"),
        (body({**ROW, "hour": 10**400}), "application/json", "a finite number is allowed"),
        (body({**ROW, "distance_km": float("nan")}), "application/json", "feature 'distance_km' is nan"),
        (b"", "application/x-npy", "content type 'application/x-npy' is not understood; allowed are application/json"),
    ],
)
def test_a_wrong_request_is_named(content, content_type, message):
    with pytest.raises(JobError) as raised:
        inference.parse(ETA, content, content_type)
    assert message in str(raised.value)
