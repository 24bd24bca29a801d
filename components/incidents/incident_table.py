"""Where incidents, deployments, the dependency graph and the log of self-healing are kept."""

import pulumi
from pulumi_aws import dynamodb
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement


class IncidentTableArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key of the records.")


class IncidentTable(Component):
    """One table, paid by request, encrypted, restorable to any second of the last 35 days.

    Records have no end of life: an incident is evidence. Its keys are `pk`, the kind of record, and `sk`.
    """

    table: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: IncidentTableArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:IncidentTable", name, args.placement, opts)
        made = dynamodb.Table(
            f"{name}-table",
            name=table_name(args.placement),
            billing_mode="PAY_PER_REQUEST",
            hash_key="pk",
            range_key="sk",
            attributes=[{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
            server_side_encryption={"enabled": True, "kms_key_arn": args.key_arn},
            point_in_time_recovery={"enabled": True},
            deletion_protection_enabled=args.placement.protected,
            opts=self.stateful_child(),
        )
        self.table, self.arn = made.name, made.arn
        self.register_outputs({"table": self.table, "arn": self.arn})

    def read_and_write(self) -> Statement:
        """Permission to keep records; nobody needs to delete one."""
        return {
            "Sid": "KeepRecords",
            "Effect": "Allow",
            "Action": ["dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
            "Resource": self.arn,
        }


def table_name(placement: Placement) -> str:
    """The table's name, which commands need too."""
    return placement.named("incidents")
