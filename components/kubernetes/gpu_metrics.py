"""NVIDIA's DCGM exporter: what each GPU of a node does, and whether it is well."""

import hashlib
from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import apps, core
from pydantic import Field

from components.base import Args, Component, Placement
from components.kubernetes.fence import EVERY_NODE, NEEDS_NODE, only_on
from components.kubernetes.scraped import scraped
from contracts.prometheus import ClusterMetric

NAME = "dcgm-exporter"
NAMESPACE = "kube-system"
PORT = 9400
USER = 0  # the kubelet's socket, by which a GPU is told by its pod, belongs to root
# Where DCGM itself writes: sockets, locks, its log.
WRITTEN = {"log": "/var/log", "run": "/run", "scratch": "/tmp"}  # noqa: S108  volumes of the pod's own
COUNTERS = "/etc/estate/counters.csv"
# How a plain pod asks NVIDIA's runtime for all GPUs on Bottlerocket, which lets none ask by its environment (NVIDIA's
# container toolkit, "device list as volume mounts"); on other images the mount says nothing.
ALL_GPUS = "/var/run/nvidia-container-devices/all"
# DCGM's fields (docs.nvidia.com/datacenter/dcgm, field identifiers), beside those that rules read.
MORE = {
    "DCGM_FI_DEV_FB_FREE": ("gauge", "Memory that is free, in MiB."),
    "DCGM_FI_DEV_FB_USED": ("gauge", "Memory that is used, in MiB."),
    "DCGM_FI_DEV_GPU_TEMP": ("gauge", "Temperature, in degrees Celsius."),
    "DCGM_FI_DEV_POWER_USAGE": ("gauge", "Power, in W."),
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL": ("counter", "Bandwidth of all NVLink lanes."),
}
READ_BY_RULES = {
    ClusterMetric.GPU_BUSY: ("gauge", "Share of time in which a kernel ran, in percent."),
    ClusterMetric.GPU_XID: ("gauge", "Code of the last XID error."),
    ClusterMetric.GPU_ECC: ("counter", "Double-bit errors since the driver was loaded."),
    ClusterMetric.GPU_REMAPPED: ("counter", "Rows that were remapped for uncorrectable errors."),
    ClusterMetric.GPU_REMAP_FAILED: ("gauge", "Whether a remapping has failed."),
}
# Counted by the hardware's profiler, which only a container with SYS_ADMIN may use.
PROFILED = {
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE": ("gauge", "Share of time in which an engine was active."),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("gauge", "Share of cycles in which a tensor core was active."),
    "DCGM_FI_PROF_DRAM_ACTIVE": ("gauge", "Share of cycles in which memory sent or received."),
}


class GpuMetricsArgs(Args):
    placement: Placement
    image: str = Field(
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$", description="NVIDIA's DCGM exporter, by tag or digest."
    )
    profiling: bool = Field(
        default=False, description="Count tensor cores and memory too, for which the exporter administers its node."
    )
    gpu_groups: Sequence[str] = Field(min_length=1, description="Node groups and pools with GPUs.")
    pool_label: str = Field(description="Node label that holds the group's name.")


class GpuMetrics(Component):
    """One pod a GPU node, as root without a right beyond a plain user's."""

    def __init__(self, name: str, args: GpuMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:GpuMetrics", name, args.placement, opts)
        counted_here = counted(profiling=args.profiling)
        counters = core.v1.ConfigMap(
            f"{name}-counters",
            metadata={"name": "gpu-counters", "namespace": NAMESPACE},
            data={"counters.csv": counted_here},
            opts=self.child(),
        )
        labels = {"app.kubernetes.io/name": NAME}
        apps.v1.DaemonSet(
            f"{name}-exporter",
            metadata={"name": NAME, "namespace": NAMESPACE, "labels": labels},
            spec={
                "selector": {"match_labels": labels},
                "update_strategy": {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "100%"}},
                "template": {
                    # What it counts is read when it starts: other counters are another pod.
                    "metadata": {
                        "labels": labels,
                        "annotations": {
                            **scraped(PORT),
                            NEEDS_NODE: "asks the kubelet which pod has which GPU",
                            "mlops-estate/counters": hashlib.sha256(counted_here.encode()).hexdigest()[:12],
                        },
                    },
                    "spec": self._pod(args, counters.metadata.name),
                },
            },
            opts=self.child(),
        )
        self.register_outputs({})

    def _pod(self, args: GpuMetricsArgs, counters: pulumi.Output[str]) -> core.v1.PodSpecArgsDict:
        written: list[core.v1.VolumeArgsDict] = [
            {"name": name, "empty_dir": {"size_limit": "64Mi"}} for name in WRITTEN
        ]
        return {
            "priority_class_name": "system-node-critical",
            "automount_service_account_token": False,
            "tolerations": EVERY_NODE,
            "affinity": only_on(args.pool_label, args.gpu_groups),
            "security_context": {"seccomp_profile": {"type": "RuntimeDefault"}},
            "containers": [self._container(args)],
            "volumes": [
                {"name": "counters", "config_map": {"name": counters}},
                {"name": "pods", "host_path": {"path": "/var/lib/kubelet/pod-resources", "type": "Directory"}},
                {"name": "all-gpus", "host_path": {"path": "/dev/null", "type": "CharDevice"}},
                *written,
            ],
        }

    def _container(self, args: GpuMetricsArgs) -> core.v1.ContainerArgsDict:
        probe: core.v1.ProbeArgsDict = {
            "http_get": {"path": "/health", "port": PORT},
            "initial_delay_seconds": 45,  # DCGM looks at every GPU first
            "period_seconds": 15,
        }
        written: list[core.v1.VolumeMountArgsDict] = [
            {"name": name, "mount_path": path} for name, path in WRITTEN.items()
        ]
        return {
            "name": NAME,
            "image": args.image,
            "env": [
                {"name": "DCGM_EXPORTER_COLLECTORS", "value": COUNTERS},
                {"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"},
                {"name": "DCGM_EXPORTER_LISTEN", "value": f":{PORT}"},
                {"name": "NODE_NAME", "value_from": {"field_ref": {"field_path": "spec.nodeName"}}},
            ],
            "ports": [{"name": "metrics", "container_port": PORT}],
            "liveness_probe": probe,
            "readiness_probe": probe,
            "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            "security_context": {
                "run_as_user": USER,
                "allow_privilege_escalation": False,
                "capabilities": {"drop": ["ALL"], **({"add": ["SYS_ADMIN"]} if args.profiling else {})},
                "read_only_root_filesystem": True,
            },
            "volume_mounts": [
                {"name": "counters", "mount_path": "/etc/estate", "read_only": True},
                {"name": "pods", "mount_path": "/var/lib/kubelet/pod-resources", "read_only": True},
                {"name": "all-gpus", "mount_path": ALL_GPUS, "read_only": True},
                *written,
            ],
        }


def counted(*, profiling: bool) -> str:
    """The exporter's list of counters, one a line."""
    fields = {**{str(name): of for name, of in READ_BY_RULES.items()}, **MORE, **(PROFILED if profiling else {})}
    return "".join(f"{field}, {kind}, {text}\n" for field, (kind, text) in sorted(fields.items()))
