"""An A/B or shadow test, from what it leaves: captured requests, metrics, and labels that arrive later."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import numpy
import pyarrow
import pyarrow.parquet
import pytest
from moto import mock_aws

from contracts.pipelines import File
from contracts.variants import CHALLENGER, CHAMPION, SHADOW
from pipelines import workload
from pipelines.monitors import experiment
from pipelines.monitors.findings import Status

ETA = workload.load("delivery-eta")
NAMES = list(ETA.contract.features)
ROWS = 600
NOW = datetime.now(UTC).replace(microsecond=0)
CAPTURE, LABELS = "s3://lake/capture", "s3://lake/rows"
ENDPOINT = "mlops-dev-delivery-eta"
CHANCE = numpy.random.default_rng(5)
TRUTH = {f"o{index}": float(minutes) for index, minutes in enumerate(CHANCE.normal(30, 8, 2 * ROWS))}


@pytest.fixture
def lake(tmp_path, monkeypatch):
    for name, value in {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        file = tmp_path / "labels.parquet"
        data = ETA.contract.data
        pyarrow.parquet.write_table(pyarrow.table({data.key: list(TRUTH), data.label: list(TRUTH.values())}), file)
        s3.put_object(Bucket="lake", Key="rows/labels.parquet", Body=file.read_bytes())
        yield s3


def answered(lake, variant: str, keys: list[str], error: float, *, failed: int = 0, seed: int = 1) -> None:
    """Captures requests of one row a piece, a prediction off by `error` minutes or so for each, and counts them."""
    noise = numpy.random.default_rng(seed).normal(0, error, len(keys))
    lines = [line(key, TRUTH[key] + float(off)) for key, off in zip(keys, noise, strict=True)]
    place = f"capture/{ENDPOINT}/{variant}/{NOW:%Y/%m/%d/%H}/a.jsonl"
    lake.put_object(Bucket="lake", Key=place, Body="\n".join(lines))
    where = [{"Name": "EndpointName", "Value": ENDPOINT}, {"Name": "VariantName", "Value": variant}]
    counts = {"Invocations": len(keys) + failed, "Invocation5XXErrors": failed}
    boto3.client("cloudwatch", region_name="us-east-1").put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[{"MetricName": name, "Dimensions": where, "Value": value} for name, value in counts.items()],
    )


def line(key: str, prediction: float) -> str:
    body = json.dumps({"instances": [dict.fromkeys(NAMES, 1)], "keys": [key]})
    sides = {"endpointInput": body, "endpointOutput": json.dumps({"predictions": [prediction]})}
    captured = {
        name: {"observedContentType": "application/json", "mode": name, "data": data, "encoding": "JSON"}
        for name, data in sides.items()
    }
    metadata = {"eventId": key, "inferenceTime": (NOW - timedelta(seconds=30)).isoformat()}
    return json.dumps({"captureData": captured, "eventMetadata": metadata, "eventVersion": "0"})


def watch():
    return experiment.watch(ETA, CAPTURE, LABELS)


FIRST, SECOND = list(TRUTH)[:ROWS], list(TRUTH)[ROWS:]


def test_one_release_alone_is_no_experiment(lake):
    answered(lake, CHAMPION, FIRST, 4.0)
    assert watch() is None


def test_a_better_challenger_is_told_with_samples_effect_interval_and_decision(lake):
    answered(lake, CHAMPION, FIRST, 5.0)
    answered(lake, CHALLENGER, SECOND, 2.0, seed=2)
    found = watch()
    told = found.documents[File.EXPERIMENT]
    assert (found.status, told["kind"], told["decision"]) == (Status.CLEAN, "a/b", "challenger")
    assert told["variants"] == {
        CHAMPION: {"requests": ROWS, "failed": 0, "labelled_rows": ROWS},
        CHALLENGER: {"requests": ROWS, "failed": 0, "labelled_rows": ROWS},
    }
    (effect,) = [each for each in told["effects"] if each["metric"] == "mae"]
    assert effect["samples"] == (ROWS, ROWS)
    assert effect["low"] < effect["effect"] < effect["high"] < 0
    assert [row.name for figure in found.figures for row in figure.rows] == ["failed_share", "mae"]


def test_a_challenger_that_fails_is_not_taken_however_well_it_predicts(lake):
    answered(lake, CHAMPION, FIRST, 5.0)
    answered(lake, CHALLENGER, SECOND, 2.0, failed=60, seed=2)
    told = watch().documents[File.EXPERIMENT]
    assert told["decision"] == "control"
    assert told["reason"] == "Challenger fails more often: 9.09% against 0.00%"


def test_a_shadow_is_compared_on_the_rows_that_both_answered(lake):
    answered(lake, CHAMPION, FIRST, 4.0)
    answered(lake, SHADOW, FIRST[: ROWS // 2] + SECOND[:10], 4.0, seed=2)
    found = watch()
    told = found.documents[File.EXPERIMENT]
    assert (found.status, told["kind"], found.rows) == (Status.INCONCLUSIVE, "shadow", ROWS // 2)
    assert {side["labelled_rows"] for side in told["variants"].values()} == {ROWS // 2}


def test_rows_whose_label_has_not_come_decide_nothing(lake):
    lake.delete_object(Bucket="lake", Key="rows/labels.parquet")
    answered(lake, CHAMPION, FIRST, 5.0)
    answered(lake, CHALLENGER, SECOND, 2.0, seed=2)
    found = watch()
    assert (found.status, found.reason) == (
        Status.INCONCLUSIVE,
        "undecided: 0 rows of the smaller arm have labels; at least 100 are needed",
    )
