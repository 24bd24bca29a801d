"""News of model packages: registered, approved, rejected."""

import json

import pulumi
from pulumi_aws import cloudwatch

from components.base import Args, Component, Placement


class ApprovalEventsArgs(Args):
    placement: Placement


class ApprovalEvents(Component):
    """An event rule over the environment's package groups; who wants the news adds a target to it."""

    rule: pulumi.Output[str]
    rule_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ApprovalEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:registry:ApprovalEvents", name, args.placement, opts)
        rule = cloudwatch.EventRule(
            f"{name}-rule",
            name=args.placement.named("approvals"),
            description="A model package of this environment was registered, or its approval changed",
            event_pattern=json.dumps(
                {
                    "source": ["aws.sagemaker"],
                    "detail-type": ["SageMaker Model Package State Change"],
                    "detail": {"ModelPackageGroupName": [{"prefix": f"{args.placement.prefix}-"}]},
                },
                sort_keys=True,
            ),
            state="ENABLED",
            opts=self.child(),
        )
        self.rule, self.rule_arn = rule.name, rule.arn
        self.register_outputs({"rule": self.rule, "rule_arn": self.rule_arn})
