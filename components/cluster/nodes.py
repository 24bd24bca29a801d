"""One group of nodes of a cluster."""

from collections.abc import Mapping
from typing import Self

import pulumi
from pulumi_aws import ec2, eks
from pydantic import Field, model_validator

from components.base import Args, Component, Placement

GPU = "nvidia.com/gpu"
POOL = "mlops-estate/pool"  # node label with the group's name


class NodeGroupArgs(Args):
    placement: Placement
    group: str = Field(description="Name of the group.", pattern=r"^[a-z][a-z0-9-]{0,20}$")
    cluster_name: pulumi.Input[str]
    role_arn: pulumi.Input[str] = Field(description="Role of the nodes.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets, by zone letter.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the volumes; must let Auto Scaling use it.")
    tags: Mapping[str, str] = Field(description="Tags of instances and volumes, which no provider sets.")
    instance_type: str = Field(description="EC2 instance type, such as `g5.xlarge`.")
    gpu: bool = Field(description="Whether the nodes have NVIDIA GPUs; then only pods that ask for one run on them.")
    minimum: int = Field(default=0, ge=0)
    maximum: int = Field(default=1, ge=1)
    spot: bool = Field(default=False, description="Cheaper nodes that AWS may take back; on demand by default.")
    disk_gb: int = Field(default=100, ge=20)

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class NodeGroup(Component):
    """A launch template (IMDSv2, encrypted disk) and a managed group that uses it."""

    group: eks.NodeGroup

    def __init__(self, name: str, args: NodeGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:NodeGroup", name, args.placement, opts)
        template = self._template(args)
        self.group = eks.NodeGroup(
            f"{name}-group",
            node_group_name=args.placement.named(args.group),
            cluster_name=args.cluster_name,
            node_role_arn=args.role_arn,
            subnet_ids=list(args.subnet_ids.values()),
            ami_type="AL2023_x86_64_NVIDIA" if args.gpu else "AL2023_x86_64_STANDARD",
            capacity_type="SPOT" if args.spot else "ON_DEMAND",
            instance_types=[args.instance_type],
            launch_template={"id": template.id, "version": template.latest_version.apply(str)},
            scaling_config={"min_size": args.minimum, "max_size": args.maximum, "desired_size": args.minimum},
            update_config={"max_unavailable": 1},
            node_repair_config={"enabled": True},
            labels={POOL: args.group},
            taints=[{"key": GPU, "value": "present", "effect": "NO_SCHEDULE"}] if args.gpu else None,
            opts=self.child(ignore_changes=["scalingConfig.desiredSize"]),  # autoscaling's from the first day on
        )
        self.register_outputs({})

    def _template(self, args: NodeGroupArgs) -> ec2.LaunchTemplate:
        tags = {**args.tags, "Name": args.placement.named(args.group)}
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
            block_device_mappings=[
                {
                    "device_name": "/dev/xvda",
                    "ebs": {
                        "volume_type": "gp3",
                        "volume_size": args.disk_gb,
                        "encrypted": "true",
                        "kms_key_id": args.key_arn,
                        "delete_on_termination": "true",
                    },
                }
            ],
            tag_specifications=[{"resource_type": kind, "tags": tags} for kind in ("instance", "volume")],
            opts=self.child(),
        )
