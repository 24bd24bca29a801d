"""What happens when a month's money is spent: nothing new is started."""

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_aws import budgets, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, trust
from components.roles import bounded_role, inline_policy
from components.security.statements import attach_denial, denial_name

# What starts something that is paid for by the hour. What serves, stops or reads goes on.
STARTS = (
    "elasticmapreduce:RunJobFlow",
    "emr-serverless:StartJobRun",
    "sagemaker:CreateApp",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
    "sagemaker:RetryPipelineExecution",
    "sagemaker:StartPipelineExecution",
)


# Nodes with accelerators train. Others may be needed by what serves, such as hosts of models.
NODES = ("ec2:CreateFleet", "ec2:RunInstances")
ACCELERATED = ("dl*", "g*", "inf*", "p*", "trn*")


class SpendStopArgs(Args):
    placement: Placement
    budget: pulumi.Input[str] = Field(description="Name of the monthly budget.")
    percent: int = Field(ge=1, le=1000, description="Share of the budget at which it happens.")
    approval: Literal["automatic", "manual"] = Field(description="Whether somebody has to say yes first.")
    email: str = Field(description="Who is told, and asked.")
    roles: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Names of the roles that may start nothing then, by what they are."
    )
    permission_boundary_arn: pulumi.Input[str] = Field(description="Boundary of the role that attaches the denial.")


class SpendStop(Component):
    """A budget action that denies the named roles to start anything, until it is reversed or reset in AWS Budgets.

    The role that AWS Budgets works as may attach this one denial to these roles, and take it off; nothing else.
    """

    action: pulumi.Output[str]

    def __init__(self, name: str, args: SpendStopArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:budget:SpendStop", name, args.placement, opts)
        place = args.placement
        denial = iam.Policy(
            f"{name}-denial",
            name=denial_name(place),
            path=place.path,
            description="Starts nothing that costs by the hour: the month's money is spent",
            policy=document(
                {"Sid": "StartsNothing", "Effect": "Deny", "Action": list(STARTS), "Resource": "*"},
                {
                    "Sid": "StartsNoGpuNode",
                    "Effect": "Deny",
                    "Action": list(NODES),
                    "Resource": place.arn("ec2", "instance/*"),
                    "Condition": {"StringLike": {"ec2:InstanceType": list(ACCELERATED)}},
                },
            ),
            opts=self.child(),
        )
        role, permission = self._role(args)
        action = budgets.BudgetAction(
            f"{name}-action",
            budget_name=args.budget,
            account_id=place.account_id,
            action_type="APPLY_IAM_POLICY",
            approval_model=args.approval.upper(),
            notification_type="ACTUAL",
            action_threshold={"action_threshold_type": "PERCENTAGE", "action_threshold_value": args.percent},
            definition={"iam_action_definition": {"policy_arn": denial.arn, "roles": list(args.roles.values())}},
            execution_role_arn=role.arn,
            subscribers=[{"subscription_type": "EMAIL", "address": args.email}],
            opts=self.child(depends_on=[permission]),
        )
        self.action = action.action_id
        self.register_outputs({"action": self.action})

    def _role(self, args: SpendStopArgs) -> tuple[iam.Role, iam.RolePolicy]:
        place = args.placement
        role = bounded_role(
            self,
            "spend-stop",
            description="Denies roles to start anything when the month's money is spent",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "budgets", source_arn=f"arn:{place.partition}:budgets::{place.account_id}:budget/*"),
        )
        roles = [pulumi.Output.concat(place.iam_arn("role", ""), each) for each in args.roles.values()]
        policy = inline_policy(self, role.name, "deny", attach_denial(place, roles), suffix="permission")
        return role, policy
