"""Compares what is served with what the settings ask for."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from estate.release.account import Estate
from estate.release.packages import describe
from stacks.models import endpoint_name


@dataclass(frozen=True)
class Verdict:
    """One model's endpoint: what is asked for, what is live, and the difference in words (none where they agree)."""

    model: str
    endpoint: str
    requested: str | None
    live: str | None
    status: str
    difference: str | None


def verify(estate: Estate, *, live: bool = True) -> list[Verdict]:
    """A verdict for every model of the environment.

    With `live` false only the pinned releases are checked, as before `up`: a blocked one must not roll out again.
    """
    return [_verdict(estate, model, live) for model in sorted(estate.settings.models)]


def _verdict(estate: Estate, model: str, compare_live: bool) -> Verdict:
    endpoint = endpoint_name(estate.environment, model)
    release = estate.settings.models[model].release
    requested = release.package_arn if release is not None else None
    status, served, failure = _live(estate, endpoint) if compare_live else ("not asked", None, None)
    difference = _blocked(estate, requested)
    if difference is None and compare_live:
        difference = _difference(requested, served, status, failure)
    return Verdict(model, endpoint, requested, served, status, difference)


def _difference(requested: str | None, served: str | None, status: str, failure: str | None) -> str | None:
    if requested is None:
        return None if status == "absent" else f"an endpoint is {status}, but no release is pinned"
    if status != "InService":
        return f"the endpoint is {status}" + (f": {failure}" if failure else "")
    if served != requested:
        return f"serves {served}, not the pinned {requested}" + (f": {failure}" if failure else "")
    return None


def _blocked(estate: Estate, requested: str | None) -> str | None:
    """A package whose approval was taken back is blocked: SageMaker knows no other word for it."""
    if requested is None:
        return None
    try:
        package = describe(estate, requested)
    except ClientError as error:
        return f"the pinned package cannot be read: {error.response['Error']['Message']}"
    if package.approved:
        return None
    reason = f": {package.description}" if package.description else ""
    return f"the pinned version {package.version} is blocked, its status is {package.status}{reason}"


def _live(estate: Estate, endpoint: str) -> tuple[str, str | None, str | None]:
    """Status, package ARN that every variant serves (several joined by commas), and reason of a failure."""
    sagemaker = estate.client("sagemaker")
    try:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=endpoint)
    except ClientError as error:
        if "Could not find" in error.response["Error"]["Message"]:
            return "absent", None, None
        raise
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    packages = set()
    for variant in config["ProductionVariants"]:
        container = sagemaker.describe_model(ModelName=variant["ModelName"])["PrimaryContainer"]
        packages.add(container.get("ModelPackageName", container.get("Image", "an unnamed image")))
    return found["EndpointStatus"], ", ".join(sorted(packages)), found.get("FailureReason")
