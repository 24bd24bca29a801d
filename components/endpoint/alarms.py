"""Alarms on a hosted model. They exist before its endpoint, as SageMaker refuses to roll back on an unknown one."""

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.signals import Signal, alarm_name

VARIANT = "AllTraffic"


class EndpointAlarmsArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    endpoint_name: str = Field(description="Endpoint that is watched; it need not exist yet.")
    error_percent: float = Field(default=1.0, gt=0, le=100, description="Share of requests that may fail with 5xx.")
    latency_ms: int = Field(description="p99 latency of the model that is still good.", ge=1)


class EndpointAlarms(Component):
    """Server errors and p99 latency, each two bad minutes of three.

    Their names hang on the model alone: the AWS provider replaces an endpoint whose rollback alarms change.
    """

    names: dict[Signal, pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:EndpointAlarms", name, args.placement, opts)
        # SageMaker puts a 0 or 1 for each request: their average is the share that failed.
        errors = self._alarm(
            Signal.ERRORS,
            args,
            metric_name="Invocation5XXErrors",
            statistic="Average",
            threshold=args.error_percent / 100,
            alarm_description=f"More than {args.error_percent:g} % of requests to {args.endpoint_name} fail",
        )
        latency = self._alarm(
            Signal.LATENCY,
            args,
            metric_name="ModelLatency",
            extended_statistic="p99",
            threshold=args.latency_ms * 1000,  # the metric is in microseconds
            alarm_description=f"p99 latency of {args.endpoint_name} is above {args.latency_ms} ms",
        )
        self.names = {Signal.ERRORS: errors.name, Signal.LATENCY: latency.name}
        self.register_outputs({"names": self.names})

    def _alarm(
        self,
        signal: Signal,
        args: EndpointAlarmsArgs,
        *,
        metric_name: str,
        threshold: float,
        alarm_description: str,
        statistic: str | None = None,
        extended_statistic: str | None = None,
    ) -> cloudwatch.MetricAlarm:
        return cloudwatch.MetricAlarm(
            f"{self.name}-{signal}",
            name=alarm_name(args.placement, signal, args.model),
            alarm_description=alarm_description,
            namespace="AWS/SageMaker",
            metric_name=metric_name,
            dimensions={"EndpointName": args.endpoint_name, "VariantName": VARIANT},
            statistic=statistic,
            extended_statistic=extended_statistic,
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=threshold,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )
