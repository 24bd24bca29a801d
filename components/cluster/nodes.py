"""One group of nodes of a cluster."""

from collections.abc import Mapping
from typing import Self

import pulumi
from pulumi_aws import ec2, eks
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.cluster.gpu_nodes import RESERVED, Capacity, Effect, GpuNodes, Image, Taint
from components.cluster.launch import disks, interfaces, market

GPU = "nvidia.com/gpu"
POOL = "mlops-estate/pool"  # node label with the group's name
CAPACITY_TYPES = {
    Capacity.ON_DEMAND: "ON_DEMAND",
    Capacity.SPOT: "SPOT",
    Capacity.RESERVATION: "ON_DEMAND",  # that it comes from a reservation, the launch template says
    Capacity.CAPACITY_BLOCK: "CAPACITY_BLOCK",
}
EFFECTS = {
    Effect.NO_SCHEDULE: "NO_SCHEDULE",
    Effect.NO_EXECUTE: "NO_EXECUTE",
    Effect.PREFER_NO_SCHEDULE: "PREFER_NO_SCHEDULE",
}
GPU_IMAGES = {Image.AL2023: "AL2023_x86_64_NVIDIA", Image.BOTTLEROCKET: "BOTTLEROCKET_x86_64_NVIDIA"}
PLAIN_IMAGE = "AL2023_x86_64_STANDARD"


class PlainNodes(Args):
    """Nodes without GPUs, for the cluster's own pods."""

    instance_type: str = Field(description="EC2 instance type, such as `t3.large`.")
    minimum: int = Field(default=1, ge=0)
    maximum: int = Field(default=3, ge=1)
    disk_gb: int = Field(default=30, ge=20)

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class NodeGroupArgs(Args):
    placement: Placement
    group: str = Field(description="Name of the group.", pattern=r"^[a-z][a-z0-9-]{0,20}$")
    cluster_name: pulumi.Input[str]
    kubernetes_version: str = Field(description="Minor version of the cluster, which the nodes follow.")
    role_arn: pulumi.Input[str] = Field(description="Role of the nodes.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets, by zone letter.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the volumes; must let Auto Scaling use it.")
    tags: Mapping[str, str] = Field(description="Tags of instances and volumes, which no provider sets.")
    nodes: GpuNodes | PlainNodes = Field(description="What the nodes are; pods that ask for no GPU keep off GPU nodes.")
    fabric_group_ids: tuple[pulumi.Input[str], ...] = Field(
        default=(), description="Security groups of nodes with EFA: the cluster's, and one that is open within itself."
    )

    @model_validator(mode="after")
    def _fabric_has_groups(self) -> Self:
        if isinstance(self.nodes, GpuNodes):
            self.nodes.in_zones(list(self.subnet_ids))
            if self.nodes.efa and not self.fabric_group_ids:
                raise ValueError(f"the group {self.group} has efa and no fabric_group_ids: its nodes could not talk")
        return self


class NodeGroup(Component):
    """A launch template (IMDSv2, encrypted disk, fabric, reservation) and a managed group that repairs its nodes."""

    group: eks.NodeGroup
    node_group: pulumi.Output[str]

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:NodeGroup", name, args.placement, opts)
        wanted = args.nodes if isinstance(args.nodes, GpuNodes) else None
        template = self._template(args, wanted)
        block = wanted is not None and wanted.capacity is Capacity.CAPACITY_BLOCK
        self.group = eks.NodeGroup(
            f"{name}-group",
            node_group_name=args.placement.named(args.group),
            cluster_name=args.cluster_name,
            node_role_arn=args.role_arn,
            subnet_ids=_subnets(args, wanted),
            ami_type=PLAIN_IMAGE if wanted is None else GPU_IMAGES[wanted.image],
            version=args.kubernetes_version,  # left out, nodes would stay at the version that they were made with
            release_version=wanted.release_version if wanted is not None else None,
            capacity_type="ON_DEMAND" if wanted is None else CAPACITY_TYPES[wanted.capacity],
            # Of a capacity block, EKS takes the type from the launch template only.
            instance_types=None if block else [args.nodes.instance_type, *(_others(wanted))],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={
                "min_size": args.nodes.minimum,
                "max_size": args.nodes.maximum,
                "desired_size": args.nodes.minimum,
            },
            update_config={"max_unavailable": 1 if wanted is None else wanted.max_unavailable},
            node_repair_config={"enabled": True},
            labels={POOL: args.group, **({} if wanted is None else wanted.labels)},
            taints=None if wanted is None else _taints(wanted.taints),
            opts=self.child(ignore_changes=["scalingConfig.desiredSize"]),  # of who starts and stops nodes
        )
        self.node_group = self.group.node_group_name
        self.register_outputs({})

    def _template(self, args: NodeGroupArgs, wanted: GpuNodes | None) -> ec2.LaunchTemplate:
        tags = {**args.tags, "Name": args.placement.named(args.group)}
        placement = self._placement(args, wanted)
        return ec2.LaunchTemplate(
            f"{self.name}-template",
            name=args.placement.named("node", args.group),
            description=f"Nodes of the group {args.group}",
            update_default_version=True,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                "http_put_response_hop_limit": 1,  # pods get roles of their own, never the node's
            },
            block_device_mappings=disks(wanted, args.nodes.disk_gb, args.key_arn),
            network_interfaces=interfaces(wanted, args.fabric_group_ids),
            placement=None if placement is None else {"group_name": placement},
            **market(wanted),
            tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
            opts=self.child(),
        )

    def _placement(self, args: NodeGroupArgs, wanted: GpuNodes | None) -> pulumi.Input[str] | None:
        """Nodes with EFA stand close together. AWS places a block itself; a reservation lies where it was made."""
        if wanted is None or not wanted.efa or wanted.capacity in RESERVED:
            return wanted.placement_group if wanted is not None else None
        group = ec2.PlacementGroup(
            f"{self.name}-placement",
            name=args.placement.named("node", args.group),
            strategy="cluster",
            opts=self.child(),
        )
        return group.name


def _subnets(args: NodeGroupArgs, wanted: GpuNodes | None) -> list[pulumi.Input[str]]:
    zones = list(args.subnet_ids) if wanted is None else wanted.in_zones(list(args.subnet_ids))
    return [args.subnet_ids[zone] for zone in zones]


def _others(wanted: GpuNodes | None) -> tuple[str, ...]:
    return wanted.other_instance_types if wanted is not None else ()


def _taints(more: Mapping[str, Taint]) -> list[eks.NodeGroupTaintArgsDict]:
    taints: list[eks.NodeGroupTaintArgsDict] = [{"key": GPU, "value": "present", "effect": "NO_SCHEDULE"}]
    for key, taint in sorted(more.items()):
        taints.append({"key": key, "value": taint.value, "effect": EFFECTS[taint.effect]})
    return taints
