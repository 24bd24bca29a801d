"""Settings of images, builds, pipelines and experiments, and of the cluster beside them."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from components.hyperpod.options import HyperPodOptions
from contracts.instances import job_instance
from stacks.settings.base import MlInstanceType, Settings
from stacks.settings.cluster import ClusterSettings
from stacks.settings.images import BuildSettings, ImageSettings
from stacks.settings.studio import StudioSettings

LONGEST_WAIT_S = 2_592_000  # CreateTrainingJob waits 30 days at most
LONGEST_RUN_S = 86_400  # what the training definition allows a job
LONGEST_KEEP_ALIVE_S = 21_600  # CreateTrainingJob's own limit
ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]


class CapacitySettings(Settings):
    """On what machines a model's training jobs run."""

    spot: bool = Field(
        default=False, description="Managed spot: cheaper, and interrupted at times; jobs go on from their checkpoints."
    )
    spot_patience_seconds: int = Field(
        default=3600,
        ge=0,
        le=LONGEST_WAIT_S - LONGEST_RUN_S,
        description="How long a job may wait for spot machines, beside the time that it may run.",
    )
    keep_alive_seconds: int | None = Field(
        default=None,
        description="Warm pool: how long a job's machines stay for the next one, billed; none by default. "
        "The account needs a quota of warm pools.",
    )

    @model_validator(mode="after")
    def _pools_fit(self) -> Self:
        if self.keep_alive_seconds is not None and not 1 <= self.keep_alive_seconds <= LONGEST_KEEP_ALIVE_S:
            raise ValueError(
                f"keep_alive_seconds {self.keep_alive_seconds} is out of 1 to {LONGEST_KEEP_ALIVE_S}; "
                "leave it out for no warm pool"
            )
        if self.keep_alive_seconds is not None and self.spot:
            raise ValueError("keep_alive_seconds cannot go with spot: SageMaker keeps no spot machines warm")
        if not self.spot and "spot_patience_seconds" in self.model_fields_set:
            raise ValueError("spot_patience_seconds is for spot: true; machines on demand are not waited for")
        return self


class TrackingSettings(Settings):
    """An MLflow tracking server, managed by SageMaker. Billed by the hour while it runs."""

    size: str = Field(
        default="Small", pattern="^(Small|Medium|Large)$", description="Small for up to 25 users, Medium 50, Large 100."
    )
    version: str | None = Field(
        default=None, pattern=r"^\d+\.\d+(\.\d+)?$", description="MLflow's version; SageMaker's newest by default."
    )
    maintenance: str = Field(
        default="Sun:03:30",
        pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun):([01]\d|2[0-3]):[0-5]\d$",
        description="Day and time, in UTC, of its weekly maintenance.",
    )


class TrainingSettings(Settings):
    cluster: ClusterSettings | None = Field(default=None, description="GPU cluster on EKS; without it, there is none.")
    hyperpod: HyperPodOptions | None = Field(
        default=None,
        description="SageMaker HyperPod on that cluster; none by default (docs/adr/0003-eks-and-hyperpod.md).",
    )
    image_tag: str = Field(
        default="0.1.0",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        description="Tag of the images `jobs` and `serving` that pipelines use; a tag cannot be moved.",
    )
    images: ImageSettings = Field(
        default=ImageSettings(), description="Who else pulls images, and how they are signed."
    )
    builds: BuildSettings | None = Field(
        default=None, description="A CodeBuild project that builds the images; none by default."
    )
    processing_instance_type: Annotated[MlInstanceType, AfterValidator(job_instance)] = Field(
        default="ml.m5.xlarge", description="Instance type of all jobs but training, without local storage."
    )
    capacity: dict[ModelName, CapacitySettings] = Field(
        default_factory=dict, description="Machines of training jobs, by model; on demand and not kept by default."
    )
    studio: StudioSettings | None = Field(default=None, description="A Studio domain; none by default.")
    tracking: TrackingSettings | None = Field(
        default=None, description="An MLflow tracking server that pipelines record to; none by default."
    )

    @property
    def gpu_groups(self) -> list[str]:
        """Groups of nodes with GPUs on the cluster: its own, Karpenter's pools, HyperPod's."""
        own = self.cluster.gpu_nodes if self.cluster is not None else {}
        return [*own, *(self.hyperpod.gpus if self.hyperpod is not None else {})]

    @property
    def plugin_groups(self) -> list[str]:
        """Those of them that run the estate's device plugin: no operator, and no image, brings them one."""
        if self.cluster is None or self.cluster.kubernetes.gpu_operator is not None:
            return []
        own = self.cluster.gpu_nodes
        return [name for name in self.gpu_groups if name not in own or not own[name].brings_plugin]
