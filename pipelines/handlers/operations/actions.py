"""What self-healing can do to a model. Nothing here moves an endpoint to another version: people pin releases.

Each action says what it did, or raises Refused where doing it would be wrong. Done twice, it does nothing twice.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .changes import CLONE, served
from .graph import Graph
from .observation import seconds
from .quarantine import move_batch
from .refusals import Refused
from .setup import Client, Setup

LATELY_S = 3600.0
RUNNING = ("Executing", "Stopping")


@dataclass(frozen=True)
class Task:
    """One action to take: for which incident and model, and the alert that asked for it."""

    incident: str
    model: str
    alert: Mapping[str, Any]
    reason: str
    opened_at: str
    graph: Graph
    setup: Setup
    client: Client

    @property
    def endpoint(self) -> str:
        return str(self.graph.models[self.model]["endpoint"])

    @property
    def token(self) -> str:
        """The same for the same incident and model: AWS takes it as an idempotency key."""
        return hashlib.sha256(f"{self.incident}\x00{self.model}".encode()).hexdigest()


def rollback(task: Task) -> str:
    """Blocks the newest release, and stops its rollout where it is still on its way.

    SageMaker has no call that ends a deployment: it rolls back by itself when one of the deployment's alarms is in
    ALARM, so that is what is set. Raises Refused where nothing was released lately, or nothing came before it.
    """
    sagemaker = task.client("sagemaker")
    package = _newest_release(task, sagemaker)
    group, _, version = package.rpartition("/")
    earlier = _earlier(sagemaker, group.rpartition("/")[2], int(version))
    if not earlier:
        raise Refused(f"version {version} is the first approved one; there is none to go back to")
    found = sagemaker.describe_endpoint(EndpointName=task.endpoint)
    alarms = found.get("LastDeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    stopped = ""
    if found["EndpointStatus"] == "Updating" and alarms:
        task.client("cloudwatch").set_alarm_state(
            AlarmName=alarms[0]["AlarmName"],
            StateValue="ALARM",
            StateReason=f"self-healing stops the rollout of {task.model} version {version}, incident {task.incident}",
        )
        stopped = f"; its rollout is stopped by {alarms[0]['AlarmName']}"
    sagemaker.update_model_package(
        ModelPackageArn=package,
        ModelApprovalStatus="Rejected",
        ApprovalDescription=f"self-healing: incident {task.incident}, {task.reason}"[:1024],
    )
    back = f"estate promote {task.model} {max(earlier)} -s {task.setup.environment}"
    return f"version {version} is blocked{stopped}; `{back}` pins the version before it"


def _newest_release(task: Task, sagemaker: Any) -> str:
    """ARN of the package that the newest endpoint configuration serves. Raises Refused where it is an old one."""
    named = f"{task.setup.prefix}-{task.model}-v"
    found = sagemaker.list_endpoint_configs(
        NameContains=named, SortBy="CreationTime", SortOrder="Descending", MaxResults=20
    )["EndpointConfigs"]
    own = [each for each in found if each["EndpointConfigName"].startswith(named)]
    newest = next((each for each in own if CLONE not in each["EndpointConfigName"]), None)
    if newest is None or seconds(task.opened_at) - newest["CreationTime"].timestamp() > LATELY_S:
        raise Refused(f"no release of {task.model} within an hour before the first alert")
    package = served(sagemaker, newest["EndpointConfigName"])
    if package is None:
        raise Refused(f"{newest['EndpointConfigName']} serves no model package")
    return package


def _earlier(sagemaker: Any, group: str, version: int) -> list[int]:
    """Approved versions below `version`."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=group, ModelApprovalStatus="Approved"
    )
    found = [each["ModelPackageVersion"] for page in pages for each in page["ModelPackageSummaryList"]]
    return [each for each in found if each < version]


def restart(task: Task) -> str:
    """New instances for an endpoint, of the same configuration; or a failed pipeline run is taken up again.

    SageMaker refuses an update to the configuration that an endpoint has, so it gets a copy under another name.
    """
    if task.alert["signal"] == "pipeline-failed":
        return _retry(task)
    sagemaker = task.client("sagemaker")
    found = sagemaker.describe_endpoint(EndpointName=task.endpoint)
    if found["EndpointStatus"] != "InService":
        raise Refused(f"endpoint {task.endpoint} is {found['EndpointStatus']}; only one in service is restarted")
    if found["LastModifiedTime"].timestamp() > seconds(task.alert["at"]):
        # Such as a rollback, which has just put things right.
        raise Refused(f"endpoint {task.endpoint} has changed since {task.alert['name']} went off; it is given time")
    current = found["EndpointConfigName"]
    copy = f"{current.partition(CLONE)[0][:42]}{CLONE}{task.token[:8]}"
    if current != copy:
        _copy(sagemaker, current, copy)
        sagemaker.update_endpoint(
            EndpointName=task.endpoint,
            EndpointConfigName=copy,
            RetainAllVariantProperties=True,
            RetainDeploymentConfig=True,
        )
    for old in _copies(sagemaker, current.partition(CLONE)[0][:42]):
        if old not in (current, copy):
            sagemaker.delete_endpoint_config(EndpointConfigName=old)
    return f"{task.endpoint} gets new instances of the same version"


def _copy(sagemaker: Any, current: str, copy: str) -> None:
    described = sagemaker.describe_endpoint_config(EndpointConfigName=current)
    request = {
        key: described[key]
        for key in (
            "ProductionVariants",
            "ShadowProductionVariants",
            "DataCaptureConfig",
            "KmsKeyId",
            "AsyncInferenceConfig",
            "ExecutionRoleArn",
            "VpcConfig",
            "EnableNetworkIsolation",
        )
        if described.get(key)
    }
    try:
        sagemaker.create_endpoint_config(EndpointConfigName=copy, **request)
    except ClientError as error:
        if "existing" not in error.response["Error"]["Message"]:
            raise


def _copies(sagemaker: Any, start: str) -> list[str]:
    found = sagemaker.list_endpoint_configs(NameContains=f"{start}{CLONE}", MaxResults=50)["EndpointConfigs"]
    return [each["EndpointConfigName"] for each in found if each["EndpointConfigName"].startswith(f"{start}{CLONE}")]


def _retry(task: Task) -> str:
    """RetryPipelineExecution goes on from the step that failed."""
    sagemaker, pipeline = task.client("sagemaker"), str(task.alert["name"])
    runs = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )["PipelineExecutionSummaries"]
    if not runs or runs[0]["PipelineExecutionStatus"] != "Failed":
        raise Refused(f"the newest run of {pipeline} has not failed")
    sagemaker.retry_pipeline_execution(
        PipelineExecutionArn=runs[0]["PipelineExecutionArn"], ClientRequestToken=task.token
    )
    return f"the failed run {runs[0]['PipelineExecutionArn'].rpartition('/')[2]} of {pipeline} goes on"


def scale_out(task: Task) -> str:
    """Half as many instances again, up to what autoscaling may start. Autoscaling takes them back later."""
    found = task.client("sagemaker").describe_endpoint(EndpointName=task.endpoint)
    if found["EndpointStatus"] != "InService":
        raise Refused(f"endpoint {task.endpoint} is {found['EndpointStatus']}; only one in service is scaled")
    wanted = []
    for variant in found["ProductionVariants"]:
        now, most = variant.get("CurrentInstanceCount"), _most(task, variant["VariantName"])
        if now is not None and now < most:  # a serverless variant has no instances
            wanted.append((variant["VariantName"], now, min(most, math.ceil(now * 1.5))))
    if not wanted:
        raise Refused(f"{task.endpoint} has as many instances as its settings allow (endpoint.autoscaling.maximum)")
    task.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=task.endpoint,
        DesiredWeightsAndCapacities=[
            {"VariantName": variant, "DesiredInstanceCount": more} for variant, _, more in wanted
        ],
    )
    return "; ".join(f"{variant} of {task.endpoint}: {now} -> {more} instances" for variant, now, more in wanted)


def _most(task: Task, variant: str) -> int:
    """What autoscaling may start; without autoscaling nothing may be."""
    targets = task.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{task.endpoint}/variant/{variant}"],
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )["ScalableTargets"]
    return int(targets[0]["MaxCapacity"]) if targets else 0


def retrain(task: Task) -> str:
    """Starts the training pipeline; its version waits for approval as every other."""
    sagemaker = task.client("sagemaker")
    pipeline = task.graph.models[task.model]["pipelines"]["training"]
    runs = sagemaker.list_pipeline_executions(
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending", MaxResults=5
    )["PipelineExecutionSummaries"]
    running = [run for run in runs if run["PipelineExecutionStatus"] in RUNNING]
    if running:
        raise Refused(f"{pipeline} is running already")
    started = sagemaker.start_pipeline_execution(
        PipelineName=pipeline,
        PipelineExecutionDescription=f"incident {task.incident}: {task.alert['name']}"[:3072],
        PipelineParameters=[{"Name": "Trigger", "Value": f"alarm:{task.alert['name']}"}],
        ClientRequestToken=task.token,
    )
    return f"started {started['PipelineExecutionArn']}"


def quarantine(task: Task) -> str:
    """Takes the rows that landed last out of the lake, as quarantine.py says."""
    path = f"/mlops-estate/{task.setup.environment}/models/{task.model}"
    uris = json.loads(task.client("ssm").get_parameter(Name=path)["Parameter"]["Value"])
    return move_batch(task.client("s3"), uris, task.incident, seconds(task.opened_at))


ACTIONS: Mapping[str, Callable[[Task], str]] = {
    "rollback": rollback,
    "restart": restart,
    "scale-out": scale_out,
    "retrain": retrain,
    "quarantine": quarantine,
}
