"""What AWS serves now, of one endpoint or scheduled transform."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from contracts.variants import CHAMPION
from estate.release.account import Estate

ABSENT = "absent"


@dataclass(frozen=True)
class Live:
    """Status as SageMaker names it, package ARNs by variant, and the reason of a failure."""

    status: str
    packages: dict[str, str]
    failure: str | None


def endpoint(estate: Estate, name: str) -> Live:
    """What a hosted endpoint serves; a shadow counts as a variant."""
    sagemaker = estate.client("sagemaker")
    try:
        found: dict[str, Any] = sagemaker.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if "Could not find" in error.response["Error"]["Message"]:
            return Live(ABSENT, {}, None)
        raise
    config = sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    variants = [*config["ProductionVariants"], *config.get("ShadowProductionVariants", [])]
    packages = {variant["VariantName"]: _package(estate, variant["ModelName"]) for variant in variants}
    return Live(found["EndpointStatus"], packages, found.get("FailureReason"))


def transform(estate: Estate, schedule: str) -> Live:
    """What the jobs of a schedule will serve. A schedule that is enabled counts as in service."""
    try:
        found = estate.client("scheduler").get_schedule(Name=schedule)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return Live(ABSENT, {}, None)
        raise
    job = json.loads(found["Target"]["Input"])
    status = "InService" if found["State"] == "ENABLED" else str(found["State"]).lower()
    return Live(status, {CHAMPION: _package(estate, job["ModelName"])}, None)


def _package(estate: Estate, model: str) -> str:
    container = estate.client("sagemaker").describe_model(ModelName=model)["PrimaryContainer"]
    return container.get("ModelPackageName", container.get("Image", "an unnamed image"))
