"""Starts a pipeline at set times."""

import pulumi
from pulumi_aws import scheduler
from pydantic import Field

from components.base import Args, Component, Placement
from components.names import Limit
from contracts.pipelines import Parameter


class PipelineScheduleArgs(Args):
    placement: Placement
    purpose: str = Field(description="What is started, such as `delivery-eta-monitor`; names the schedule.")
    expression: str = Field(
        description="`rate(...)`, `cron(...)` or `at(...)`, in UTC.", pattern=r"^(rate|cron|at)\(.+\)$"
    )
    pipeline_arn: pulumi.Input[str]
    role_arn: pulumi.Input[str] = Field(description="Role that may start the pipeline.")
    parameters: dict[Parameter, str] = Field(
        default_factory=dict, description="Values for this start; by default the pipeline's own apply."
    )


class PipelineSchedule(Component):
    """One schedule of EventBridge Scheduler, which starts one pipeline."""

    schedule: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineScheduleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:pipeline:PipelineSchedule", name, args.placement, opts)
        given: list[pulumi.Input[scheduler.ScheduleTargetSagemakerPipelineParametersPipelineParameterArgsDict]] = [
            {"name": key.value, "value": value} for key, value in sorted(args.parameters.items())
        ]
        schedule = scheduler.Schedule(
            f"{name}-schedule",
            name=args.placement.named(args.purpose, limit=Limit.LAMBDA),  # 64, as for functions
            description=f"Starts the pipeline {args.purpose}",
            schedule_expression=args.expression,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            state="ENABLED",
            target={
                "arn": args.pipeline_arn,
                "role_arn": args.role_arn,
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
                "sagemaker_pipeline_parameters": {"pipeline_parameters": given} if given else None,
            },
            opts=self.child(),
        )
        self.schedule = schedule.name
        self.register_outputs({"schedule": self.schedule})
