"""What pipelines made and no program owns must go before an environment can."""

import uuid

from contracts.pipelines import Definition
from estate.release.account import Estate, ReleaseError
from estate.release.packages import Package, list_packages
from estate.release.runs import RUNNING, follow, pipeline_name
from pipelines.errors import JobError
from pipelines.handlers.operations.changes import CLONE

STOP_TIMEOUT_S = 120.0


def empty(estate: Estate, *, poll_s: float = 5.0) -> dict[str, int]:
    """Stops running pipelines and deletes every registered version: AWS refuses to delete their owners before.

    Returns how many of each kind there were. Raises ReleaseError in a protected environment: there, releases are
    evidence.
    """
    if estate.environment.protected:
        name, tier = estate.settings.environment, estate.settings.tier.value
        raise ReleaseError(f"{name} is protected (tier {tier}): its registered versions are kept")
    sagemaker = estate.client("sagemaker")
    running = [arn for model in sorted(estate.settings.models) for arn in _running(estate, model)]
    for arn in running:
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=uuid.uuid4().hex)
    for arn in running:
        follow(estate, arn, timeout_s=STOP_TIMEOUT_S, poll_s=poll_s)
    packages = [package for model in sorted(estate.settings.models) for package in _registered(estate, model)]
    for package in packages:
        sagemaker.delete_model_package(ModelPackageName=package.arn)
    copies = _copies(estate)
    for name in copies:
        sagemaker.delete_endpoint_config(EndpointConfigName=name)
    return {
        "stopped_executions": len(running),
        "model_packages": len(packages),
        **({"endpoint_configs": len(copies)} if copies else {}),
    }


def _copies(estate: Estate) -> list[str]:
    """Endpoint configurations that self-healing made to renew instances; an endpoint needs none of them to go."""
    prefix = f"{estate.environment.prefix}-"
    pages = estate.client("sagemaker").get_paginator("list_endpoint_configs").paginate(NameContains=CLONE)
    names = [each["EndpointConfigName"] for page in pages for each in page["EndpointConfigs"]]
    return [name for name in names if name.startswith(prefix)]


def _running(estate: Estate, model: str) -> list[str]:
    """ARNs of the model's pipeline executions that have not ended."""
    try:
        names = [pipeline_name(estate, model, definition) for definition in Definition]
    except JobError:  # an `up` that failed never published the model
        return []
    sagemaker = estate.client("sagemaker")
    return [
        summary["PipelineExecutionArn"]
        for name in names
        for page in sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=name)
        for summary in page["PipelineExecutionSummaries"]
        if summary["PipelineExecutionStatus"] in RUNNING
    ]


def _registered(estate: Estate, model: str) -> list[Package]:
    """The model's versions; none where an `up` that failed never published the model.

    Versions in a central registry are that account's, which other environments share.
    """
    if estate.settings.registry.central is not None:
        return []
    try:
        return list_packages(estate, model)
    except JobError:
        return []
