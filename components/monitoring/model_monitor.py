"""Watches the data that a model is asked about: the pipeline's schedule, and alarms on what it finds."""

from collections.abc import Sequence

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.metric_alarms import metric_alarm
from components.monitoring.model_signals import ModelSignal
from components.pipeline.schedule import PipelineSchedule, PipelineScheduleArgs
from components.signals import Signal, alarm_name
from contracts.pipelines import Parameter


class ModelMonitorArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    signals: Sequence[ModelSignal] = Field(
        description="What is watched; an alarm is made for each that has one and a signal. Drift must be among them."
    )
    schedule: str | None = Field(
        default=None, description="When the monitor pipeline runs; without one it is started by hand only."
    )
    pipeline_arn: pulumi.Input[str] = Field(description="The model's monitor pipeline.")
    role_arn: pulumi.Input[str] = Field(description="Role that may start it.")


class ModelMonitor(Component):
    """An alarm for each thing that the monitors measure, and the schedule of the pipeline that puts their metrics."""

    drift_alarm: pulumi.Output[str]
    alarm_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ModelMonitorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:ModelMonitor", name, args.placement, opts)
        alarms = {
            each.key: metric_alarm(
                f"{name}-{each.key}",
                alarm_name(args.placement, each.signal, f"{args.model}-{each.part}" if each.part else args.model),
                each,
                {},
                self.child(),
            )
            for each in args.signals
            if each.alarm is not None and each.signal is not None
        }
        if args.schedule is not None:
            PipelineSchedule(
                f"{name}-runs",
                PipelineScheduleArgs(
                    placement=args.placement,
                    purpose=f"{args.model}-monitor",
                    expression=args.schedule,
                    pipeline_arn=args.pipeline_arn,
                    role_arn=args.role_arn,
                    parameters={Parameter.TRIGGER: "schedule"},
                ),
                self.child(),
            )
        self.drift_alarm = alarms[Signal.DRIFT.value].name
        self.alarm_arns = [alarm.arn for alarm in alarms.values()]
        self.register_outputs({"drift_alarm": self.drift_alarm, "alarm_arns": self.alarm_arns})
