"""NVIDIA's GPU operator, in place of the device plugin and exporter of the estate's own."""

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.kubernetes.chart import release
from components.kubernetes.fence import EVERY_NODE, FencedNamespace, NamespaceArgs
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


def _values(args: GpuOperatorArgs) -> dict[str, dict[str, object]]:
    values: dict[str, dict[str, object]] = {
        "driver": {"enabled": False},
        "toolkit": {"enabled": False},
        "devicePlugin": {"enabled": True},
        "dcgmExporter": {"enabled": args.metrics},
        "migManager": {"enabled": args.mig},
        "mig": {"strategy": "mixed" if args.mig else "single"},
        "daemonsets": {"tolerations": EVERY_NODE},
        "node-feature-discovery": {"worker": {"tolerations": EVERY_NODE}},
        "operator": {"resources": {"requests": {"cpu": "200m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}},
    }
    if args.chart.images is not None:
        for part, folder in FOLDERS.items():
            values.setdefault(part, {})["repository"] = f"{args.chart.images}/{folder}"
        discovery = f"{args.chart.images}/nfd/node-feature-discovery"
        values["node-feature-discovery"]["image"] = {"repository": discovery}
    return values
