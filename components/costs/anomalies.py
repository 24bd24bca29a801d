"""Costs out of the ordinary: AWS learns what is usual, and mails what is not."""

import json
from typing import Literal

import pulumi
from pulumi_aws import costexplorer
from pydantic import Field

from components.base import Args, Component, Placement


class CostAnomaliesArgs(Args):
    placement: Placement
    environment: str = Field(description="Value of the tag `environment` that costs carry.")
    scope: Literal["account", "environment"] = Field(
        description="All services of the account, or what carries the environment's cost allocation tag."
    )
    least_usd: int = Field(ge=1, description="Impact from which somebody hears of it.")
    frequency: Literal["DAILY", "WEEKLY"] = Field(default="DAILY", description="How often.")
    monitor_arn: str | None = Field(default=None, description="A monitor that is there; one of its own by default.")
    email: str


class CostAnomalies(Component):
    """A monitor, unless one is given, and a subscription by mail: what is immediate would need a topic that Cost
    Explorer may open.
    """

    monitor: pulumi.Output[str]

    def __init__(self, name: str, args: CostAnomaliesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:costs:CostAnomalies", name, args.placement, opts)
        place = args.placement
        self.monitor = self._monitor(args) if args.monitor_arn is None else pulumi.Output.from_input(args.monitor_arn)
        costexplorer.AnomalySubscription(
            f"{name}-subscription",
            name=place.named("costs"),
            frequency=args.frequency,
            monitor_arn_lists=[self.monitor],
            subscribers=[{"type": "EMAIL", "address": args.email}],
            threshold_expression={
                "dimension": {
                    "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    "match_options": ["GREATER_THAN_OR_EQUAL"],
                    "values": [str(args.least_usd)],
                }
            },
            opts=self.child(),
        )
        self.register_outputs({"monitor": self.monitor})

    def _monitor(self, args: CostAnomaliesArgs) -> pulumi.Output[str]:
        tagged = args.scope == "environment"
        return costexplorer.AnomalyMonitor(
            f"{self.name}-monitor",
            name=args.placement.named("costs"),
            monitor_type="CUSTOM" if tagged else "DIMENSIONAL",
            monitor_dimension=None if tagged else "SERVICE",
            monitor_specification=_tagged(args.environment) if tagged else None,
            opts=self.child(),
        ).arn


def _tagged(environment: str) -> str:
    """Cost Explorer's expression, spelled out as it answers, so that nothing seems to have changed."""
    expression = {"Tags": {"Key": "environment", "Values": [environment], "MatchOptions": None}}
    return json.dumps({"And": None, "CostCategories": None, "Dimensions": None, "Not": None, "Or": None, **expression})
