"""Alarms on a hosted model. They exist before its endpoint, as SageMaker refuses to roll back on an unknown one."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.signals import Signal, alarm_name
from contracts.variants import CHAMPION


class EndpointAlarmsArgs(Args):
    placement: Placement
    model: str = Field(description="What is watched: the model's name, with the endpoint's where it has several.")
    endpoint_name: str = Field(description="Endpoint that is watched; it need not exist yet.")
    component: str | None = Field(
        default=None, description="Inference component that is watched instead of the endpoint's variants."
    )
    variants: Sequence[str] = Field(default=(CHAMPION,), min_length=1, description="Variants that answer, by name.")
    error_percent: float = Field(default=1.0, gt=0, le=100, description="Share of requests that may fail with 5xx.")
    latency_ms: int = Field(description="p99 latency of the model that is still good.", ge=1)


class EndpointAlarms(Component):
    """Server errors and p99 latency of each variant, each two bad minutes of three.

    Their names hang on model and variant alone: the AWS provider replaces an endpoint whose rollback alarms change.
    """

    names: dict[Signal, pulumi.Output[str]]
    rollback: list[pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointAlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:EndpointAlarms", name, args.placement, opts)
        self.rollback = []
        for variant in args.variants:
            errors, latency = self._errors(args, variant), self._latency(args, variant)
            self.rollback += [errors, latency]
            if variant == CHAMPION:
                self.names = {Signal.ERRORS: errors, Signal.LATENCY: latency}
        self._args = args
        self.register_outputs({"names": self.names})

    def _errors(self, args: EndpointAlarmsArgs, variant: str) -> pulumi.Output[str]:
        # SageMaker puts a 0 or 1 for each request: their average is the share that failed.
        return self._alarm(
            Signal.ERRORS,
            args,
            variant,
            metric_name="Invocation5XXErrors",
            statistic="Average",
            threshold=args.error_percent / 100,
            alarm_description=f"More than {args.error_percent:g} % of requests to {_said(args, variant)} fail",
        )

    def _latency(self, args: EndpointAlarmsArgs, variant: str) -> pulumi.Output[str]:
        return self._alarm(
            Signal.LATENCY,
            args,
            variant,
            metric_name="ModelLatency",
            extended_statistic="p99",
            threshold=args.latency_ms * 1000,  # the metric is in microseconds
            alarm_description=f"p99 latency of {_said(args, variant)} is above {args.latency_ms} ms",
        )

    def watch_queue(self, endpoint: pulumi.Output[str], minutes: int) -> None:
        """An alarm on requests that wait longer. A queue grows for other reasons than a release: it rolls
        nothing back, and so comes after the endpoint.
        """
        args = self._args
        cloudwatch.MetricAlarm(
            f"{self.name}-{Signal.DEAD_LETTERS}",
            name=alarm_name(args.placement, Signal.DEAD_LETTERS, args.model),
            alarm_description=f"A request to {args.endpoint_name} has waited for more than {minutes} minutes",
            namespace="AWS/SageMaker",
            metric_name="ApproximateAgeOfOldestRequest",
            dimensions={"EndpointName": endpoint},
            statistic="Maximum",
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=3,
            threshold=minutes * 60,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )

    def _alarm(
        self,
        signal: Signal,
        args: EndpointAlarmsArgs,
        variant: str,
        *,
        metric_name: str,
        threshold: float,
        alarm_description: str,
        statistic: str | None = None,
        extended_statistic: str | None = None,
    ) -> pulumi.Output[str]:
        suffix = "" if variant == CHAMPION else f"-{variant.lower()}"
        alarm = cloudwatch.MetricAlarm(
            f"{self.name}-{signal}{suffix}",
            name=alarm_name(args.placement, signal, f"{args.model}{suffix}"),
            alarm_description=alarm_description,
            namespace="AWS/SageMaker",
            metric_name=metric_name,
            dimensions={"EndpointName": args.endpoint_name, "VariantName": variant}
            if args.component is None
            else {"InferenceComponentName": args.component},
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
        return alarm.name


def _said(args: EndpointAlarmsArgs, variant: str) -> str:
    return args.endpoint_name if variant == CHAMPION else f"{args.endpoint_name}'s {variant.lower()}"
