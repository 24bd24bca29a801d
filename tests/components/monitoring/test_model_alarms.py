import pytest

from components.monitoring.model_alarms import ModelAlarms, ModelAlarmsArgs
from components.monitoring.model_monitor import ModelMonitor, ModelMonitorArgs
from components.monitoring.model_signals import model_signals
from components.signals import SEVERITIES, alarm_prefix
from estate.plan.record import record
from tests.components.monitoring.watched import SLOS, watched
from tests.components.places import VIRGINIA

METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SCHEDULE = "aws:scheduler/schedule:Schedule"


def alarms(model=None, **changes):
    model = model or watched()
    given = {
        "placement": VIRGINIA,
        "subject": model.subject,
        "signals": model_signals(model),
        "causes": ["mlops-test-errors-eta", "mlops-test-latency-eta"],
        "slos": model.slos,
        **changes,
    }
    return record(lambda: ModelAlarms("eta-alarms", ModelAlarmsArgs.model_validate(given)) and None)


def rules(result):
    return {goal.inputs["alarmName"]: goal.inputs["alarmRule"] for goal in result.of_type(COMPOSITE)}


def test_errors_or_slowness_page_only_where_there_is_traffic():
    assert rules(alarms(slos={})) == {
        "mlops-test-outage-eta": '((ALARM("mlops-test-errors-eta") OR ALARM("mlops-test-latency-eta"))'
        ' AND ALARM("mlops-test-measured-eta-traffic"))'
    }


def test_traffic_is_counted_over_five_minutes_by_metric_math():
    assert alarms(slos={}).named("eta-alarms-traffic").inputs == {
        "name": "mlops-test-measured-eta-traffic",
        "alarmDescription": "mlops-test-eta has at least 10 requests in five minutes",
        "metricQueries": [
            {"id": "total", "expression": "FILL(n0, 0)", "label": "total", "returnData": True},
            {
                "id": "n0",
                "metric": {
                    "namespace": "AWS/SageMaker",
                    "metricName": "Invocations",
                    "dimensions": {"EndpointName": "mlops-test-eta", "VariantName": "AllTraffic"},
                    "stat": "Sum",
                    "period": 300,
                },
                "returnData": False,
            },
        ],
        "evaluationPeriods": 1,
        "threshold": 10,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "notBreaching",
    }


def test_a_budget_that_burns_is_seen_over_a_long_and_a_short_window():
    result = alarms(slos={"availability": SLOS["availability"]})

    assert rules(result)["mlops-test-burn-fast-eta"] == (
        '((ALARM("mlops-test-measured-eta-availability-1h") AND ALARM("mlops-test-measured-eta-availability-5m"))'
        ' OR (ALARM("mlops-test-measured-eta-availability-6h") AND ALARM("mlops-test-measured-eta-availability-30m")))'
    )
    assert rules(result)["mlops-test-burn-slow-eta"] == (
        '(ALARM("mlops-test-measured-eta-availability-24h") AND ALARM("mlops-test-measured-eta-availability-2h"))'
    )
    hour = result.named("eta-alarms-availability-1h").inputs
    assert (
        hour["threshold"],
        hour["metricQueries"][0]["expression"],
        hour["metricQueries"][1]["metric"]["period"],
    ) == (
        14.4,
        "IF(FILL(n0, 0) >= 20, FILL(b0, 0) / FILL(n0, 0) / 0.005, 0)",
        3600,
    )


def test_a_model_has_one_alarm_a_pace_whatever_the_number_of_its_objectives():
    assert sorted(rules(alarms())) == ["mlops-test-burn-fast-eta", "mlops-test-burn-slow-eta", "mlops-test-outage-eta"]


def test_validity_alone_pages_nobody():
    assert "mlops-test-burn-fast-eta" not in rules(alarms(slos={"validity": SLOS["validity"]}))


@pytest.mark.parametrize(
    ("fast", "slow", "windows"), [(False, False, 0), (True, False, 8), (False, True, 6), (True, True, 14)]
)
def test_only_paces_that_are_asked_for_have_alarms(fast, slow, windows):
    result = alarms(fast=fast, slow=slow)

    assert len(result.of_type(METRIC)) == windows + 1
    assert len(rules(result)) == 1 + fast + slow


def test_bands_are_learnt_by_cloudwatch_and_one_alarm_tells_of_both():
    result = alarms(watched(anomalies=True), slos={})
    band = result.named("eta-alarms-latency-band").inputs

    assert band["metricQueries"][0]["expression"] == "ANOMALY_DETECTION_BAND(m0, 3)"
    assert (band["thresholdMetricId"], band["comparisonOperator"], band["evaluationPeriods"]) == (
        "band",
        "LessThanLowerOrGreaterThanUpperThreshold",
        3,
    )
    assert "threshold" not in band
    assert rules(result)["mlops-test-anomaly-eta"] == (
        '(ALARM("mlops-test-measured-eta-traffic-band") OR ALARM("mlops-test-measured-eta-latency-band"))'
    )


def test_what_is_only_measured_wakes_nobody():
    result = alarms(watched(anomalies=True))
    prefixes = tuple(alarm_prefix(VIRGINIA, signal) for signal in SEVERITIES)

    assert [goal.inputs["name"] for goal in result.of_type(METRIC) if goal.inputs["name"].startswith(prefixes)] == []


def monitor(model=None, **changes):
    signals = model_signals(model or watched(drift_threshold=2))
    given = {"placement": VIRGINIA, "model": "eta", "signals": signals, "pipeline_arn": "arn:pipeline"}
    args = ModelMonitorArgs.model_validate({**given, "role_arn": "arn:role", **changes})
    return record(lambda: ModelMonitor("eta-monitor", args) and None)


def test_the_drift_alarm_watches_the_models_own_metric():
    assert monitor().named("eta-monitor-drift").inputs == {
        "name": "mlops-test-drift-eta",
        "alarmDescription": "At least 2 features of eta have drifted from its training data",
        "namespace": "MlopsEstate",
        "metricName": "DriftedFeatures",
        "dimensions": {"Environment": "test", "Model": "eta"},
        "statistic": "Maximum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 2,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "treatMissingData": "ignore",
    }


def test_each_monitor_has_an_alarm_on_its_metric():
    assert {goal.inputs["name"]: goal.inputs["metricName"] for goal in monitor().of_type(METRIC)} == {
        "mlops-test-drift-eta": "DriftedFeatures",
        "mlops-test-quality-eta": "DataQualityViolations",
        "mlops-test-prediction-drift-eta": "PredictionDrift",
        "mlops-test-concept-drift-eta": "ConceptDrift",
        "mlops-test-model-quality-eta": "ModelQualityViolations",
        "mlops-test-bias-eta": "BiasViolations",
        "mlops-test-attribution-eta": "AttributionDriftedFeatures",
    }


def test_the_monitor_runs_on_schedule_where_there_is_one():
    assert monitor().of_type(SCHEDULE) == []
    inputs = monitor(schedule="rate(1 hour)").one(SCHEDULE).inputs
    assert (inputs["name"], inputs["target"]["arn"]) == ("mlops-test-eta-monitor", "arn:pipeline")
