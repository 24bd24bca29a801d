"""Metric filters, and the metrics that Lambda puts of itself, through plain boto3."""

import io
import json
import time
import uuid
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust

HANDLER = """
import time

def handle(event, context):
    if event.get("fail"):
        raise ValueError("asked to fail")
    time.sleep(event.get("sleep", 0))
    return event
"""


def within(holds: Callable[[], bool], timeout_s: float = 15) -> bool:
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def total(ground: Ground, namespace: str, name: str, statistic: str = "Sum", **dimensions: str) -> float | None:
    ground.cloud.flush()
    now = datetime.now(UTC)
    points = ground.client("cloudwatch").get_metric_statistics(
        Namespace=namespace, MetricName=name, StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
        Period=3600, Statistics=[statistic],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
    )["Datapoints"]  # fmt: skip
    return sum(point[statistic] for point in points) if points else None


@pytest.fixture(scope="module")
def group(ground: Ground) -> str:
    ground.client("logs").create_log_group(logGroupName="/app")
    ground.client("logs").create_log_stream(logGroupName="/app", logStreamName="s")
    return "/app"


def put_filter(ground: Ground, group: str, pattern: str, **transformation: Any) -> str:
    name = f"m-{uuid.uuid4().hex[:8]}"
    given = {"metricName": name, "metricNamespace": "App", "metricValue": "1", **transformation}
    ground.client("logs").put_metric_filter(
        logGroupName=group, filterName=name, filterPattern=pattern, metricTransformations=[given]
    )
    return name


def write(ground: Ground, group: str, *messages: str) -> None:
    stamp = int(time.time() * 1000)
    events = [{"timestamp": stamp, "message": message} for message in messages]
    ground.client("logs").put_log_events(logGroupName=group, logStreamName="s", logEvents=events)


def test_matching_lines_are_counted(ground: Ground, group: str) -> None:
    name = put_filter(ground, group, "ERROR")
    write(ground, group, "ERROR one", "fine", "ERROR two")
    assert total(ground, "App", name) == 2.0


def test_values_and_dimensions_come_out_of_the_line(ground: Ground, group: str) -> None:
    name = put_filter(ground, group, "{ $.latency > 0 }", metricValue="$.latency", dimensions={"Model": "$.model"})
    lines = [{"latency": 3, "model": "a"}, {"latency": 4.5, "model": "a"}, {"latency": 9, "model": "b"}]
    write(ground, group, *(json.dumps(line) for line in lines))
    assert total(ground, "App", name, Model="a") == 7.5
    assert total(ground, "App", name, "Maximum", Model="b") == 9.0


def test_a_default_is_put_where_nothing_matches(ground: Ground, group: str) -> None:
    name = put_filter(ground, group, "PANIC", defaultValue=0.0)
    write(ground, group, "fine")
    assert total(ground, "App", name) == 0.0


def test_a_filter_is_replaced_described_and_deleted(ground: Ground, group: str) -> None:
    logs = ground.client("logs")
    name = put_filter(ground, group, "A")
    given = [{"metricName": name, "metricNamespace": "App", "metricValue": "2"}]
    logs.put_metric_filter(logGroupName=group, filterName=name, filterPattern="B", metricTransformations=given)
    found = logs.describe_metric_filters(logGroupName=group, filterNamePrefix=name)["metricFilters"]
    assert [(item["filterPattern"], item["metricTransformations"]) for item in found] == [("B", given)]
    logs.delete_metric_filter(logGroupName=group, filterName=name)
    error = answer_of(lambda: logs.delete_metric_filter(logGroupName=group, filterName=name))["Error"]
    assert error["Code"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("pattern", "transformation", "message"),
    [
        ("{ $.a }", {}, "Invalid metric filter pattern"),
        ("A", {"metricValue": "one"}, "neither a number nor a selector"),
        ("A", {"dimensions": {"M": "m"}}, "must be a selector"),
        ("A", {"dimensions": {"M": "$.m"}, "defaultValue": 0.0}, "mutually exclusive"),
        ("A", {"metricNamespace": "AWS/Mine"}, "must not begin with AWS/"),
        ("A", {"unit": "Miles"}, "failed to satisfy constraint"),
    ],
)
def test_a_wrong_filter_is_refused(
    ground: Ground, group: str, pattern: str, transformation: dict[str, Any], message: str
) -> None:
    error = answer_of(lambda: put_filter(ground, group, pattern, **transformation))["Error"]
    assert error["Code"] == "InvalidParameterException"
    assert message in error["Message"]


@pytest.fixture(scope="module")
def function(ground: Ground) -> str:
    role = ground.client("iam").create_role(
        RoleName="functions", AssumeRolePolicyDocument=trust("lambda.amazonaws.com")
    )["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", HANDLER)
    ground.client("lambda").create_function(
        FunctionName="measured", Runtime="python3.11", Role=role, Handler="handler.handle", Timeout=10,
        Code={"ZipFile": buffer.getvalue()},
    )  # fmt: skip
    return "measured"


def invoke(ground: Ground, function: str, event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return ground.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode(), **more)


def test_a_function_is_measured(ground: Ground, function: str) -> None:
    invoke(ground, function, {})
    invoke(ground, function, {"fail": True})
    assert total(ground, "AWS/Lambda", "Invocations", FunctionName=function) == 2.0
    assert total(ground, "AWS/Lambda", "Errors", FunctionName=function) == 1.0
    longest = total(ground, "AWS/Lambda", "Duration", "Maximum", FunctionName=function)
    assert longest is not None
    assert longest > 0


def test_reserved_concurrency_throttles(ground: Ground, function: str) -> None:
    client = ground.client("lambda")
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    try:
        error = answer_of(lambda: invoke(ground, function, {}))
    finally:
        client.delete_function_concurrency(FunctionName=function)
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("TooManyRequestsException", 429)
    assert error["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert total(ground, "AWS/Lambda", "Throttles", FunctionName=function) == 1.0


def test_what_became_of_an_asynchronous_invocation_goes_to_its_destination(ground: Ground, function: str) -> None:
    sqs = ground.client("sqs")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("went-well", "went-wrong")}
    arns = {name: f"arn:aws:sqs:eu-west-1:222233334444:{name}" for name in urls}
    ground.client("lambda").put_function_event_invoke_config(
        FunctionName=function, MaximumRetryAttempts=0,
        DestinationConfig={
            "OnSuccess": {"Destination": arns["went-well"]}, "OnFailure": {"Destination": arns["went-wrong"]},
        },
    )  # fmt: skip
    for event in ({"id": 1}, {"fail": True}):
        invoke(ground, function, event, InvocationType="Event")
    found: dict[str, dict[str, Any]] = {}

    def both() -> bool:
        for name, url in urls.items():
            for message in sqs.receive_message(QueueUrl=url).get("Messages", []):
                found[name] = json.loads(message["Body"])
        return len(found) == 2

    assert within(both)
    conditions = {name: record["requestContext"]["condition"] for name, record in found.items()}
    assert conditions == {"went-well": "Success", "went-wrong": "RetriesExhausted"}
    assert found["went-wrong"]["responsePayload"]["errorMessage"] == "asked to fail"
