"""Deployments for tests: their guardrails, clients that ask all the while, and what both were answered."""

import json
import math
import threading
import time
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.cloud.services.harness import Ground
from tests.cloud.services.hosting.test_endpoints import archive

SPEED = 60.0
CANARY = {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 25}}


def config(ground: Ground, text: str, instances: int = 4, **environment: str) -> str:
    name = f"{text}-{uuid.uuid4().hex[:8]}"
    data = ground.put(f"{name}/model.tar.gz", archive(text))
    sagemaker = ground.client("sagemaker")
    container = {"Image": ground.image, "ModelDataUrl": data, "Environment": environment}
    sagemaker.create_model(ModelName=name, ExecutionRoleArn=ground.role, PrimaryContainer=container)
    variant = {
        "VariantName": "all", "ModelName": name, "InstanceType": "ml.m5.large", "InitialInstanceCount": instances,
    }  # fmt: skip
    sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    return name


def blue_green(routing: dict[str, Any], bake: int = 60, alarms: tuple[str, ...] = (), **more: int) -> dict[str, Any]:
    policy = {"TrafficRoutingConfiguration": {"WaitIntervalInSeconds": bake, **routing}, **more}
    return {"BlueGreenUpdatePolicy": policy, **watched(alarms)}


def rolling(percent: int, bake: int = 30, alarms: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
    size = {"Type": "CAPACITY_PERCENT", "Value": percent}
    return {
        "RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": bake, **more},
        **watched(alarms),
    }


def watched(alarms: tuple[str, ...]) -> dict[str, Any]:
    named = [{"AlarmName": name} for name in alarms]
    return {"AutoRollbackConfiguration": {"Alarms": named}} if alarms else {}


@dataclass
class Seen:
    """What clients were answered, and what DescribeEndpoint said, in order."""

    answers: list[str] = field(default_factory=list)
    states: list[tuple[str, str | None, int | None]] = field(default_factory=list)  # status, variant's, instances


@contextmanager
def traffic(ground: Ground, endpoint: str) -> Generator[Seen]:
    seen, stop = Seen(), threading.Event()

    def send() -> None:
        while not stop.wait(0.01):
            try:
                found = ground.client("sagemaker-runtime").invoke_endpoint(
                    EndpointName=endpoint, Body=b"1", ContentType="text/csv"
                )
            except ClientError as error:
                seen.answers.append(f"{error.response['Error']['Code']} {error.response.get('OriginalStatusCode')}")
            else:
                assert found["InvokedProductionVariant"] == "all"
                seen.answers.append(json.loads(found["Body"].read())["model"])

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield seen
    finally:
        stop.set()
        sender.join()


def update(ground: Ground, endpoint: str, name: str, deployment: dict[str, Any] | None, seen: Seen) -> dict[str, Any]:
    """Updates the endpoint and watches it until it is at rest."""
    sagemaker = ground.client("sagemaker")
    more = {"DeploymentConfig": deployment} if deployment else {}
    sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=name, **more)
    while True:
        found = sagemaker.describe_endpoint(EndpointName=endpoint)
        pending = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [{}])[0]
        status = pending.get("VariantStatus", [{}])[0].get("Status")
        state = (found["EndpointStatus"], status, pending.get("CurrentInstanceCount"))
        if not seen.states or seen.states[-1] != state:
            seen.states.append(state)
        if found["EndpointStatus"] == "InService":
            return found
        time.sleep(0.02)


def alarm(
    ground: Ground,
    endpoint: str,
    metric: str,
    statistic: str,
    threshold: float,
    config: str | None = None,
    missing: str = "notBreaching",
) -> Iterator[str]:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    dimensions = {"EndpointName": endpoint, "VariantName": "all", "EndpointConfigName": config}
    ground.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="AWS/SageMaker", MetricName=metric, Statistic=statistic, Period=60,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items() if value],
        EvaluationPeriods=3, DatapointsToAlarm=2, Threshold=threshold, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=missing,
    )  # fmt: skip
    yield name
    ground.client("cloudwatch").delete_alarms(AlarmNames=[name])


def mixed(answers: list[str], new: str) -> tuple[int, int]:
    """How many were answered by the new fleet and in all, between its first answer and the old one's last."""
    first = answers.index(new)
    last = len(answers) - answers[::-1].index("old")
    window = answers[first:last]
    return window.count(new), len(window)


def near(count: int, total: int, share: float) -> bool:
    """Within five standard deviations of a fair draw."""
    return abs(count - total * share) <= 5 * math.sqrt(total * share * (1 - share)) + 2
