"""A record of who talked to whom in a network."""

import pulumi
from pulumi_aws import cloudwatch, ec2
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import trust
from components.roles import bounded_role, inline_policy


class FlowLogsArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the logs.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Permission boundary of the role that writes them.")
    retention_days: int = Field(description="Days that the records stay.")


class FlowLogs(Component):
    """Accepted and rejected traffic of a VPC, in an encrypted log group."""

    log_group: str

    def __init__(self, name: str, args: FlowLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:FlowLogs", name, args.placement, opts)
        place = args.placement
        self.log_group = f"/aws/vpc/{place.named('flow-logs')}"
        group = cloudwatch.LogGroup(
            f"{name}-group",
            name=self.log_group,
            kms_key_id=args.key_arn,
            retention_in_days=args.retention_days,
            opts=self.child(),
        )
        role = bounded_role(
            self,
            "flow-logs",
            description="Writes the network's flow logs",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "vpc-flow-logs", source_arn=place.arn("ec2", "vpc-flow-log/*")),
        )
        streams = place.arn("logs", f"log-group:{self.log_group}:*")
        permission = inline_policy(
            self,
            role.name,
            "write-flow-logs",
            {
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                "Resource": streams,
            },
            suffix="write",
        )
        ec2.FlowLog(
            f"{name}-log",
            vpc_id=args.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags={"Name": place.named("flow-logs")},
            opts=self.child(depends_on=[permission]),
        )
        self.register_outputs({"log_group": self.log_group})
