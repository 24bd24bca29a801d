"""How many instances a variant has: by load, by backlog, by the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import appautoscaling, cloudwatch

from components.base import Component
from components.endpoint.modes import BacklogScaling, CopyScaling, PlannedCapacity, Serverless
from components.endpoint.variants import Variant, scaled
from contracts.variants import CHAMPION

if TYPE_CHECKING:
    from pulumi_aws.appautoscaling import (
        PolicyTargetTrackingScalingPolicyConfigurationArgsDict as Tracking,
    )

INSTANCES = "sagemaker:variant:DesiredInstanceCount"
COPIES = "sagemaker:inference-component:DesiredCopyCount"
WARM = "sagemaker:variant:DesiredProvisionedConcurrency"
WARM_USE = 0.7  # of the warm workers; SageMaker's guide on scaling provisioned concurrency
IN_S, OUT_S = 300, 60  # seconds between two changes down and up
WAKING_S = 300  # seconds that a first instance takes to come up, before another is asked for


def by_invocations(
    parent: Component,
    subject: str,
    endpoint: pulumi.Output[str],
    variant: Variant,
    target: int,
    planned: Mapping[str, PlannedCapacity],
) -> None:
    """As many instances as keep each at `target` requests a minute."""
    capacity = _capacity(parent, endpoint, variant.name, INSTANCES, variant.minimum, variant.maximum)
    _tracking(
        parent,
        f"{parent.name}{_suffix(variant.name)}-scaling",
        parent.placement.named(subject, _suffix(variant.name), "invocations"),
        capacity,
        {
            "target_value": target,
            "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
            "scale_in_cooldown": IN_S,
            "scale_out_cooldown": OUT_S,
        },
    )
    _by_clock(parent, subject, capacity, planned)


def by_backlog(
    parent: Component, subject: str, endpoint: pulumi.Output[str], variant: Variant, wanted: BacklogScaling
) -> None:
    """As many instances as keep the backlog of each at its bound; none where nothing waits.

    The backlog an instance is not known while there is none: what waits then sets off an alarm that starts the first.
    """
    capacity = _capacity(parent, endpoint, variant.name, INSTANCES, variant.minimum, variant.maximum)
    _tracking(
        parent,
        f"{parent.name}-scaling",
        parent.placement.named(subject, "backlog"),
        capacity,
        {
            "target_value": wanted.backlog_per_instance,
            "customized_metric_specification": {
                "metric_name": "ApproximateBacklogSizePerInstance",
                "namespace": "AWS/SageMaker",
                "dimensions": [{"name": "EndpointName", "value": endpoint}],
                "statistic": "Average",
            },
            "scale_in_cooldown": IN_S,
            "scale_out_cooldown": OUT_S,
        },
    )
    if variant.minimum == 0:
        _from_nothing(
            parent,
            subject,
            capacity,
            Waking(
                "HasBacklogWithoutCapacity",
                "Average",
                {"EndpointName": endpoint},
                "Requests wait and no instance runs; autoscaling starts one",
                minutes=2,
            ),
        )
    _by_clock(parent, subject, capacity, wanted.planned)


def by_use(parent: Component, subject: str, endpoint: pulumi.Output[str], wanted: Serverless) -> None:
    """As many warm workers as their use asks for."""
    if wanted.provisioned_concurrency is None or wanted.provisioned_maximum is None:
        return
    capacity = _capacity(parent, endpoint, CHAMPION, WARM, wanted.provisioned_concurrency, wanted.provisioned_maximum)
    _tracking(
        parent,
        f"{parent.name}-scaling",
        parent.placement.named(subject, "concurrency"),
        capacity,
        {
            "target_value": WARM_USE,
            "predefined_metric_specification": {
                "predefined_metric_type": "SageMakerVariantProvisionedConcurrencyUtilization"
            },
            "scale_in_cooldown": IN_S,
            "scale_out_cooldown": OUT_S,
        },
    )


def by_copies(parent: Component, subject: str, component: pulumi.Output[str], wanted: CopyScaling) -> None:
    """As many copies of an inference component as keep each at its target; none where nobody asks.

    Nothing is counted while there is no copy: a refused request then sets off an alarm that starts the first.
    """
    capacity = appautoscaling.Target(
        f"{parent.name}-capacity",
        service_namespace="sagemaker",
        scalable_dimension=COPIES,
        resource_id=pulumi.Output.concat("inference-component/", component),
        min_capacity=wanted.minimum,
        max_capacity=wanted.maximum,
        opts=parent.child(),
    )
    _tracking(
        parent,
        f"{parent.name}-scaling",
        parent.placement.named(subject, "copies"),
        capacity,
        {
            "target_value": wanted.invocations_per_copy,
            "predefined_metric_specification": {
                "predefined_metric_type": "SageMakerInferenceComponentInvocationsPerCopy"
            },
            "scale_in_cooldown": IN_S,
            "scale_out_cooldown": OUT_S,
        },
    )
    if wanted.minimum == 0:
        _from_nothing(
            parent,
            subject,
            capacity,
            Waking(
                "NoCapacityInvocationFailures",
                "Maximum",
                {"InferenceComponentName": component},
                "Requests are refused as no copy runs; autoscaling starts one",
                minutes=1,
            ),
        )


def _capacity(
    parent: Component, endpoint: pulumi.Output[str], variant: str, dimension: str, minimum: int, maximum: int
) -> appautoscaling.Target:
    return appautoscaling.Target(
        f"{parent.name}{_suffix(variant)}-capacity",
        service_namespace="sagemaker",
        scalable_dimension=dimension,
        resource_id=scaled(endpoint, variant),
        min_capacity=minimum,
        max_capacity=maximum,
        opts=parent.child(),
    )


def _tracking(
    parent: Component, name: str, physical: str, capacity: appautoscaling.Target, configuration: "Tracking"
) -> None:
    appautoscaling.Policy(
        name,
        name=physical,
        policy_type="TargetTrackingScaling",
        service_namespace=capacity.service_namespace,
        scalable_dimension=capacity.scalable_dimension,
        resource_id=capacity.resource_id,
        target_tracking_scaling_policy_configuration=configuration,
        opts=parent.child(),
    )


@dataclass(frozen=True)
class Waking:
    """What tells that somebody asks while nothing runs."""

    metric: str
    statistic: str
    dimensions: Mapping[str, pulumi.Input[str]]
    said: str
    minutes: int


def _from_nothing(parent: Component, subject: str, capacity: appautoscaling.Target, waking: Waking) -> None:
    policy = appautoscaling.Policy(
        f"{parent.name}-waking",
        name=parent.placement.named(subject, "waking"),
        policy_type="StepScaling",
        service_namespace=capacity.service_namespace,
        scalable_dimension=capacity.scalable_dimension,
        resource_id=capacity.resource_id,
        step_scaling_policy_configuration={
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": "Average",
            "cooldown": WAKING_S,
            "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
        },
        opts=parent.child(),
    )
    cloudwatch.MetricAlarm(
        f"{parent.name}-waking-alarm",
        name=parent.placement.named("waking", subject),
        alarm_description=waking.said,
        namespace="AWS/SageMaker",
        metric_name=waking.metric,
        dimensions=dict(waking.dimensions),
        statistic=waking.statistic,
        period=60,
        evaluation_periods=waking.minutes,
        datapoints_to_alarm=waking.minutes,
        threshold=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        treat_missing_data="missing",
        alarm_actions=[policy.arn],
        opts=parent.child(),
    )


def _by_clock(
    parent: Component, subject: str, capacity: appautoscaling.Target, planned: Mapping[str, PlannedCapacity]
) -> None:
    for name, plan in sorted(planned.items()):
        appautoscaling.ScheduledAction(
            f"{parent.name}-planned-{name}",
            name=parent.placement.named(subject, "planned", name),
            service_namespace=capacity.service_namespace,
            scalable_dimension=capacity.scalable_dimension,
            resource_id=capacity.resource_id,
            schedule=plan.at,
            timezone="UTC",
            scalable_target_action={"min_capacity": plan.minimum, "max_capacity": plan.maximum},
            opts=parent.child(),
        )


def _suffix(variant: str) -> str:
    return "" if variant == CHAMPION else f"-{variant.lower()}"
