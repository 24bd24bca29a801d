"""Settings of what runs on the GPU cluster: operators, nodes on demand, queues, what is measured."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from components.kubernetes.options import REMOTE_WRITE, Chart, TrainingRuntime
from components.kubernetes.pools import GpuPool, PlainPool
from components.kubernetes.queues import Queues, check
from stacks.settings.base import Settings

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]
RuntimeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Image = Annotated[str, Field(pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$")]


PUBLIC = frozenset({"docker.io", "gcr.io", "ghcr.io", "nvcr.io", "public.ecr.aws", "quay.io", "registry.k8s.io"})
OUT_OF_REACH = "the network has no NAT, so that nodes cannot pull from there; name a registry that they reach"


class KarpenterSettings(Settings):
    """Nodes that are started when pods wait for them."""

    chart: Chart = Field(default=Chart(), description="Where Karpenter comes from.")
    pools: dict[Name, GpuPool] = Field(default={"on-demand": GpuPool()}, description="Pools of GPU nodes by name.")
    plain_pools: dict[Name, PlainPool] = Field(
        default={}, description="Pools of nodes without GPUs by name, for hosts of models; none by default."
    )

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> Self:
        if not self.pools and not self.plain_pools:
            raise ValueError("pools and plain_pools are empty: Karpenter would start no node; leave karpenter out")
        for name in sorted(self.pools.keys() & self.plain_pools.keys()):
            raise ValueError(f"plain_pools.{name} has the name of a pool of GPU nodes; name it otherwise")
        return self


class KueueSettings(Queues):
    """Jobs wait in a queue of their team until there are GPUs for them."""

    chart: Chart = Field(default=Chart(), description="Where Kueue comes from.")


class TrainerSettings(Settings):
    """Distributed training jobs, as Kubeflow Trainer has them."""

    chart: Chart = Field(default=Chart(), description="Where Kubeflow Trainer comes from.")
    runtimes: dict[RuntimeName, TrainingRuntime] = Field(
        default={"xgboost": TrainingRuntime()}, min_length=1, description="Runtimes by name, to which jobs refer."
    )


class GpuMetricsSettings(Settings):
    """What GPUs do, for Prometheus."""

    image: Image = Field(
        default="nvcr.io/nvidia/k8s/dcgm-exporter:4.5.3-4.8.2-distroless",
        description="NVIDIA's DCGM exporter; in a network without NAT, a copy in a registry that it reaches.",
    )
    profiling: bool = Field(
        default=False, description="Count tensor cores and memory too, for which the exporter administers its node."
    )


class GpuOperatorSettings(Settings):
    """NVIDIA's operator in place of the estate's own device plugin and exporter."""

    chart: Chart = Field(default=Chart(), description="Where the operator comes from.")
    mig: bool = Field(default=False, description="Split GPUs as nodes' labels say; no GPU is split by default.")
    metrics: bool = Field(default=True, description="Export what GPUs do.")


class ObservabilitySettings(Settings):
    """Prometheus and Grafana inside of the cluster."""

    chart: Chart = Field(default=Chart(), description="Where kube-prometheus-stack comes from.")
    retention_days: int = Field(default=15, ge=1, le=365, description="Days that samples stay.")
    storage_gb: int | None = Field(
        default=None,
        ge=10,
        description="Disk of Prometheus, from the EBS add-on; without one, samples go with the pod.",
    )
    storage_class: str | None = Field(default=None, description="Class of the disk; the cluster's own by default.")
    grafana: bool = Field(default=True, description="Dashboards, behind `kubectl port-forward` only.")
    remote_write: str | None = Field(
        default=None,
        pattern=REMOTE_WRITE,
        description="URL of a workspace of Amazon Managed Prometheus of this account and region that gets the samples "
        "too; none by default.",
    )


class KubernetesSettings(Settings):
    karpenter: KarpenterSettings | None = Field(
        default=None, description="Nodes on demand; only the node groups by default."
    )
    queues: KueueSettings | None = Field(default=None, description="Queues and quotas of teams; none by default.")
    trainer: TrainerSettings | None = Field(default=None, description="Distributed training jobs; none by default.")
    gpu_metrics: GpuMetricsSettings | None = Field(default=None, description="What GPUs do; not measured by default.")
    gpu_operator: GpuOperatorSettings | None = Field(
        default=None, description="NVIDIA's operator; the estate's own device plugin by default."
    )
    observability: ObservabilitySettings | None = Field(
        default=None, description="Prometheus and Grafana in the cluster; none by default."
    )

    @model_validator(mode="after")
    def _one_measures_gpus(self) -> Self:
        if self.gpu_metrics is not None and self.gpu_operator is not None and self.gpu_operator.metrics:
            raise ValueError(
                "gpu_metrics and gpu_operator both measure GPUs; leave one out, or set gpu_operator.metrics false"
            )
        return self

    @property
    def charts(self) -> Mapping[str, Chart]:
        """Charts of what is wanted, by the key of its settings."""
        wanted = {
            "karpenter": self.karpenter,
            "queues": self.queues,
            "trainer": self.trainer,
            "gpu_operator": self.gpu_operator,
            "observability": self.observability,
        }
        return {key: each.chart for key, each in wanted.items() if each is not None}

    def faults(self, group_gpus: Mapping[str, int], zones: list[str], *, internet: bool) -> Iterator[str]:
        """What speaks against it. `group_gpus` are the most GPUs of each node group, `zones` the network's letters."""
        pools = dict(self.karpenter.pools) if self.karpenter is not None else {}
        plain = dict(self.karpenter.plain_pools) if self.karpenter is not None else {}
        for name, pool in {**pools, **plain}.items():
            key = f"karpenter.{'pools' if name in pools else 'plain_pools'}.{name}"
            if name in group_gpus or name == "system":
                yield f"{key} has the name of a node group; name it otherwise"
            strange = sorted(set(pool.zones) - set(zones))
            if strange:
                yield f"{key}: zone {strange[0]} is none of the network's, {', '.join(zones)}"
        if self.queues is not None:
            try:
                check(self.queues, {**group_gpus, **{name: pool.gpus for name, pool in pools.items()}})
            except ValueError as error:
                yield str(error)
        if not internet:
            yield from self._out_of_reach()

    def _out_of_reach(self) -> Iterator[str]:
        for key, chart in self.charts.items():
            if chart.images is None:
                yield f"{key}.chart.images is the project's own registry: {OUT_OF_REACH}"
        images = {f"trainer.runtimes.{name}.image": each.image for name, each in self._runtimes.items()}
        images["gpu_metrics.image"] = self.gpu_metrics.image if self.gpu_metrics is not None else None
        for key, image in images.items():
            if image is not None and is_public(image):
                yield f"{key} {image}: {OUT_OF_REACH}"

    @property
    def _runtimes(self) -> Mapping[str, TrainingRuntime]:
        return self.trainer.runtimes if self.trainer is not None else {}


def is_public(image: str) -> bool:
    """Whether it is pulled over the internet. A name without a registry is one of Docker Hub."""
    registry, slash, _ = image.partition("/")
    return not slash or "." not in registry or registry in PUBLIC
