import json

import pytest
from pydantic import ValidationError

from components.base import Placement
from components.monitoring.alarm_topics import AlarmTopics, AlarmTopicsArgs
from components.monitoring.dashboard import Dashboard, DashboardArgs
from components.monitoring.model_monitor import ModelMonitor, ModelMonitorArgs
from estate.plan.record import record

PLACE = Placement(
    prefix="mlops-test",
    path="/mlops/test/",
    account_id="111111111111",
    region="us-east-1",
    partition="aws",
    protected=False,
)
MONITOR = {
    "placement": PLACE,
    "environment": "test",
    "model": "eta",
    "pipeline_arn": "arn:pipeline",
    "role_arn": "arn:role",
}


def topics():
    args = AlarmTopicsArgs(placement=PLACE, key_arn="key", email="ml@example.com")
    return record(lambda: AlarmTopics("alarms", args) and None)


def arn(result, name):
    return result.made(name).outputs["arn"]


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_each_severity_has_an_encrypted_topic_and_the_owner_subscribes(severity):
    result = topics()
    topic = result.named(f"alarms-{severity}-topic").inputs
    email = result.named(f"alarms-{severity}-email").inputs

    assert (topic["name"], topic["kmsMasterKeyId"]) == (f"mlops-test-{severity}", "key")
    assert (email["protocol"], email["endpoint"]) == ("email", "ml@example.com")


def test_only_the_topics_own_rule_may_publish_and_only_over_tls():
    result = topics()
    allow, deny = json.loads(result.named("alarms-page-topic").inputs["policy"])["Statement"]

    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert allow["Resource"] == deny["Resource"] == "arn:aws:sns:us-east-1:111111111111:mlops-test-page"
    assert allow["Condition"]["ArnEquals"]["aws:SourceArn"] == arn(result, "alarms-page-rule")
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


@pytest.mark.parametrize(
    ("severity", "signals"),
    [
        ("page", ["outage", "burn-fast", "handler-errors"]),
        (
            "ticket",
            [
                *("errors", "latency"),
                *("drift", "quality", "dead-letters", "prediction-drift", "concept-drift", "model-quality", "bias"),
                *("attribution", "anomaly", "burn-slow", "pipeline-failed"),
            ],
        ),
    ],
)
def test_alarms_reach_the_topic_of_their_severity(severity, signals):
    result = topics()
    pattern = json.loads(result.named(f"alarms-{severity}-rule").inputs["eventPattern"])
    target = result.named(f"alarms-{severity}-target").inputs

    assert [name["prefix"] for name in pattern["detail"]["alarmName"]] == [
        f"mlops-test-{signal}-" for signal in signals
    ]
    assert (target["rule"], target["arn"]) == (f"mlops-test-{severity}", arn(result, f"alarms-{severity}-topic"))


def monitor(**changes):
    return record(lambda: ModelMonitor("eta-monitor", ModelMonitorArgs.model_validate({**MONITOR, **changes})) and None)


def test_the_drift_alarm_watches_the_models_own_metric():
    assert monitor(drift_threshold=2).named("eta-monitor-drift").inputs == {
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


def test_one_violation_sets_the_quality_alarm_off():
    inputs = monitor().named("eta-monitor-quality").inputs

    assert (inputs["name"], inputs["metricName"], inputs["threshold"]) == (
        "mlops-test-quality-eta",
        "DataQualityViolations",
        1,
    )


def test_the_monitor_runs_on_schedule_where_there_is_one():
    schedule = "aws:scheduler/schedule:Schedule"

    assert monitor().of_type(schedule) == []
    inputs = monitor(schedule="rate(1 hour)").one(schedule).inputs
    assert (inputs["name"], inputs["target"]["arn"]) == ("mlops-test-eta-monitor", "arn:pipeline")


def dashboard(**changes):
    args = {
        "placement": PLACE,
        "environment": "test",
        "models": ["eta", "tumor"],
        "endpoints": {"eta": "mlops-test-eta"},
        "pipelines": {"eta-data": "mlops-test-eta-data"},
        "alarm_arns": ["arn:alarm"],
    }
    result = record(lambda: Dashboard("overview", DashboardArgs.model_validate({**args, **changes})) and None)
    return result.named("overview-dashboard").inputs["dashboardBody"]


def test_the_dashboard_shows_traffic_of_what_is_served_and_data_of_every_model():
    widgets = json.loads(dashboard())["widgets"]

    assert [widget["properties"]["title"] for widget in widgets] == [
        "Alarms",
        "eta: traffic",
        "eta: captured data",
        "tumor: captured data",
        "Pipeline executions",
    ]
    assert widgets[2]["properties"]["metrics"][0] == [
        "MlopsEstate",
        "DriftedFeatures",
        "Environment",
        "test",
        "Model",
        "eta",
    ]


def test_widgets_do_not_overlap():
    widgets = json.loads(dashboard(endpoints={}))["widgets"]
    cells = [
        (x, y) for w in widgets for x in range(w["x"], w["x"] + w["width"]) for y in range(w["y"], w["y"] + w["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_same_arguments_give_the_same_bytes():
    assert dashboard() == dashboard()


@pytest.mark.parametrize("wrong", [{"drift_threshold": 0}, {"model": "m" * 33}, {"period": 60}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ModelMonitorArgs.model_validate({**MONITOR, **wrong})
