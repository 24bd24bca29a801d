"""Application Auto Scaling of endpoint variants: policies, by their alarms, and schedules change their instances.

Once a minute of the emulated clock, as CloudWatch asks a policy again while its alarm stays in ALARM.
"""

import threading
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.hosting.capacity import Capacity
from estate.cloud.services.hosting.deployments import Deployments
from estate.cloud.services.hosting.invoker import NAMESPACE
from estate.cloud.services.hosting.scaling import metrics, schedules
from estate.cloud.services.hosting.scaling.arithmetic import stepped, tracked
from estate.cloud.services.hosting.scaling.scaling_calls import DIMENSION, SERVICE, ScalingCalls, metric_of, variant_of
from estate.cloud.services.hosting.variants import Instances
from estate.cloud.services.store import page
from estate.cloud.services.wire import AwsError, Params, Table

EVERY_S = 60.0
MOST_MINUTES = 60  # that are caught up with at once
COOLDOWN_S = 300.0  # AWS's default for endpoint variants


@dataclass(frozen=True)
class Wish:
    """What one policy asks for, and why."""

    count: int
    cause: str
    cooldown_s: float


class Autoscaling:
    def __init__(
        self, account: Account, deployments: Deployments, capacity: Capacity, measures: Measures, clock: Clock
    ) -> None:
        self._account = account
        self._deployments = deployments
        self._capacity = capacity
        self._measures = measures
        self._clock = clock
        self._calls = ScalingCalls(account, deployments, self._bounds_moved)
        self._lock = threading.Lock()
        self._looked_s = clock.now_s()
        self._scheduled_s = clock.now_s()
        self._used = self._moved = False
        self._scaled_s: dict[tuple[str, bool], float] = {}  # by resource and direction: when it was done last
        self._activities: list[Params] = []

    def register(self, table: Table) -> None:
        self._calls.register(table)
        table.add(SERVICE, (self.describe_scaling_activities,))

    def describe_scaling_activities(self, params: Params) -> Params:
        wanted = [
            each
            for each in self._activities
            if each["ServiceNamespace"] == params["ServiceNamespace"]
            and params.get("ResourceId") in (None, each["ResourceId"])
        ]
        found, more = page(wanted, params, name="ActivityId", sorts={"StartTime": "StartTime"})
        return {"ScalingActivities": found, **more}

    def acted(self, arn: str) -> None:
        """An alarm went off whose action is a policy: it is followed within a minute of the clock. Raises AwsError."""
        policies = self._account.backend("applicationautoscaling").policies if self._used else {}
        if not any(policy.policy_arn == arn for policy in policies.values()):
            raise AwsError("ValidationError", "The scaling policy does not exist")

    def tick(self) -> None:
        if not self._used or not self._lock.acquire(blocking=False):
            return
        try:
            self._run_schedules()
            if self._moved:
                self._moved = False
                self._keep_bounds("the scalable target was registered")
            minutes = int((self._clock.now_s() - self._looked_s) // EVERY_S)
            if minutes:
                passed = [self._looked_s + EVERY_S * each for each in range(1, min(minutes, MOST_MINUTES) + 1)]
                self._looked_s += EVERY_S * minutes
                self._put_zeros(passed)
                self._follow()
        finally:
            self._lock.release()

    def _bounds_moved(self) -> None:
        self._used = self._moved = True

    def _targets(self) -> dict[str, Any]:
        return dict(self._account.backend("applicationautoscaling").targets.get(DIMENSION, {}))

    def _member(self, resource: str) -> Instances | None:
        endpoint, variant = variant_of(resource)
        fleet = self._deployments.fleets().get(endpoint)
        member = fleet.members.get(variant) if fleet is not None else None
        return member if isinstance(member, Instances) else None

    # --- schedules and bounds

    def _run_schedules(self) -> None:
        since_s, self._scheduled_s = self._scheduled_s, self._clock.now_s()
        for action in list(self._account.backend("applicationautoscaling").scheduled_actions):
            target = self._targets().get(action.resource_id)
            if target is None or _suspended(target, "ScheduledScalingSuspended"):
                continue
            made_s = self._clock.at(action.creation_time)
            for member, before in (("start_time", True), ("end_time", False)):
                bound = getattr(action, member)
                if bound is not None and (self._scheduled_s < float(bound)) == before:
                    break
            else:
                schedule = schedules.read(action.schedule, action.timezone)
                if schedules.due(schedule, made_s, since_s, self._scheduled_s):
                    wanted = action.scalable_target_action or {}
                    target.update(wanted.get("MinCapacity"), wanted.get("MaxCapacity"), None)
                    self._keep_bounds(f"scheduled action {action.scheduled_action_name}", action.resource_id)

    def _keep_bounds(self, why: str, only: str | None = None) -> None:
        for resource, target in self._targets().items():
            member = self._member(resource)
            if member is None or only not in (None, resource):
                continue
            if member.desired < target.min_capacity:
                cause = f"minimum capacity was set to {target.min_capacity} ({why})"
                self._set(resource, target.min_capacity, cause)
            elif member.desired > target.max_capacity:
                cause = f"maximum capacity was set to {target.max_capacity} ({why})"
                self._set(resource, target.max_capacity, cause)

    # --- policies

    def _follow(self) -> None:
        policies = [
            each
            for each in list(self._account.backend("applicationautoscaling").policies.values())
            if each.scalable_dimension == DIMENSION
        ]
        if not policies:
            return
        found = self._account.client("cloudwatch").describe_alarms(StateValue="ALARM", AlarmTypes=["MetricAlarm"])
        ringing = found["MetricAlarms"]
        for resource, target in self._targets().items():
            member = self._member(resource)
            if member is not None:
                mine = [each for each in policies if each.resource_id == resource]
                self._decide(resource, target, member, mine, ringing)

    def _decide(
        self, resource: str, target: Any, member: Instances, policies: list[Any], ringing: list[Params]
    ) -> None:
        wishes: list[Wish] = []
        shrinking = 0  # policies that let go of instances
        for policy in policies:
            for alarm in ringing:
                if policy.policy_arn in alarm["AlarmActions"]:
                    wish = self._wish(policy, alarm, member.desired)
                    wishes += [wish] if wish is not None else []
                    shrinking += wish is not None and wish.count < member.desired
        bounded = [
            Wish(max(target.min_capacity, min(target.max_capacity, wish.count)), wish.cause, wish.cooldown_s)
            for wish in wishes
        ]
        out = [wish for wish in bounded if wish.count > member.desired]
        # Scaling in needs every policy that can to agree; scaling out needs one.
        able = sum(not _tracking(policy).get("DisableScaleIn", False) for policy in policies)
        inward = [wish for wish in bounded if wish.count < member.desired] if shrinking == able else []
        best = max(out or inward, key=lambda wish: wish.count, default=None)
        if best is None:
            return
        outward = best.count > member.desired
        suspended = "DynamicScalingOutSuspended" if outward else "DynamicScalingInSuspended"
        if _suspended(target, suspended) or self._cooling(resource, best, outward=outward):
            return
        if self._set(resource, best.count, best.cause):
            self._scaled_s[resource, outward] = self._clock.now_s()

    def _cooling(self, resource: str, wish: Wish, *, outward: bool) -> bool:
        """A scale-out waits for scale-outs only, a scale-in for both."""
        relevant = [True] if outward else [True, False]
        last = max(self._scaled_s.get((resource, each), float("-inf")) for each in relevant)
        return self._clock.now_s() - last < wish.cooldown_s

    def _wish(self, policy: Any, alarm: Params, current: int) -> Wish | None:
        cause = f"monitor alarm {alarm['AlarmName']} in state ALARM triggered policy {policy.policy_name}"
        if policy.policy_type == "StepScaling":
            value = metrics.latest(self._account, self._clock, alarm, float(alarm["Period"]))
            if value is None:
                return None
            body = policy.step_scaling_policy_configuration
            count = stepped(current, value - alarm["Threshold"], body)
            return Wish(count, cause, body.get("Cooldown", COOLDOWN_S)) if count is not None else None
        body = _tracking(policy)
        value = metrics.latest(self._account, self._clock, metric_of(body, policy.resource_id), EVERY_S)
        if value is None or current == 0:  # what is 0 has no proportion: AWS, too, leaves 0 by step scaling only
            return None
        count = tracked(current, value, body["TargetValue"])
        name = "ScaleOutCooldown" if count > current else "ScaleInCooldown"
        return Wish(count, cause, body.get(name, COOLDOWN_S))

    def _put_zeros(self, minutes: list[float]) -> None:
        """Without traffic SageMaker puts zeros, so that a variant can scale in. Times are of the emulated clock."""
        for resource in self._targets():
            endpoint, variant = variant_of(resource)
            fleet = self._deployments.fleets().get(endpoint)
            if fleet is not None and variant in fleet.members and not fleet.asynchronous:
                dimensions = {"EndpointName": endpoint, "VariantName": variant}
                for minute in minutes:
                    moment = datetime.fromtimestamp(self._clock.real(minute), UTC)
                    self._measures.put(NAMESPACE, dimensions, {"InvocationsPerInstance": (0.0, "None")}, moment)

    # --- activities

    def _set(self, resource: str, count: int, cause: str) -> bool:
        endpoint, variant = variant_of(resource)
        activity: Params = {
            "ActivityId": str(uuid.uuid4()),
            "ServiceNamespace": "sagemaker",
            "ResourceId": resource,
            "ScalableDimension": DIMENSION,
            "Description": f"Setting desired instance count to {count}.",
            "Cause": cause,
            "StartTime": now(),
            "StatusCode": "InProgress",
        }
        self._activities.append(activity)
        try:
            done = self._capacity.change(endpoint, [{"VariantName": variant, "DesiredInstanceCount": count}])
        except AwsError as error:
            message = f"Failed to set desired instance count to {count}. Reason: {error.message}"
            activity.update(StatusCode="Failed", StatusMessage=message, EndTime=now())
            return False

        def run() -> None:
            done()
            message = f"Successfully set desired instance count to {count}. Change successfully fulfilled by sagemaker."
            activity.update(StatusCode="Successful", StatusMessage=message, EndTime=now())

        self._account.processes.spawn(run, f"scaling-{endpoint}")
        return True


def _tracking(policy: Any) -> Params:
    return policy.target_tracking_scaling_policy_configuration or {}


def _suspended(target: Any, member: str) -> bool:
    return bool((target.suspended_state or {}).get(member))
