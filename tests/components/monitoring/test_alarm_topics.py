import json

import pytest

from components.monitoring.alarm_topics import AlarmTopics, AlarmTopicsArgs
from estate.plan.record import record
from tests.components.places import VIRGINIA


def topics():
    args = AlarmTopicsArgs(placement=VIRGINIA, key_arn="key", email="ml@example.com")
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
        ("page", ["outage", "burn-fast", "handler-errors", "canary"]),
        (
            "ticket",
            [
                *("errors", "latency"),
                *("drift", "quality", "dead-letters", "prediction-drift", "concept-drift", "model-quality", "bias"),
                *("attribution", "anomaly", "burn-slow", "pipeline-failed", "data-late", "business", "log-patterns"),
                *("gpu-errors", "gpu-idle", "queue-wait", "node-health", "backup-failed"),
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
