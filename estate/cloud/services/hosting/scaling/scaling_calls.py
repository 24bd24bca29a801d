"""Application Auto Scaling's calls for endpoint variants: refused as AWS does, alarms come and go with policies.

moto keeps targets, policies and scheduled actions, and answers for other services than SageMaker.
"""

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.invoker import NAMESPACE
from estate.cloud.services.hosting.scaling import schedules
from estate.cloud.services.hosting.scaling.arithmetic import LOW_SHARE
from estate.cloud.services.hosting.variants import Instances
from estate.cloud.services.wire import AwsError, Params, PassOn, Table

SERVICE = "application-autoscaling"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
WARM = "sagemaker:variant:DesiredProvisionedConcurrency"
COPIES = "sagemaker:inference-component:DesiredCopyCount"
KEPT_DIMENSIONS = (WARM, COPIES)
PREDEFINED = "SageMakerVariantInvocationsPerInstance"
PERIOD_S = 60
HIGH_PERIODS, LOW_PERIODS = 3, 15  # as AWS makes the alarms of a target-tracking policy


def variant_of(resource: str) -> tuple[str, str]:
    """Endpoint and variant of `endpoint/NAME/variant/NAME`. Raises AwsError (ValidationException)."""
    parts = resource.split("/")
    if len(parts) != 4 or parts[0] != "endpoint" or parts[2] != "variant":
        raise invalid(f"Unsupported resource ID {resource}: it must be endpoint/<endpoint>/variant/<variant>")
    return parts[1], parts[3]


def metric_of(policy: Params, resource: str) -> Params:
    """Namespace, MetricName, Dimensions and Statistic of what a target-tracking configuration watches."""
    endpoint, variant = variant_of(resource)
    if "PredefinedMetricSpecification" in policy:
        return {
            "Namespace": NAMESPACE,
            "MetricName": "InvocationsPerInstance",
            "Dimensions": [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}],
            "Statistic": "Sum",
        }
    given = policy["CustomizedMetricSpecification"]
    return {
        name: given[name] for name in ("Namespace", "MetricName", "Dimensions", "Statistic", "Unit") if name in given
    }


class ScalingCalls:
    def __init__(self, account: Account, deployments: Deployments, moved: Callable[[], None]) -> None:
        self._account = account
        self._deployments = deployments
        self._moved = moved  # called when bounds may have moved

    def register(self, table: Table) -> None:
        table.add(
            SERVICE,
            (
                self.register_scalable_target,
                self.deregister_scalable_target,
                self.put_scaling_policy,
                self.delete_scaling_policy,
                self.put_scheduled_action,
            ),
        )
        table.after[SERVICE, "RegisterScalableTarget"] = self._moved

    @property
    def _backend(self) -> Any:
        return self._account.backend("applicationautoscaling")

    def register_scalable_target(self, params: Params) -> Params:
        if not _ours(params):
            self._check_kept(params)
            raise PassOn
        resource = params["ResourceId"]
        endpoint, variant = variant_of(resource)
        fleet = self._deployments.fleets().get(endpoint)
        member = fleet.members.get(variant) if fleet is not None else None
        if fleet is None or not isinstance(member, Instances):
            raise invalid(f"The variant {resource} is not one with instances of an endpoint that is in service")
        found = self._target(resource)
        least = params.get("MinCapacity", found.min_capacity if found else None)
        most = params.get("MaxCapacity", found.max_capacity if found else None)
        if least is None or most is None:
            raise invalid("MinCapacity and MaxCapacity are required to register a scalable target")
        if least > most:
            raise invalid(f"Maximum capacity {most} cannot be less than minimum capacity {least}")
        if least < (0 if fleet.asynchronous else 1):
            raise invalid(f"MinCapacity {least}: only variants of asynchronous endpoints can be scaled in to 0")
        raise PassOn

    def _check_kept(self, params: Params) -> None:
        """What AWS asks of a target that is only kept here. Raises AwsError (ValidationException)."""
        resource, dimension = params["ResourceId"], params.get("ScalableDimension")
        if dimension == COPIES and not self._account.known["inference-component"](resource.partition("/")[2]):
            raise invalid(f"There is no inference component {resource.partition('/')[2]}")
        if dimension != WARM:
            return
        endpoint, variant = variant_of(resource)
        fleet = self._deployments.fleets().get(endpoint)
        member = fleet.members.get(variant) if fleet is not None else None
        config = member.config.get("ServerlessConfig", {}) if member is not None else {}
        if "ProvisionedConcurrency" not in config:
            raise invalid(f"The variant {resource} is no serverless one with provisioned concurrency")
        if params.get("MinCapacity", 1) < 1 or params.get("MaxCapacity", 1) > config["MaxConcurrency"]:
            raise invalid(f"The capacity of {resource} must be between 1 and {config['MaxConcurrency']}")

    def deregister_scalable_target(self, params: Params) -> Params:
        if not _ours(params):
            raise PassOn
        resource = params["ResourceId"]
        self._require(resource)
        for policy in [each for each in self._backend.policies.values() if each.resource_id == resource]:
            self._drop(policy)
        with self._account.lock:
            kept = [each for each in self._backend.scheduled_actions if each.resource_id != resource]
            self._backend.scheduled_actions[:] = kept
            self._backend.deregister_scalable_target("sagemaker", resource, DIMENSION)
        return {}

    def put_scaling_policy(self, params: Params) -> Params:
        if not _ours(params):
            raise PassOn
        resource, name = params["ResourceId"], params["PolicyName"]
        self._require(resource)
        kind = params.get("PolicyType", "StepScaling")
        body = _body(kind, params, resource)
        key = f"sagemaker\t{resource}\t{DIMENSION}\t{name}"
        with self._account.lock:
            before = self._backend.policies.get(key)
            policy = self._backend.put_scaling_policy(name, "sagemaker", resource, DIMENSION, body, kind)
            if before is not None:  # a policy keeps its name in AWS's world
                policy.policy_arn, policy.creation_time = before.policy_arn, before.creation_time
        if before is not None:
            self._delete_alarms(before)
        if kind == "TargetTrackingScaling":
            policy.alarms = [self._alarm(policy, resource, body, side) for side in _sides(body)]
        return {
            "PolicyARN": policy.policy_arn,
            "Alarms": [{"AlarmName": each.name, "AlarmARN": each.alarm_arn} for each in policy.alarms],
        }

    def delete_scaling_policy(self, params: Params) -> Params:
        if not _ours(params):
            raise PassOn
        name, resource = params["PolicyName"], params["ResourceId"]
        found = self._backend.policies.get(f"sagemaker\t{resource}\t{DIMENSION}\t{name}")
        if found is None:
            raise _missing(f"No scaling policy found for service namespace: sagemaker, resource ID: {resource}, "
                           f"scalable dimension: {DIMENSION}, policy name: {name}")  # fmt: skip
        self._drop(found)
        return {}

    def put_scheduled_action(self, params: Params) -> Params:
        if not _ours(params):
            raise PassOn
        target = self._require(params["ResourceId"])
        if "Schedule" in params:
            schedules.read(params["Schedule"], params.get("Timezone"))
        action = params.get("ScalableTargetAction", {})
        least = action.get("MinCapacity", target.min_capacity)
        most = action.get("MaxCapacity", target.max_capacity)
        if least > most:
            raise invalid(f"Maximum capacity {most} cannot be less than minimum capacity {least}")
        raise PassOn

    def _target(self, resource: str) -> Any:
        return self._backend.targets.get(DIMENSION, {}).get(resource)

    def _require(self, resource: str) -> Any:
        found = self._target(resource)
        if found is None:
            raise _missing(f"No scalable target registered for service namespace: sagemaker, resource ID: {resource}, "
                           f"scalable dimension: {DIMENSION}")  # fmt: skip
        return found

    def _drop(self, policy: Any) -> None:
        self._delete_alarms(policy)
        with self._account.lock:
            self._backend.delete_scaling_policy(policy.policy_name, "sagemaker", policy.resource_id, DIMENSION)

    def _delete_alarms(self, policy: Any) -> None:
        names = [alarm.name for alarm in policy.alarms]
        policy.alarms = []
        if names:
            self._account.client("cloudwatch").delete_alarms(AlarmNames=names)

    def _alarm(self, policy: Any, resource: str, body: Params, side: str) -> SimpleNamespace:
        name = f"TargetTracking-{resource}-Alarm{side}-{uuid.uuid4()}"
        high = side == "High"
        self._account.client("cloudwatch").put_metric_alarm(
            AlarmName=name,
            AlarmDescription=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.policy_arn}.",
            Period=PERIOD_S,
            EvaluationPeriods=HIGH_PERIODS if high else LOW_PERIODS,
            Threshold=body["TargetValue"] * (1.0 if high else LOW_SHARE),
            ComparisonOperator="GreaterThanThreshold" if high else "LessThanThreshold",
            AlarmActions=[policy.policy_arn],
            **metric_of(body, resource),
        )
        return SimpleNamespace(name=name, alarm_arn=self._account.arn("cloudwatch", f"alarm:{name}"))


def _ours(params: Params) -> bool:
    if params.get("ServiceNamespace") != "sagemaker":
        return False
    if params.get("ScalableDimension") in KEPT_DIMENSIONS:
        return False  # moto keeps targets and policies; nothing scales by them
    if params.get("ScalableDimension") != DIMENSION:
        raise invalid(f"Scalable dimension {params.get('ScalableDimension')} is not supported offline; {DIMENSION} is")
    return True


def _missing(message: str) -> AwsError:
    return AwsError("ObjectNotFoundException", message)


def _sides(body: Params) -> tuple[str, ...]:
    return ("High",) if body.get("DisableScaleIn") else ("High", "Low")


def _body(kind: str, params: Params, resource: str) -> Params:
    """The policy's configuration. Raises AwsError (ValidationException)."""
    if kind == "StepScaling":
        body = params.get("StepScalingPolicyConfiguration")
        if not body or not body.get("StepAdjustments") or "AdjustmentType" not in body:
            raise invalid("A step scaling policy needs an AdjustmentType and StepAdjustments")
        return body
    if kind != "TargetTrackingScaling":
        raise invalid(f"PolicyType {kind} is not supported offline")
    body = params.get("TargetTrackingScalingPolicyConfiguration")
    if not body or body.get("TargetValue", 0) <= 0:
        raise invalid("A target tracking policy needs a TargetValue above 0")
    if ("PredefinedMetricSpecification" in body) == ("CustomizedMetricSpecification" in body):
        raise invalid("Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be given")
    if "CustomizedMetricSpecification" in body:
        if "Metrics" in body["CustomizedMetricSpecification"]:
            raise invalid("Metric math in CustomizedMetricSpecification is not supported offline")
    elif body["PredefinedMetricSpecification"]["PredefinedMetricType"] != PREDEFINED:
        raise invalid(f"Of the predefined metrics {PREDEFINED} alone is supported offline")
    metric_of(body, resource)
    return body
