# ruff: noqa: S608  the SQL is this file's own
from datetime import datetime

import pytest

from pipelines import aws as clients
from pipelines import features, tables, workload
from pipelines.errors import JobError
from pipelines.jobs import featurize

ETA = workload.load("delivery-eta")


class Store:
    """Keeps what is put, as the online store does."""

    def __init__(self) -> None:
        self.records: list[dict[str, str]] = []

    def put_record(self, FeatureGroupName: str, Record: list[dict[str, str]]) -> dict[str, object]:
        assert FeatureGroupName == "group"
        self.records.append({item["FeatureName"]: item["ValueAsString"] for item in Record})
        return {}


@pytest.fixture
def connection():
    connection = tables.connect()
    connection.register("rows", ETA.data.rows({"rows": 1000, "days": 3}))
    features.compute(connection, ETA.features.SQL, ETA.contract)
    return connection


def test_the_newest_orders_are_put_once_each(connection, monkeypatch):
    store = Store()
    monkeypatch.setattr(clients, "client", lambda *_: store)
    assert featurize.put_online("group", featurize.newest(connection, ETA.contract)) == 200
    expected = {f"o1-{number:08}" for number in range(800, 1000)}
    assert {record["order_id"] for record in store.records} == expected
    assert len(store.records) == 200


def test_a_record_has_the_features_and_never_the_label(connection):
    (*_, last) = featurize.newest(connection, ETA.contract)
    record = {item["FeatureName"]: item["ValueAsString"] for item in last}
    assert record.keys() == {"order_id", "placed_at", *ETA.contract.features}


def test_a_missing_value_is_left_out(connection):
    connection.execute("UPDATE features SET restaurant_minutes_7d = NULL")
    assert all(
        "restaurant_minutes_7d" not in {item["FeatureName"] for item in record}
        for record in featurize.newest(connection, ETA.contract)
    )


def test_a_record_is_one_that_the_feature_store_takes(connection, aws):
    import botocore.session
    from botocore.validate import ParamValidator

    model = botocore.session.get_session().get_service_model("sagemaker-featurestore-runtime")
    shape = model.operation_model("PutRecord").input_shape
    for record in featurize.newest(connection, ETA.contract):
        report = ParamValidator().validate({"FeatureGroupName": "group", "Record": record}, shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 1, 5, 12, 30), "2026-01-05T12:30:00.000Z"),
        (True, "1"),
        (3, "3"),
        (2.5, "2.5"),
        ("r1", "r1"),
    ],
)
def test_values_are_text_in_the_feature_store(value, text):
    assert featurize.as_text(value) == text


def test_a_query_that_lacks_a_feature_is_refused():
    connection = tables.connect()
    connection.register("rows", ETA.data.rows({"rows": 100}))
    with pytest.raises(JobError, match="the query does not give items, weather_severity"):
        features.compute(connection, "SELECT order_id, distance_km FROM rows", ETA.contract)


def test_a_query_that_gives_a_row_twice_is_refused():
    connection = tables.connect()
    connection.register("rows", ETA.data.rows({"rows": 100}))
    with pytest.raises(JobError, match=r"of 100 rows the query gives \(200, 100\)"):
        features.compute(connection, f"SELECT * FROM ({ETA.features.SQL}) CROSS JOIN range(2)", ETA.contract)


def test_a_query_that_does_not_run_is_refused_with_its_reason():
    connection = tables.connect()
    connection.register("rows", ETA.data.rows({"rows": 100}))
    with pytest.raises(JobError, match=r"features\.py: .*speed"):
        features.compute(connection, "SELECT order_id, speed FROM rows", ETA.contract)
