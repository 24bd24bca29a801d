"""NVIDIA's GPU operator, in place of the device plugin and exporter of the estate's own."""

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.nodes import GPU
from components.kubernetes.chart import release
from components.kubernetes.fence import FencedNamespace, NamespaceArgs
from components.kubernetes.options import Chart

NAMESPACE = "gpu-operator"
METRICS = 9400
# Where nvcr.io keeps the images of the parts that run here.
FOLDERS = {
    "dcgmExporter": "nvidia/k8s",
    "devicePlugin": "nvidia",
    "gfd": "nvidia",
    "migManager": "nvidia/cloud-native",
    "operator": "nvidia",
    "validator": "nvidia",
}


class GpuOperatorArgs(Args):
    placement: Placement
    chart: Chart = Chart()
    mig: bool = Field(default=False, description="Split GPUs as nodes' labels say; no GPU is split by default.")
    metrics: bool = Field(default=True, description="Export what GPUs do.")


class GpuOperator(Component):
    """Device plugin, discovery of features, exporter, MIG. Driver and container toolkit are in EKS's own images."""

    def __init__(self, name: str, args: GpuOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:GpuOperator", name, args.placement, opts)
        # Its pods mount folders of their node, which no other standard lets them.
        fenced = FencedNamespace(
            f"{name}-system",
            NamespaceArgs(
                placement=args.placement,
                namespace=NAMESPACE,
                pod_security="privileged",
                needs_node="finds GPUs and tells the kubelet of them",
                ports_open_to_all=(METRICS,) if args.metrics else (),
            ),
            self.child(),
        )
        release(self, "gpu-operator", "gpu-operator", args.chart, fenced.namespace, _values(args), after=fenced.walls)
        self.register_outputs({})


def _values(args: GpuOperatorArgs) -> dict[str, pulumi.Input[object]]:
    tolerated = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
    values: dict[str, pulumi.Input[object]] = {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        "devicePlugin": {"enabled": True},
        "dcgmExporter": {"enabled": args.metrics},
        "migManager": {"enabled": args.mig},
        "mig": {"strategy": "mixed" if args.mig else "single"},
        "daemonsets": {"tolerations": tolerated},
        "operator": {"resources": {"requests": {"cpu": "200m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}},
    }
    if args.chart.images is not None:
        for part, folder in FOLDERS.items():
            found = values.get(part)
            own = dict(found) if isinstance(found, dict) else {}
            values[part] = {**own, "repository": f"{args.chart.images}/{folder}"}
        values["node-feature-discovery"] = {"image": {"repository": f"{args.chart.images}/nfd/node-feature-discovery"}}
    return values
