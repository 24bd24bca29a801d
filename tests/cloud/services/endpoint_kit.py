"""What the tests of endpoints share: models, configurations, endpoints, requests, metrics."""

import json
import time
import uuid
from typing import Any

from tests.cloud.services.harness import Ground
from tests.cloud.services.hosting.test_endpoints import archive

RESTLESS = ("Creating", "Updating", "RollingBack", "SystemUpdating")


def model(ground: Ground, text: str, **environment: str) -> str:
    """A model whose container answers with `text`."""
    name = f"{text}-{uuid.uuid4().hex[:8]}"
    data = ground.put(f"{name}/model.tar.gz", archive(text))
    container = {"Image": ground.image, "ModelDataUrl": data, "Environment": environment}
    ground.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ground.role, PrimaryContainer=container)
    return name


def variant(name: str, model_name: str, instances: int = 1, weight: float = 1.0) -> dict[str, Any]:
    return {
        "VariantName": name, "ModelName": model_name, "InstanceType": "ml.m5.large", "InitialInstanceCount": instances,
        "InitialVariantWeight": weight,
    }  # fmt: skip


def config(ground: Ground, *variants: dict[str, Any], **more: Any) -> str:
    name = f"config-{uuid.uuid4().hex[:8]}"
    ground.client("sagemaker").create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants), **more
    )
    return name


def endpoint(ground: Ground, *variants: dict[str, Any], **more: Any) -> str:
    """The name of an endpoint in service."""
    name = config(ground, *variants, **more)
    ground.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    found = settled(ground, name)
    assert found["EndpointStatus"] == "InService", found.get("FailureReason")
    return name


def settled(ground: Ground, name: str) -> dict[str, Any]:
    while True:
        found = ground.client("sagemaker").describe_endpoint(EndpointName=name)
        if found["EndpointStatus"] not in RESTLESS:
            return found
        time.sleep(0.02)


def ask(ground: Ground, name: str, body: bytes = b"1", **more: Any) -> dict[str, Any]:
    """The answer, with its body as `text`."""
    found = ground.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=name, Body=body, ContentType="text/csv", **more
    )
    return {**found, "text": json.loads(found["Body"].read())}


def metric(ground: Ground, name: str, of: str, statistic: str = "Sum", variant: str | None = "all") -> float:
    """A statistic of a metric of an endpoint (`of`) since ever; 0 without data."""
    ground.cloud.flush()
    dimensions = {"EndpointName": of, "VariantName": variant}
    found = ground.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker", MetricName=name, StartTime=time.time() - 3600, EndTime=time.time() + 3600,
        Period=86400, Statistics=[statistic],
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items() if value],
    )["Datapoints"]  # fmt: skip
    return sum(point[statistic] for point in found)


def captured(ground: Ground, prefix: str) -> list[dict[str, Any]]:
    """Captured lines under a prefix of the ground's bucket."""
    ground.cloud.flush()
    listed = ground.client("s3").list_objects_v2(Bucket=ground.bucket, Prefix=prefix).get("Contents", [])
    return [json.loads(line) for item in listed for line in ground.get(item["Key"]).decode().splitlines()]
