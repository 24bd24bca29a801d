"""The plainest alarm: something happened that should not, be it once."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch

from components.base import Component
from components.signals import Signal, alarm_name


def at_least_one(
    owner: Component,
    suffix: str,
    *,
    signal: Signal,
    subject: str,
    says: str,
    namespace: str,
    metric: str,
    dimensions: Mapping[str, pulumi.Input[str]],
    period_s: int,
    statistic: str = "Sum",
) -> cloudwatch.MetricAlarm:
    """Rings where `statistic` of the metric comes to 1 within a period; no data is no news.

    Its logical name is the owner's with `suffix`; its physical one tells the signal and its subject.
    """
    return cloudwatch.MetricAlarm(
        f"{owner.name}-{suffix}",
        name=alarm_name(owner.placement, signal, subject),
        alarm_description=says,
        namespace=namespace,
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        period=period_s,
        evaluation_periods=1,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="notBreaching",
        opts=owner.child(),
    )
