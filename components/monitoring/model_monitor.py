"""Watches the data that a model is asked about: the pipeline's schedule, and alarms on what it finds."""

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.pipeline.schedule import PipelineSchedule, PipelineScheduleArgs
from components.signals import Signal, alarm_name
from contracts.metrics import NAMESPACE, Metric, dimensions
from contracts.pipelines import Parameter


class ModelMonitorArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment, a dimension of the metrics.")
    model: str = Field(description="The model's name.", max_length=32)
    drift_threshold: int = Field(default=1, ge=1, description="Drifted features in one run that set the alarm off.")
    schedule: str | None = Field(
        default=None, description="When the monitor pipeline runs; without one it is started by hand only."
    )
    pipeline_arn: pulumi.Input[str] = Field(description="The model's monitor pipeline.")
    role_arn: pulumi.Input[str] = Field(description="Role that may start it.")


class ModelMonitor(Component):
    """A drift alarm, a data-quality alarm, and the schedule of the pipeline that puts their metrics."""

    drift_alarm: pulumi.Output[str]
    quality_alarm: pulumi.Output[str]
    alarm_arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ModelMonitorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:ModelMonitor", name, args.placement, opts)
        drift = self._alarm(
            Signal.DRIFT,
            args,
            Metric.DRIFTED_FEATURES,
            args.drift_threshold,
            f"At least {args.drift_threshold} features of {args.model} have drifted from its training data",
        )
        quality = self._alarm(
            Signal.QUALITY,
            args,
            Metric.QUALITY_VIOLATIONS,
            1,
            f"Requests to {args.model} violate the constraints of its training data",
        )
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
        self.drift_alarm, self.quality_alarm = drift.name, quality.name
        self.alarm_arns = [drift.arn, quality.arn]
        self.register_outputs({"drift_alarm": self.drift_alarm, "quality_alarm": self.quality_alarm})

    def _alarm(
        self, signal: Signal, args: ModelMonitorArgs, metric: Metric, threshold: int, description: str
    ) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            f"{self.name}-{signal}",
            name=alarm_name(args.placement, signal, args.model),
            alarm_description=description,
            namespace=NAMESPACE,
            metric_name=metric,
            dimensions=dimensions(args.environment, args.model),
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # Between two runs nothing is known. The state stays, or every run on drifted data would retrain again.
            treat_missing_data="ignore",
            opts=self.child(),
        )
