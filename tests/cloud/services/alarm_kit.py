"""Alarms for tests: their metrics, how they are made, and what they come to."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cloud.services.harness import Ground

SPEED = 60.0  # a period of a minute is a second


def new(prefix: str) -> str:
    return f"{prefix}{uuid.uuid4().hex[:8]}"


def put(ground: Ground, name: str, *values: float, ago_s: float = 0, namespace: str = "Test") -> None:
    moment = datetime.now(UTC) - timedelta(seconds=ago_s)
    data = [{"MetricName": name, "Value": value, "Timestamp": moment} for value in values]
    ground.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)


def put_together(ground: Ground, values: dict[str, float]) -> None:
    """At one moment, and so in one period."""
    moment = datetime.now(UTC)
    data = [{"MetricName": name, "Value": value, "Timestamp": moment} for name, value in values.items()]
    ground.client("cloudwatch").put_metric_data(Namespace="Test", MetricData=data)


def stat(id: str, name: str, statistic: str = "Sum", *, returned: bool = False, period: int = 60) -> dict[str, Any]:
    metric = {"Namespace": "Test", "MetricName": name}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}, "ReturnData": returned}


def expression(id: str, text: str, *, returned: bool = True) -> dict[str, Any]:
    return {"Id": id, "Expression": text, "ReturnData": returned}


def alarm(ground: Ground, **more: Any) -> str:
    name = new("a-")
    given = {
        "AlarmName": name, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", **more,
    }  # fmt: skip
    if "ThresholdMetricId" not in given:
        given.setdefault("Threshold", 5.0)
    if "Metrics" not in given:
        given = {"Namespace": "Test", "MetricName": name, "Period": 60, "Statistic": "Maximum"} | given
    ground.client("cloudwatch").put_metric_alarm(**given)
    return name


def composite(ground: Ground, rule: str, **more: Any) -> str:
    name = new("c-")
    ground.client("cloudwatch").put_composite_alarm(AlarmName=name, AlarmRule=rule, **more)
    return name


def described(ground: Ground, name: str) -> dict[str, Any]:
    kinds = ["MetricAlarm", "CompositeAlarm"]
    found = ground.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=kinds)
    return (found["MetricAlarms"] + found["CompositeAlarms"])[0]


def state(ground: Ground, name: str) -> str:
    return described(ground, name)["StateValue"]


def comes_to(ground: Ground, name: str, wanted: str, timeout_s: float = 10) -> bool:
    return within(lambda: state(ground, name) == wanted, timeout_s)


def within(holds: Callable[[], bool], timeout_s: float = 10) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def force(ground: Ground, name: str, value: str) -> None:
    ground.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="forced")


def told(ground: Ground) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """A topic, and what it was told so far."""
    sns, sqs, name = ground.client("sns"), ground.client("sqs"), new("t-")
    topic = sns.create_topic(Name=name)["TopicArn"]
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    seen: list[dict[str, Any]] = []

    def read() -> list[dict[str, Any]]:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            seen.append(json.loads(json.loads(message["Body"])["Message"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seen

    return topic, read
