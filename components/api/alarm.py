"""The alarm of an API on requests that it fails."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch

from components.base import Component
from components.signals import Signal, alarm_name


def failing(
    owner: Component, says: str, metric: str, dimensions: Mapping[str, pulumi.Input[str]]
) -> cloudwatch.MetricAlarm:
    """More than 1 % in two of three minutes; `metric` is 0 or 1 a request."""
    return cloudwatch.MetricAlarm(
        f"{owner.name}-{Signal.ERRORS}",
        name=alarm_name(owner.placement, Signal.ERRORS, owner.name),
        alarm_description=says,
        namespace="AWS/ApiGateway",
        metric_name=metric,
        dimensions=dimensions,
        statistic="Average",
        period=60,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        threshold=0.01,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",
        opts=owner.child(),
    )
