"""Alarms on metrics, metric math and bands, through plain boto3."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cloud.services.alarm_kit import (
    SPEED,
    alarm,
    comes_to,
    described,
    expression,
    force,
    new,
    put,
    put_together,
    stat,
    state,
    told,
    within,
)
from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture(scope="module")
def speed() -> float:
    return SPEED


def test_an_alarm_on_metric_math_follows_its_expression(ground: Ground) -> None:
    errors, calls = new("e"), new("c")
    metrics = [stat("m1", errors), stat("m2", calls), expression("rate", "100 * m1 / m2")]
    name = alarm(ground, Metrics=metrics, TreatMissingData="ignore")
    assert state(ground, name) == "INSUFFICIENT_DATA"
    put_together(ground, {calls: 100.0, errors: 3.0})
    assert comes_to(ground, name, "OK")
    put_together(ground, {calls: 10.0, errors: 9.0})
    assert comes_to(ground, name, "ALARM")
    assert described(ground, name)["Metrics"] == metrics
    assert json.loads(described(ground, name)["StateReasonData"])["threshold"] == 5.0


def test_a_filled_metric_is_good_again_once_its_period_is_over(ground: Ground) -> None:
    errors = new("e")
    name = alarm(ground, Metrics=[stat("m1", errors), expression("filled", "FILL(m1, 0)")])
    assert comes_to(ground, name, "OK")
    put(ground, errors, 9.0)
    assert comes_to(ground, name, "ALARM")
    assert comes_to(ground, name, "OK")


def test_a_band_is_learnt_from_the_past(ground: Ground) -> None:
    latency = new("l")
    cloudwatch = ground.client("cloudwatch")
    for minutes in range(30, 90):
        put(ground, latency, 100.0 + minutes % 5, ago_s=minutes * 60 + 5)
    name = alarm(
        ground,
        Metrics=[
            stat("m1", latency, "Average", returned=True),
            expression("band", "ANOMALY_DETECTION_BAND(m1, 3)"),
        ],
        ThresholdMetricId="band",
        ComparisonOperator="LessThanLowerOrGreaterThanUpperThreshold",
        TreatMissingData="ignore",
    )
    found = cloudwatch.describe_anomaly_detectors(Namespace="Test", MetricName=latency)["AnomalyDetectors"]
    assert [(item["SingleMetricAnomalyDetector"]["Stat"], item["StateValue"]) for item in found] == [
        ("Average", "TRAINED")
    ]
    put(ground, latency, 101.0)
    assert comes_to(ground, name, "OK")
    put(ground, latency, 500.0)
    assert comes_to(ground, name, "ALARM")
    assert "greater than the upper thresholds" in described(ground, name)["StateReason"]
    cloudwatch.delete_alarms(AlarmNames=[name])
    cloudwatch.delete_anomaly_detector(SingleMetricAnomalyDetector=found[0]["SingleMetricAnomalyDetector"])
    assert cloudwatch.describe_anomaly_detectors(MetricName=latency)["AnomalyDetectors"] == []


def test_actions_that_are_switched_off_are_not_done(ground: Ground) -> None:
    topic, read = told(ground)
    quiet, loud = alarm(ground, AlarmActions=[topic]), alarm(ground, AlarmActions=[topic])
    ground.client("cloudwatch").disable_alarm_actions(AlarmNames=[quiet])
    for name in (quiet, loud):
        force(ground, name, "ALARM")
    assert within(lambda: len(read()) == 1)
    assert read()[0]["AlarmName"] == loud
    ground.client("cloudwatch").enable_alarm_actions(AlarmNames=[quiet])
    assert described(ground, quiet)["ActionsEnabled"] is True


def test_history_tells_what_happened_newest_first(ground: Ground) -> None:
    topic, read = told(ground)
    name = alarm(ground, OKActions=[topic])
    force(ground, name, "OK")
    assert within(lambda: len(read()) == 1)
    cloudwatch = ground.client("cloudwatch")
    items = cloudwatch.describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending")["AlarmHistoryItems"]
    assert [item["HistoryItemType"] for item in items][:3] == ["ConfigurationUpdate", "StateUpdate", "Action"]
    assert items[1]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to OK"
    assert json.loads(items[1]["HistoryData"])["newState"]["stateReason"] == "forced"
    assert items[2]["HistorySummary"] == f"Successfully executed action {topic}"
    first = cloudwatch.describe_alarm_history(AlarmName=name, MaxRecords=1)
    assert first["AlarmHistoryItems"][0]["Timestamp"] >= items[1]["Timestamp"]
    assert "NextToken" in first


def test_an_updated_alarm_keeps_its_state(ground: Ground) -> None:
    name = alarm(ground, TreatMissingData="ignore")
    force(ground, name, "ALARM")
    ground.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="Test", MetricName=name, Period=60, Statistic="Maximum", EvaluationPeriods=2,
        ComparisonOperator="GreaterThanThreshold", Threshold=7.0, TreatMissingData="ignore",
    )  # fmt: skip
    found = described(ground, name)
    assert (found["StateValue"], found["Threshold"], found["EvaluationPeriods"]) == ("ALARM", 7.0, 2)


def test_metric_data_are_computed_for_clients_too(ground: Ground) -> None:
    errors, calls = new("e"), new("c")
    base = datetime.now(UTC).replace(second=0, microsecond=0)
    for minutes, values in {2: (1.0, 10.0), 1: (2.0, 40.0)}.items():
        for name, value in zip((errors, calls), values, strict=True):
            moment = base - timedelta(minutes=minutes)
            ground.client("cloudwatch").put_metric_data(
                Namespace="Test", MetricData=[{"MetricName": name, "Value": value, "Timestamp": moment}]
            )
    found = ground.client("cloudwatch").get_metric_data(
        MetricDataQueries=[stat("m1", errors), stat("m2", calls), expression("rate", "m1 / m2")],
        StartTime=base - timedelta(minutes=5), EndTime=base, ScanBy="TimestampAscending",
    )["MetricDataResults"]  # fmt: skip
    assert [item["Id"] for item in found] == ["rate"]
    assert found[0]["Values"] == [0.1, 0.05]
    assert found[0]["Timestamps"] == [base - timedelta(minutes=2), base - timedelta(minutes=1)]


def test_statistics_are_of_exactly_the_dimensions_that_are_named(ground: Ground) -> None:
    name = new("m")
    cloudwatch = ground.client("cloudwatch")
    for value, dimensions in ((1.0, []), (5.0, [{"Name": "Model", "Value": "m"}])):
        datum = {"MetricName": name, "Value": value, "Dimensions": dimensions, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace="Test", MetricData=[datum])
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_statistics(
        Namespace="Test", MetricName=name, StartTime=now - timedelta(minutes=5), EndTime=now + timedelta(minutes=1),
        Period=300, Statistics=["Sum"], ExtendedStatistics=["p90"],
    )["Datapoints"]  # fmt: skip
    assert sum(point["Sum"] for point in found) == 1.0
    assert {point["Unit"] for point in found} == {"Count"}
    assert found[0]["ExtendedStatistics"] == {"p90": 1.0}


PLAIN = {
    "AlarmName": "wrong", "Namespace": "T", "MetricName": "m", "Period": 60, "Statistic": "Sum", "Threshold": 1.0,
    "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip
MATH = {key: PLAIN[key] for key in ("AlarmName", "Threshold", "EvaluationPeriods", "ComparisonOperator")}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (PLAIN | {"Statistic": None}, "MissingParameter", "Statistic or ExtendedStatistic is required"),
        (PLAIN | {"ExtendedStatistic": "p90"}, "InvalidParameterCombination", "mutually exclusive"),
        (PLAIN | {"Statistic": None, "ExtendedStatistic": "q9"}, "InvalidParameterValue", "q9"),
        (PLAIN | {"Statistic": "Median"}, "ValidationError", "failed to satisfy constraint"),
        (PLAIN | {"Threshold": None}, "ValidationError", "Threshold is required"),
        (PLAIN | {"Period": 45}, "ValidationError", "multiple of 60"),
        (PLAIN | {"Period": 3600, "EvaluationPeriods": 169}, "ValidationError", "at most 604800"),
        (PLAIN | {"DatapointsToAlarm": 2}, "ValidationError", "less than or equal to EvaluationPeriods"),
        (PLAIN | {"TreatMissingData": "bad"}, "ValidationError", "TreatMissingData"),
        (PLAIN | {"AlarmActions": ["topic"]}, "ValidationError", "Invalid arn syntax: topic"),
        (PLAIN | {"Metrics": [stat("m1", "m", returned=True)]}, "InvalidParameterCombination", "mutually exclusive"),
        (PLAIN | {"ComparisonOperator": "GreaterThanUpperThreshold"}, "ValidationError", "ThresholdMetricId"),
        (MATH | {"Metrics": [stat("m1", "m"), expression("e1", "m1 + ")]}, "ValidationError", "not a valid expression"),
        (MATH | {"Metrics": [stat("m1", "m"), expression("e1", "NOW(m1)")]}, "ValidationError", "NOW"),
        (MATH | {"Metrics": [stat("m1", "m"), expression("e1", "m9 * 2")]}, "ValidationError", "m9"),
        (MATH | {"Metrics": [stat("m1", "m"), expression("e1", "SUM(m1)")]}, "ValidationError", "single time series"),
        (MATH | {"Metrics": [stat("m1", "m"), stat("m1", "n", returned=True)]}, "ValidationError", "unique"),
        (MATH | {"Metrics": [stat("m1", "m"), stat("m2", "n")]}, "ValidationError", "Exactly one element"),
        (
            MATH | {"Metrics": [*(stat(f"m{i}", "m") for i in range(11)), expression("e1", "m0")]},
            "ValidationError",
            "at most 10 metrics",
        ),
        (
            MATH | {"Metrics": [stat("m1", "m"), stat("m2", "n", period=300), expression("e1", "m1 + m2")]},
            "ValidationError",
            "the same Period",
        ),
        (
            MATH | {"Metrics": [stat("m1", "m"), expression("e1", "e2 + m1"), expression("e2", "e1", returned=False)]},
            "ValidationError",
            "Circular reference",
        ),
    ],
)
def test_a_wrong_alarm_is_refused(ground: Ground, given: dict[str, Any], code: str, message: str) -> None:
    call = {key: value for key, value in given.items() if value is not None}
    error = answer_of(lambda: ground.client("cloudwatch").put_metric_alarm(**call))["Error"]
    assert error["Code"] == code
    assert message in error["Message"]
