"""What the cluster's workloads may be asked for. Settings read it: it imports no Kubernetes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from components.base import Args

# Where a workspace of Amazon Managed Prometheus takes samples.
REMOTE_WRITE = (
    r"^https://aps-workspaces\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/workspaces/ws-[0-9a-f-]+/api/v1/remote_write$"
)


class Pinned(NamedTuple):
    """The version of a chart with which the estate is checked, and where its project publishes it."""

    version: str
    repository: str


# A new version is a change of this table, that a review sees. Their values' names are in estate/plan/crds/charts.json.
PINNED: Mapping[str, Pinned] = {
    "gpu-operator": Pinned("v26.7.0", "https://helm.ngc.nvidia.com/nvidia"),
    "karpenter": Pinned("1.14.1", "oci://public.ecr.aws/karpenter"),
    "karpenter-crd": Pinned("1.14.1", "oci://public.ecr.aws/karpenter"),
    "kube-prometheus-stack": Pinned("88.5.3", "oci://ghcr.io/prometheus-community/charts"),
    "kubeflow-trainer": Pinned("2.3.0", "oci://ghcr.io/kubeflow/charts"),
    "kueue": Pinned("0.19.2", "oci://registry.k8s.io/kueue/charts"),
}


# Where EKS keeps its own images in these regions; elsewhere they lie in other accounts. From EKS's guide, "View Amazon
# container image registries for Amazon EKS add-ons"; the plugin's version is that of AWS's chart (aws/eks-charts).
EKS_IMAGES = "602401143452.dkr.ecr.{region}.amazonaws.com"
EKS_REGIONS = frozenset(
    (
        *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
        *("ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    )
)
FABRIC_PLUGIN = "eks/aws-efa-k8s-device-plugin:v0.5.5"


def fabric_plugin(region: str) -> str | None:
    """EKS's own copy of AWS's EFA device plugin; None where its account is not known."""
    return f"{EKS_IMAGES.format(region=region)}/{FABRIC_PLUGIN}" if region in EKS_REGIONS else None


class Chart(Args):
    """Another version or place of an operator's chart than the estate's own choice."""

    version: str | None = Field(
        default=None,
        pattern=r"^v?\d+\.\d+\.\d+$",
        description="Exact version; by default the one with which the estate is checked.",
    )
    repository: str | None = Field(
        default=None,
        pattern=r"^(oci|https)://[\w./-]+$",
        description="`oci://` folder or `https://` repository with a copy of the chart, for whoever deploys from where "
        "the project's own is not reached.",
    )
    images: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+(:\d+)?(/[\w.-]+)*$",
        description="Registry with copies of the chart's images under their own names, for nodes that reach no other; "
        "the project's own by default.",
    )
    timeout_seconds: int = Field(default=600, ge=60, le=3600, description="How long its pods may take to get ready.")


def version_of(chart_name: str, chart: Chart) -> str:
    return chart.version if chart.version is not None else PINNED[chart_name].version


class Framework(StrEnum):
    """Who tells the pods of a job of each other."""

    TORCH = "torch"  # torchrun
    XGBOOST = "xgboost"  # its tracker
    PLAIN = "plain"  # nobody: one pod, or pods that need not know


class TrainingRuntime(Args):
    """How a kind of training job runs; the job says what."""

    framework: Framework = Field(default=Framework.XGBOOST, description="What the job's pods are started with.")
    image: str | None = Field(
        default=None,
        pattern=r"^[\w.:/-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="Image of the trainer; the estate's own `gpu` image by default, which holds XGBoost.",
    )
    nodes: int = Field(default=1, ge=1, le=1024, description="Pods of a job; a job may ask for others.")
    gpus: int = Field(default=1, ge=1, le=16, description="GPUs of each pod.")
    fabric_adapters: int = Field(
        default=0, ge=0, le=32, description="Elastic Fabric Adapters of each pod, of node groups with efa."
    )
    memory_gb: int = Field(default=12, ge=1, description="Memory of each pod, in GiB.")
    shared_memory_gb: int = Field(
        default=4, ge=1, description="Of it `/dev/shm`, over which data loaders talk, in GiB."
    )
    retries: int = Field(default=3, ge=0, le=100, description="Starts after a failure, such as a node taken back.")
    finished_hours: int = Field(default=24, ge=1, description="How long a job that has ended can be looked at.")

    @model_validator(mode="after")
    def _image_has_the_framework(self) -> Self:
        if self.framework is Framework.TORCH and self.image is None:
            raise ValueError("framework torch needs an image with PyTorch; the estate's own gpu image holds XGBoost")
        return self


class KubernetesHost(Args):
    """How a model is hosted on the cluster."""

    minimum: int = Field(default=2, ge=1, le=100, description="Pods at least.")
    maximum: int = Field(default=4, ge=1, le=1000, description="Pods at most.")
    cpu_percent: int = Field(default=60, ge=10, le=90, description="Load of a pod's processors that is aimed at.")
    cpus: float = Field(default=1, ge=0.1, le=64, description="Processors that a pod is sure of.")
    memory_mb: int = Field(default=1024, ge=256, description="Memory of a pod, in MiB.")
    model_mb: int = Field(default=1024, ge=64, description="Room for the unpacked model, in MiB.")
    callers: tuple[Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")], ...] = Field(
        default=(), description="Namespaces whose pods may ask it; nobody by default."
    )

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self
