"""Settings of the GPU cluster."""

from ipaddress import IPv4Network
from typing import Annotated, Self

from pydantic import Field, model_validator

from components.cluster.gpu_nodes import GpuNodes, Image
from components.cluster.options import Access, Addon, AddonName
from components.filesystem.options import Filesystem
from components.kubernetes.pools import GpuPool
from contracts.gpus import gpu_type, none_offered, not_offered
from stacks.settings.base import InstanceType, Settings
from stacks.settings.kubernetes import KubernetesSettings

Zone = Annotated[str, Field(pattern=r"^[a-f]$")]
ZoneId = Annotated[str, Field(pattern=r"^[a-z]{2,4}\d-az\d$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]


class ClusterSettings(Settings):
    kubernetes_version: str = Field(
        default="1.35",
        pattern=r"^1\.\d{2}$",
        description="Minor version of EKS. Extended support, at six times the price, is not taken: when standard "
        "support ends, EKS upgrades the cluster, and this must follow.",
    )
    node_groups: dict[Name, GpuNodes] = Field(
        default={"gpu": GpuNodes(image=Image.BOTTLEROCKET)},
        min_length=1,
        description="GPU node groups by name; by default one, of an image that needs no registry.",
    )
    system_instance_type: InstanceType = Field(
        default="t3.large", description="Instance type of the nodes that run the cluster's own pods."
    )
    gpu_quota: int = Field(default=8, ge=0, description="GPUs that all jobs on the cluster may hold at once.")
    device_plugin_image: str = Field(
        default="nvcr.io/nvidia/k8s-device-plugin:v0.17.4",
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="NVIDIA's device plugin for nodes whose image has none (al2023); in a network without NAT, a copy "
        "in a registry that it reaches.",
    )
    fabric_plugin_image: str | None = Field(
        default=None,
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="AWS's EFA device plugin for groups with efa; EKS's own copy in the region by default.",
    )
    zone_ids: dict[Zone, ZoneId] = Field(
        default={},
        description="Which zone each letter stands for in this account, such as {a: use1-az4}; the plan then tells "
        "whether an instance type is offered there. Without it only the region and the number of zones are checked.",
    )
    addons: dict[AddonName, Addon] = Field(
        default={},
        description="Add-ons besides those that every cluster has (network, name resolution, pod identity, node "
        "monitoring, metrics), and versions of these; EKS's own version by default.",
    )
    kubernetes: KubernetesSettings = Field(
        default=KubernetesSettings(), description="What runs on it: operators, nodes on demand, queues."
    )
    filesystem: Filesystem | None = Field(
        default=None, description="FSx for Lustre in front of the lake; none by default, as it costs by the hour."
    )
    access: dict[Name, Access] = Field(
        default={}, description="Persons who may use the cluster, by a name of the entry; none by default."
    )
    public_access_cidrs: tuple[IPv4Network, ...] = Field(
        default=(),
        description="Who may reach the cluster's API from outside the VPC; nobody by default, so deploy from inside.",
    )

    @model_validator(mode="after")
    def _api_is_not_for_everybody(self) -> Self:
        if any(cidr.prefixlen == 0 for cidr in self.public_access_cidrs):
            raise ValueError("public_access_cidrs lets everybody reach the cluster's API; name the networks that may")
        return self

    @property
    def gpu_nodes(self) -> dict[str, GpuNodes | GpuPool]:
        """Node groups and pools with GPUs, by name."""
        karpenter = self.kubernetes.karpenter
        return {**self.node_groups, **(karpenter.pools if karpenter is not None else {})}

    @property
    def fabrics(self) -> dict[str, int]:
        """Fabric adapters of a node, by node group with efa."""
        return {
            name: len(gpu_type(group.instance_type).efa_cards) for name, group in self.node_groups.items() if group.efa
        }

    def fault(self, region: str, zones: list[str]) -> str | None:
        """What speaks against the GPU groups in a region and a network's zones, by letter; None where nothing does."""
        for name, group in self.node_groups.items():
            try:
                chosen = group.in_zones(zones)
            except ValueError as error:
                return f"node_groups.{name}: {error}"
            for instance_type in group.instance_types:
                why = not_offered(instance_type, region, chosen, self.zone_ids)
                if why is not None:
                    return f"node_groups.{name}: {why}"
        for name, pool in (self.kubernetes.karpenter.pools if self.kubernetes.karpenter is not None else {}).items():
            there = [zone for zone in pool.zones or zones if zone in zones]  # strange ones are told of elsewhere
            why = none_offered(pool.families, region, there, self.zone_ids) if there else None
            if why is not None:
                return f"kubernetes.karpenter.pools.{name}: {why}"
        if self.filesystem is not None and self.filesystem.zone not in (None, *zones):
            return f"filesystem.zone {self.filesystem.zone} is none of the network's, {', '.join(zones)}"
        return None
