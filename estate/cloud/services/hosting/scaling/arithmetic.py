"""What a scaling policy makes of a metric: pure arithmetic."""

import math
from collections.abc import Sequence

from estate.cloud.services.wire import Params

LOW_SHARE = 0.9  # of the target; below it a target-tracking policy scales in


def tracked(current: int, value: float, target: float) -> int:
    """Capacity at which a metric that is in inverse proportion to it meets its target."""
    return math.ceil(current * value / target - 1e-9)


def stepped(current: int, over: float, policy: Params) -> int | None:
    """Capacity after the step for a metric that is `over` above its alarm's threshold; None where no step is for it."""
    step = _step(over, policy["StepAdjustments"])
    if step is None:
        return None
    amount = step["ScalingAdjustment"]
    kind = policy["AdjustmentType"]
    if kind == "ExactCapacity":
        return amount
    if kind == "ChangeInCapacity":
        return current + amount
    change = current * amount / 100
    # As documented: beyond 1 towards zero, between 0 and 1 to one instance, and at least the minimum magnitude.
    whole = math.trunc(change) if abs(change) >= 1 else int(math.copysign(1, change)) if change else 0
    least = policy.get("MinAdjustmentMagnitude", 0)
    if whole and abs(whole) < least:
        whole = int(math.copysign(least, whole))
    return current + whole


def _step(over: float, steps: Sequence[Params]) -> Params | None:
    """Bounds are inclusive at the side of the threshold."""
    for step in steps:
        low, high = step.get("MetricIntervalLowerBound", -math.inf), step.get("MetricIntervalUpperBound", math.inf)
        if (low <= over < high) if over >= 0 else (low < over <= high):
            return step
    return None
