"""Merges curated rows into the tables that remember them, by the clock."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import scheduler
from pydantic import Field

from components.alarms import at_least_one
from components.base import Args, Component, Placement
from components.names import Limit
from components.signals import Signal
from components.storage.merge import merge_query
from contracts.workload import Workload

START_QUERY = "aws-sdk:athena:startQueryExecution"


class HistoryRefreshArgs(Args):
    placement: Placement
    workloads: Mapping[str, Workload] = Field(description="Workloads by name.")
    database: pulumi.Input[str] = Field(description="Glue database of the tables.")
    workgroup: pulumi.Input[str] = Field(description="Athena workgroup in which the queries run.")
    role_arn: pulumi.Input[str] = Field(description="Role in whose name they run.")
    expression: str = Field(description="`rate(...)` or `cron(...)`, in UTC.")


class HistoryRefresh(Component):
    """One schedule a workload, which starts the merge in Athena, and an alarm on queries that fail."""

    def __init__(self, name: str, args: HistoryRefreshArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:HistoryRefresh", name, args.placement, opts)
        place = args.placement
        for model, workload in args.workloads.items():
            scheduler.Schedule(
                f"{name}-{model}",
                name=place.named(model, "history", limit=Limit.LAMBDA),  # 64, as for functions
                description=f"Merges curated rows of {model} into its history",
                schedule_expression=args.expression,
                schedule_expression_timezone="UTC",
                # Merges of many models need not start in the same second.
                flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 15},
                state="ENABLED",
                target={
                    "arn": f"arn:{place.partition}:scheduler:::{START_QUERY}",
                    "role_arn": args.role_arn,
                    "input": _query(args, workload),
                    "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
                },
                opts=self.child(),
            )
        # A schedule hears only whether Athena took the query.
        at_least_one(
            self,
            "failed",
            signal=Signal.DATA_LATE,
            subject="history",
            says="A merge of curated rows into their history failed",
            namespace="AWS/Athena",
            metric="TotalExecutionTime",
            dimensions={"WorkGroup": args.workgroup, "QueryState": "FAILED", "QueryType": "DML"},
            period_s=300,
            statistic="SampleCount",
        )
        self.register_outputs({})


def _query(args: HistoryRefreshArgs, workload: Workload) -> pulumi.Output[str]:
    query = pulumi.Output.from_input(args.database).apply(lambda database: merge_query(database, workload))
    return pulumi.Output.json_dumps(
        {
            "QueryString": query,
            "QueryExecutionContext": {"Database": args.database},
            "WorkGroup": args.workgroup,
        },
        sort_keys=True,
    )
