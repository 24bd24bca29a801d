"""Pipelines for tests: their steps, and what follows an execution to its end."""

import json
import uuid
from typing import Any

from tests.cloud.services.harness import Ground
from tests.cloud.services.job_kit import command, until

CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}}
CACHE = {"Enabled": True, "ExpireAfter": "PT10H"}


def process(ground: Ground, name: str, code: str = "pass", **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": CLUSTER,
            "AppSpecification": {"ImageUri": ground.image, "ContainerEntrypoint": command(code)},
            "RoleArn": ground.role,
        },
        **more,
    }


def invoke(function: str, step: str, outputs: dict[str, str], **arguments: Any) -> dict[str, Any]:
    listed = [{"OutputName": key, "OutputType": kind} for key, kind in outputs.items()]
    return {
        "Name": step, "Type": "Lambda", "Arguments": arguments, "FunctionArn": function, "OutputParameters": listed,
    }  # fmt: skip


def call_back(queue: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {
        "Name": name, "Type": "Callback", "Arguments": arguments, "SqsQueueUrl": queue,
        "OutputParameters": [{"OutputName": "score", "OutputType": "Float"}],
    }  # fmt: skip


def fail(name: str, message: Any, *after: str) -> dict[str, Any]:
    """Shows a value: it becomes the step's failure reason."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}, "DependsOn": list(after)}


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": " ", "Values": list(values)}}


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def create(ground: Ground, *steps: dict[str, Any], **more: Any) -> str:
    name = f"p-{uuid.uuid4().hex[:8]}"
    content = {"Version": "2020-12-01", "Metadata": {}, "Parameters": more.pop("parameters", []), "Steps": list(steps)}
    ground.client("sagemaker").create_pipeline(
        PipelineName=name, PipelineDefinition=json.dumps(content), RoleArn=ground.role, **more
    )
    return name


def start(ground: Ground, pipeline: str, **more: Any) -> str:
    return ground.client("sagemaker").start_pipeline_execution(PipelineName=pipeline, **more)["PipelineExecutionArn"]


def steps_of(ground: Ground, arn: str) -> dict[str, dict[str, Any]]:
    found = ground.client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=arn)
    return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}


def ended(ground: Ground, arn: str) -> tuple[str, dict[str, dict[str, Any]]]:
    """Status and steps of an execution when it has ended."""

    def look() -> str | None:
        found = ground.client("sagemaker").describe_pipeline_execution(PipelineExecutionArn=arn)
        status = found["PipelineExecutionStatus"]
        return None if status in ("Executing", "Stopping") else status

    return until(look), steps_of(ground, arn)


def run(ground: Ground, *steps: dict[str, Any], **more: Any) -> tuple[str, dict[str, dict[str, Any]]]:
    return ended(ground, start(ground, create(ground, *steps), **more))


def message(ground: Ground, queue: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        for item in ground.client("sqs").receive_message(QueueUrl=queue).get("Messages", []):
            ground.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=item["ReceiptHandle"])
            return json.loads(item["Body"])
        return None

    return until(look)


def retried(**more: Any) -> list[dict[str, Any]]:
    policy = {"ExceptionType": ["SageMaker.CAPACITY_ERROR"], "IntervalSeconds": 1, "BackoffRate": 2.0}
    return [{**policy, **more}]
