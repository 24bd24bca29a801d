"""Settings of images and pipelines, and of the cluster beside them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from contracts.instances import job_instance
from stacks.settings.base import MlInstanceType, Settings
from stacks.settings.cluster import ClusterSettings


class TrainingSettings(Settings):
    cluster: ClusterSettings | None = Field(default=None, description="GPU cluster on EKS; without it, there is none.")
    image_tag: str = Field(
        default="0.1.0",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        description="Tag of the images `jobs` and `serving` that pipelines use; a tag cannot be moved.",
    )
    processing_instance_type: Annotated[MlInstanceType, AfterValidator(job_instance)] = Field(
        default="ml.m5.xlarge", description="Instance type of all jobs but training, without local storage."
    )
