"""Model packages of a model: which exist, which may be served."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contracts.outputs import ModelOutputs
from contracts.workload import Direction, Workload, folder_name, read_workload
from estate.release.account import Estate, ReleaseError
from pipelines.estate import model_outputs
from stacks.workloads import FOLDER


@dataclass(frozen=True)
class Package:
    """A registered version of a model."""

    arn: str
    version: int
    status: str
    description: str
    metadata: dict[str, str]

    @property
    def approved(self) -> bool:
        return self.status == "Approved"


def describe(estate: Estate, arn: str) -> Package:
    found = estate.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return Package(
        arn=found["ModelPackageArn"],
        version=found["ModelPackageVersion"],
        status=found["ModelApprovalStatus"],
        description=found.get("ApprovalDescription", ""),
        metadata=found.get("CustomerMetadataProperties", {}),
    )


def list_packages(estate: Estate, model: str) -> list[Package]:
    """All versions of `model`, newest first. Raises ReleaseError for a model that the environment does not have."""
    group = outputs(estate, model).package_group
    pages = estate.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    arns = [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]
    return sorted((describe(estate, arn) for arn in arns), key=lambda package: -package.version)


def outputs(estate: Estate, model: str) -> ModelOutputs[str]:
    """The published outputs of `model`. Raises ReleaseError for one that the settings do not name."""
    if model not in estate.settings.models:
        raise ReleaseError(
            f"{estate.settings.environment} has no model {model!r}; models: {', '.join(sorted(estate.settings.models))}"
        )
    return model_outputs(estate.settings.environment, model, estate.client("ssm"))


def approve(estate: Estate, arn: str, *, who: str, why: str) -> Package:
    """Approves a package; who and why are kept in its description."""
    estate.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription=f"{who}: {why}"[:1024]
    )
    return describe(estate, arn)


def block(estate: Estate, arn: str, *, who: str, why: str) -> Package:
    """Takes a package's approval back, so that no release of it is made or rolled out again."""
    estate.client("sagemaker").update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus="Rejected", ApprovalDescription=f"{who}: {why}"[:1024]
    )
    return describe(estate, arn)


def note(estate: Estate, arn: str, metadata: Mapping[str, str]) -> None:
    """Keeps metadata with a package, beside what it has."""
    estate.client("sagemaker").update_model_package(ModelPackageArn=arn, CustomerMetadataProperties=dict(metadata))


def check_servable(estate: Estate, model: str, package: Package) -> None:
    """Raises ReleaseError unless `package` is approved and reaches the gate that its workload states today."""
    if not package.approved:
        reason = f" ({package.description})" if package.description else ""
        raise ReleaseError(f"{model} version {package.version} is {package.status}{reason}; only Approved is released")
    workload = read_workload(estate.root / FOLDER / folder_name(model))
    value = _metric(workload, package)
    gate = workload.gate
    missed = value < gate.threshold if gate.direction is Direction.MAXIMIZE else value > gate.threshold
    if missed:
        bound = "at least" if gate.direction is Direction.MAXIMIZE else "at most"
        asked = f"the gate asks for {bound} {gate.threshold:g}"
        raise ReleaseError(f"{model} version {package.version} has {gate.metric} {value:g}; {asked}")


def _metric(workload: Workload, package: Package) -> float:
    text = package.metadata.get(workload.gate.metric, "")
    if not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        raise ReleaseError(
            f"{workload.name} version {package.version} was registered without the metric {workload.gate.metric!r}; "
            f"its metadata has: {', '.join(sorted(package.metadata)) or 'nothing'}"
        )
    return float(text)
