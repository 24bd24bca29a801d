"""All monitors over one release: orders are asked about, answered, delivered, and their labels land."""

import json
from argparse import Namespace
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import boto3
import numpy
import pyarrow.parquet
import pytest

from contracts.pipelines import File
from contracts.variants import CHAMPION, SHADOW
from pipelines import features, modelling, quality, releases, tables, workload
from pipelines.capture import Traffic
from pipelines.errors import JobError
from pipelines.jobs import monitor
from pipelines.monitors import attribution, labels, reference
from tests.pipelines.test_capture import record

ETA = workload.load("delivery-eta")
NAMES = list(ETA.contract.features)
KEY, LABEL = ETA.contract.data.key, ETA.contract.data.label
RELEASE = "arn:aws:sagemaker:us-east-1:111111111111:model-package/eta/1"
HOUR = "2026/03/01/10"


def orders(**options: object) -> tuple[pyarrow.Table, dict[str, Any]]:
    """Raw rows, and the features, keys and labels of the same in time order."""
    raw = ETA.data.rows(options)
    connection = tables.connect()
    connection.register("rows", raw)
    features.compute(connection, ETA.features.SQL, ETA.contract)
    chosen = ", ".join(f'CAST("{name}" AS DOUBLE) AS "{name}"' for name in [*NAMES, LABEL])
    found = connection.execute(f'SELECT {chosen}, "{KEY}" FROM features ORDER BY placed_at').fetchnumpy()  # noqa: S608
    columns = {name: numpy.ma.filled(found[name].astype(float), numpy.nan) for name in [*NAMES, LABEL]}
    return raw, {**columns, KEY: found[KEY].tolist()}


def newest(rows: dict[str, Any], count: int) -> dict[str, Any]:
    return {name: values[-count:] for name, values in rows.items()}


@dataclass
class Lake:
    """What a release left, and a model to answer with."""

    model: modelling.Model
    folder: Path

    def put(self, key: str, body: bytes | str) -> None:
        boto3.client("s3").put_object(Bucket="lake", Key=key, Body=body)

    def get(self, key: str) -> bytes:
        return boto3.client("s3").get_object(Bucket="lake", Key=key)["Body"].read()

    def land(self, raw: pyarrow.Table, name: str) -> None:
        file = self.folder / f"{name}.parquet"
        pyarrow.parquet.write_table(raw, file)
        self.put(f"rows/{name}.parquet", file.read_bytes())

    def ask(self, rows: dict[str, Any], variant: str = "AllTraffic") -> None:
        """One captured request of all rows, answered by the model."""
        instances = [
            {name: value for name, value in zip(NAMES, values, strict=True) if value == value}
            for values in zip(*(rows[name].tolist() for name in NAMES), strict=True)
        ]
        line = json.loads(record(json.dumps({"instances": instances, "keys": rows[KEY]}), "2026-03-01T10:15:00Z"))
        answer = json.dumps({"predictions": modelling.predict(self.model, rows).tolist()})
        line["captureData"]["endpointOutput"] = {"data": answer, "encoding": "JSON", "mode": "OUTPUT"}
        self.put(f"capture/endpoint/{variant}/{HOUR}/{len(instances)}.jsonl", json.dumps(line))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The files of a release: model archive, baseline, held-out predictions, explanation."""
    folder = tmp_path_factory.mktemp("release")
    _, rows = orders(rows=12_000, seed=1, days=16)
    # Not the first days, whose restaurants have no week behind them.
    held, train = newest(rows, 2000), {name: values[4000:10_000] for name, values in rows.items()}
    model = modelling.train(ETA.contract, train, {**ETA.contract.training.hyperparameters, "rounds": 60}, "s")
    modelling.save(model, folder / "model")
    connection = tables.connect()
    columns = ", ".join(f"unnest($r{place}) AS {tables.quoted(name)}" for place, name in enumerate(NAMES))
    values = {f"r{place}": train[name].tolist() for place, name in enumerate(NAMES)}
    connection.execute(f"CREATE TABLE baseline AS SELECT {columns}", values)
    tables.write(connection, "SELECT * FROM baseline", folder / File.BASELINE)
    (folder / File.CONSTRAINTS).write_text(json.dumps(quality.constraints(ETA.contract, train)))
    reference.write(folder / File.PREDICTIONS, modelling.predict(model, held), held[LABEL])
    explained = attribution.of_model(ETA.contract, ETA.explain, model, held)
    (folder / File.EXPLANATION).write_text(json.dumps(attribution.document(explained)))
    return model, folder


@pytest.fixture
def lake(aws, trained, tmp_path, monkeypatch):
    model, files = trained
    monkeypatch.setenv("ESTATE_ML_ROOT", str(tmp_path / "opt-ml"))
    boto3.client("s3").create_bucket(Bucket="lake")
    for file in files.iterdir():
        if file.is_file():
            boto3.client("s3").upload_file(str(file), "lake", f"release/{file.name}")

    def sources(*names: str) -> dict[str, object]:
        return {name: {"Statistics": {"S3Uri": f"s3://lake/release/{name}.json"}} for name in names}

    described = {"ModelMetrics": sources("ModelQuality", "ModelDataQuality")}
    monkeypatch.setattr(releases, "describe", lambda release: described)
    monkeypatch.setattr(releases, "model", lambda release, folder: files / "model")
    return Lake(model, tmp_path)


def run(lake: Lake, options: str = "{}") -> dict[str, Any]:
    monitor.main(
        Namespace(
            workload="delivery-eta",
            environment="dev",
            capture_uri="s3://lake/capture",
            baseline_uri="s3://lake/release",
            labels_uri="s3://lake/rows",
            release=RELEASE,
            options=options,
            trigger="test",
        )
    )
    return json.loads((report(lake) / File.MONITORS).read_text())["monitors"]


def report(lake: Lake) -> Path:
    return lake.folder / "opt-ml" / "processing" / "output" / "report"


def statuses(found: dict[str, Any]) -> dict[str, str]:
    return {name: one["status"] for name, one in found.items()}


def february(drift: float) -> tuple[pyarrow.Table, dict[str, Any]]:
    raw, rows = orders(rows=6000, seed=2, start="2026-02-02", days=8, drift=drift)
    return raw, newest(rows, 1500)


WATCHED = [
    "data-quality",
    "data-drift",
    "prediction-drift",
    "attribution-drift",
    "concept-drift",
    "model-quality",
    "bias",
]


def test_orders_like_those_learned_from_violate_nothing(lake):
    raw, rows = february(0)
    lake.land(raw, "february")
    lake.ask(rows)
    found = run(lake)
    assert statuses(found) == dict.fromkeys([*WATCHED, "business"], "clean")
    assert {name: one["rows"] for name, one in found.items()} == dict.fromkeys([*WATCHED, "business"], 1500) | {
        "attribution-drift": 1000
    }


def test_a_town_that_has_moved_is_seen_by_every_monitor_that_can(lake):
    raw, rows = february(1.0)
    lake.land(raw, "february")
    lake.ask(rows)
    found = run(lake)
    moved = [name for name, status in statuses(found).items() if status == "violated"]
    assert moved == ["data-drift", "prediction-drift", "concept-drift", "model-quality", "bias"]
    assert found["concept-drift"]["metrics"] == {"ConceptDrift": 1.0}
    folder = report(lake)
    for name in moved:
        document = json.loads((folder / name / File.VIOLATIONS).read_text())
        assert len(document["violations"]) == found[name]["violations"] > 0
    assert json.loads((folder / File.VIOLATIONS).read_text())["violations"] == []
    assert (
        json.loads((folder / "model-quality" / File.STATISTICS).read_text())["regression_metrics"]["mae"]["value"] > 10
    )


def test_the_page_stands_alone_and_draws_each_monitor(lake):
    raw, rows = february(1.0)
    lake.land(raw, "february")
    lake.ask(rows)
    run(lake)
    text = (report(lake) / File.REPORT).read_text()
    assert "<script" not in text
    assert "://" not in text
    page = Page()
    page.feed(text)
    assert set(page.drawn) == {*WATCHED} - {"data-quality"}
    assert page.drawn["data-drift"] == 6
    assert page.drawn["bias"] == 2
    assert all(page.drawn.values())
    assert page.open == []


class Page(HTMLParser):
    """How many figures each section has, and what was not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.drawn: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self.drawn[str(dict(attrs)["id"])] = 0
        if tag == "svg":
            self.drawn[list(self.drawn)[-1]] += 1
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<circle/>` is closed."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_without_labels_what_needs_them_says_so_and_puts_nothing(lake):
    _, rows = february(0)
    lake.ask(rows)
    found = run(lake)
    assert {name: found[name]["reason"] for name in WATCHED[4:]} == {
        "concept-drift": "0 labelled rows; 200 are needed",
        "model-quality": "0 labelled rows; 200 are needed",
        "bias": "0 labelled rows; each group and its others need 100",
    }
    assert put() == {
        *("CheckedRequests", "InvalidRequests", "DriftRows", "DriftedFeatures", "DataQualityViolations"),
        *("PredictionDrift", "AttributionDriftedFeatures", "Business-long-waits"),
    }


def put() -> set[str]:
    return {
        metric["MetricName"] for metric in boto3.client("cloudwatch").list_metrics(Namespace="MlopsEstate")["Metrics"]
    }


def test_rows_without_keys_are_watched_as_far_as_they_can_be(lake):
    raw, rows = february(0)
    lake.land(raw, "february")
    lake.ask(rows | {KEY: [None] * 1500})
    found = run(lake)
    assert statuses(found)["prediction-drift"] == "clean"
    assert {found[name]["reason"] for name in WATCHED[4:]} == {"no captured row names its key"}


def test_one_variants_answers_are_judged(lake):
    raw, rows = february(0)
    lake.land(raw, "february")
    lake.ask(newest(rows, 300), "good")
    lake.ask(newest(rows, 400) | {"distance_km": rows["distance_km"][-400:] * 5}, "odd")
    assert run(lake, '{"variant": "good"}')["data-drift"] == {
        "status": "clean",
        "reason": "none of 6 features has drifted",
        "rows": 300,
        "violations": 0,
        "metrics": {"DriftedFeatures": 0.0},
    }
    assert run(lake, '{"variant": "odd"}')["data-drift"]["reason"] == "drifted: distance_km"
    assert run(lake, '{"variant": "none"}')["data-drift"]["status"] == "inconclusive"


def test_without_a_choice_the_pinned_releases_own_variant_is_judged(lake):
    _, rows = february(0)
    lake.ask(newest(rows, 300), CHAMPION)
    lake.ask(newest(rows, 400) | {"distance_km": rows["distance_km"][-400:] * 5}, SHADOW)
    assert run(lake)["data-drift"]["rows"] == 300
    assert run(lake, '{"variant": null}')["data-drift"]["rows"] == 700


def test_a_release_with_other_features_is_named(lake):
    _, rows = february(0)
    lake.ask(rows)
    document = json.loads(lake.get(f"release/{File.EXPLANATION}"))
    document["explanations"]["tree_shap"]["label0"]["global_shap_values"].pop("items")
    lake.put(f"release/{File.EXPLANATION}", json.dumps(document))
    assert run(lake)["attribution-drift"]["reason"] == "the release has other features than this contract"


def test_a_baseline_without_a_watched_feature_says_what_to_do(lake):
    _, rows = february(0)
    lake.ask(rows)
    connection = tables.connect()
    tables.write(connection, "SELECT 1.0 AS items", lake.folder / "odd.parquet")
    lake.put(f"release/{File.BASELINE}", (lake.folder / "odd.parquet").read_bytes())
    with pytest.raises(
        JobError, match=r"baseline\.parquet lacks a watched feature of this contract; train a model anew"
    ):
        run(lake)


def test_a_release_from_before_the_monitors_says_what_is_missing(lake):
    _, rows = february(0)
    lake.ask(rows)
    boto3.client("s3").delete_object(Bucket="lake", Key=f"release/{File.PREDICTIONS}")
    found = run(lake)
    assert found["prediction-drift"]["reason"] == "the release was registered without its held-out predictions"
    assert found["data-drift"]["status"] == "clean"


def test_a_label_is_found_by_its_key_and_the_newest_answer_counts(lake):
    raw, rows = february(0)
    lake.land(raw.slice(0, 3000), "early")
    lake.land(raw.slice(3000), "late")
    asked = {name: rows[name] for name in NAMES}
    seen = Traffic(asked, numpy.arange(1500.0), [rows[KEY][0], *rows[KEY][:-1]], 1, 0)
    found = labels.join(ETA.contract, seen, "s3://lake/rows", ["weather"])
    assert found.predictions.tolist() == list(range(1, 1500))
    known = dict(zip(raw["order_id"].to_pylist(), raw["delivery_minutes"].to_pylist(), strict=True))
    assert found.labels.tolist() == [known[key] for key in rows[KEY][:-1]]
    assert set(found.columns["weather"]) == {"clear", "rain", "snow"}
