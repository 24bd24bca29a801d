"""The security group of nodes that talk to each other past the kernel."""

import pulumi
from pulumi_aws import ec2, vpc
from pydantic import Field

from components.base import Args, Component, Placement


class FabricArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    subject: str = Field(default="fabric", description="Names the group.", pattern=r"^[a-z][a-z0-9-]{0,30}$")


class Fabric(Component):
    """Open within itself and to nothing else: fabric adapters need a rule that names the group itself, both ways."""

    group_id: pulumi.Output[str]

    def __init__(self, name: str, args: FabricArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:Fabric", name, args.placement, opts)
        physical = args.placement.named(args.subject)
        group = ec2.SecurityGroup(
            f"{name}-group",
            name=physical,
            description="GPU nodes with Elastic Fabric Adapters",
            vpc_id=args.vpc_id,
            tags={"Name": physical},
            opts=self.child(),
        )
        inside = vpc.SecurityGroupIngressRule(
            f"{name}-from-nodes",
            security_group_id=group.id,
            description="Nodes of one job",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self.child(),
        )
        outside = vpc.SecurityGroupEgressRule(
            f"{name}-to-nodes",
            security_group_id=group.id,
            description="Nodes of one job",
            ip_protocol="-1",
            referenced_security_group_id=group.id,
            opts=self.child(),
        )
        # EC2 refuses an adapter whose group lacks the rules.
        self.group_id = pulumi.Output.all(group.id, inside.id, outside.id).apply(lambda ids: ids[0])
        self.register_outputs({"group_id": self.group_id})
