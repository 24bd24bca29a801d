import json
from argparse import Namespace
from datetime import UTC, datetime, timedelta

import boto3
import numpy
import pytest

from pipelines import inference, quality, releases, tables, workload
from pipelines.errors import JobError
from pipelines.jobs import monitor
from tests.pipelines.test_capture import record

TUMOR = workload.load("tumor-screening")
FEATURES = list(TUMOR.contract.features)
NOW = "2026-02-01T10:15:00Z"
HOUR = "2026/02/01/10"


def table() -> dict[str, numpy.ndarray]:
    rows = TUMOR.data.rows({})
    return {name: rows[name].to_numpy() for name in FEATURES}


def part(rows: dict[str, numpy.ndarray], first: int, last: int) -> dict[str, numpy.ndarray]:
    return {name: values[first:last] for name, values in rows.items()}


def put_baseline(rows: dict[str, numpy.ndarray], prefix: str, folder) -> None:
    connection = tables.connect()
    columns = ", ".join(f"unnest($r{place}) AS {tables.quoted(name)}" for place, name in enumerate(FEATURES))
    values = {f"r{place}": rows[name].tolist() for place, name in enumerate(FEATURES)}
    connection.execute(f"CREATE TABLE baseline AS SELECT {columns}", values)
    tables.write(connection, "SELECT * FROM baseline", folder / "baseline.parquet")
    s3 = boto3.client("s3")
    s3.put_object(Bucket="lake", Key=f"{prefix}/baseline.parquet", Body=(folder / "baseline.parquet").read_bytes())
    constraints = json.dumps(quality.constraints(TUMOR.contract, rows))
    s3.put_object(Bucket="lake", Key=f"{prefix}/constraints.json", Body=constraints)


def capture(rows: dict[str, numpy.ndarray], name: str = "clean", hour: str = HOUR) -> None:
    body = inference.request(TUMOR.contract, rows).decode()
    key = f"capture/endpoint/AllTraffic/{hour}/{name}.jsonl"
    time = hour.replace("/", "-", 2).replace("/", "T") + ":15:00Z"
    boto3.client("s3").put_object(Bucket="lake", Key=key, Body=record(body, time))


@pytest.fixture
def estate(aws, tmp_path, monkeypatch):
    """A lake with the baseline of 400 samples."""
    monkeypatch.setenv("ESTATE_ML_ROOT", str(tmp_path / "opt-ml"))
    boto3.client("s3").create_bucket(Bucket="lake")
    put_baseline(part(table(), 0, 400), "baseline", tmp_path)

    def run(options: str = "{}", release: str = "none"):
        monitor.main(
            Namespace(
                workload="tumor-screening",
                environment="dev",
                capture_uri="s3://lake/capture",
                baseline_uri="s3://lake/baseline",
                labels_uri=None,
                release=release,
                options=options,
                trigger="test",
            )
        )
        folder = tmp_path / "opt-ml" / "processing" / "output" / "report"
        return [json.loads((folder / file).read_text()) for file in ("drift.json", "constraint_violations.json")]

    return run


def metrics() -> dict[str, float]:
    cloudwatch = boto3.client("cloudwatch")
    where = [{"Name": "Environment", "Value": "dev"}, {"Name": "Model", "Value": "tumor-screening"}]
    end = datetime.now(UTC) + timedelta(minutes=1)
    return {
        name: sum(
            point["Sum"]
            for point in cloudwatch.get_metric_statistics(
                Namespace="MlopsEstate",
                MetricName=name,
                Dimensions=where,
                StartTime=end - timedelta(hours=1),
                EndTime=end,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
        )
        for name in ("DriftedFeatures", "DriftRows", "DataQualityViolations")
    }


def test_clean_traffic_violates_nothing(estate):
    capture(part(table(), 400, 569))
    drift, violations = estate()
    assert (drift["rows"], drift["drifted"], violations["violations"]) == (169, [], [])
    assert metrics() == {"DriftedFeatures": 0.0, "DriftRows": 169.0, "DataQualityViolations": 0.0}


def test_shifted_traffic_is_reported_and_counted(estate):
    rows = part(table(), 400, 569)
    rows["mean_radius"] = rows["mean_radius"] * 1.5
    capture(rows)
    drift, _ = estate()
    assert drift["drifted"] == ["mean_radius"]
    assert (drift["trigger"], drift["release"]) == ("test", "none")
    assert metrics()["DriftedFeatures"] == 1.0


def test_broken_values_violate_the_baselines_constraints(estate):
    rows = part(table(), 400, 569)
    rows["mean_area"] = rows["mean_area"].copy()
    rows["mean_area"][:3] = -1
    capture(rows)
    _, violations = estate()
    kinds = [(item["feature_name"], item["constraint_check_type"]) for item in violations["violations"]]
    assert kinds == [("mean_area", "non_negative_check"), ("mean_area", "bounds_check")]


def test_requests_nobody_understands_are_a_violation(estate):
    capture(part(table(), 400, 569))
    boto3.client("s3").put_object(
        Bucket="lake", Key=f"capture/endpoint/AllTraffic/{HOUR}/broken.jsonl", Body=record("{", NOW)
    )
    drift, violations = estate()
    assert drift["requests_not_understood"] == 1
    assert violations["violations"][0]["description"] == "1 of 2 requests could not be understood"


def test_a_line_nobody_can_read_is_a_violation_and_stops_nothing(estate):
    capture(part(table(), 400, 569))
    boto3.client("s3").put_object(Bucket="lake", Key=f"capture/endpoint/AllTraffic/{HOUR}/torn.jsonl", Body='{"capt')
    drift, violations = estate()
    assert (drift["rows"], drift["records_not_readable"]) == (169, 1)
    assert violations["violations"][0]["description"] == "1 captured records could not be read"
    assert metrics()["DataQualityViolations"] == 1.0


def test_too_few_rows_conclude_nothing(estate):
    rows = part(table(), 400, 450)
    rows["mean_radius"] = rows["mean_radius"] * 3
    capture(rows)
    drift, _ = estate()
    assert (drift["rows"], drift["features"], drift["drifted"]) == (50, {}, [])


def test_without_traffic_the_rows_are_none(estate):
    drift, violations = estate()
    assert (drift["rows"], violations["violations"]) == (0, [])
    assert metrics()["DriftRows"] == 0.0


def test_only_what_came_since_is_looked_at(estate):
    shifted = part(table(), 400, 569)
    shifted["mean_radius"] = shifted["mean_radius"] * 1.5
    capture(shifted, "old", "2026/02/01/08")
    capture(part(table(), 400, 569))
    drift, _ = estate('{"since": "2026-02-01T10:00:00Z"}')
    assert (drift["rows"], drift["drifted"]) == (169, [])


def test_a_pinned_releases_own_baseline_is_compared_with(estate, tmp_path, monkeypatch):
    rows = part(table(), 400, 569)
    rows["mean_radius"] = rows["mean_radius"] * 1.5
    capture(rows)
    put_baseline(rows, "baselines/1", tmp_path)
    asked = []

    def describe(release: str) -> dict[str, object]:
        asked.append(release)
        return {
            "ModelMetrics": {"ModelDataQuality": {"Statistics": {"S3Uri": "s3://lake/baselines/1/statistics.json"}}}
        }

    monkeypatch.setattr(releases, "describe", describe)
    drift, _ = estate(release="arn:aws:sagemaker:us-east-1:111111111111:model-package/eta/1")
    assert drift["drifted"] == []
    assert set(asked) == {"arn:aws:sagemaker:us-east-1:111111111111:model-package/eta/1"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('{"row": 5}', "--options: row: Extra inputs are not permitted"),
        ('{"rows": 5}', "--options: rows: Input should be greater than or equal to 20"),
        ('{"since": "2026-02-01T10:00:00"}', "--options: since: Input should have timezone info"),
        ("5", "--options: is 5; a JSON object is allowed"),
    ],
)
def test_a_wrong_option_is_named(estate, options, message):
    with pytest.raises(JobError) as raised:
        estate(options)
    assert message in str(raised.value)


def test_a_missing_baseline_says_what_to_do(estate):
    boto3.client("s3").delete_object(Bucket="lake", Key="baseline/constraints.json")
    capture(part(table(), 400, 569))
    with pytest.raises(JobError, match=r"s3://lake/baseline: holds no baseline\.parquet and constraints\.json; train"):
        estate()
