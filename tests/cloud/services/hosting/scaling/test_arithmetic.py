"""What policies make of metrics."""

from typing import Any

import pytest

from estate.cloud.services.hosting.scaling.arithmetic import stepped, tracked


@pytest.mark.parametrize(
    ("current", "value", "target", "expected"),
    [(1, 100.0, 100.0, 1), (1, 101.0, 100.0, 2), (2, 300.0, 100.0, 6), (4, 10.0, 100.0, 1), (3, 0.0, 100.0, 0)],
)
def test_capacity_that_meets_the_target(current: int, value: float, target: float, expected: int) -> None:
    assert tracked(current, value, target) == expected


def steps(kind: str, *adjustments: tuple[float | None, float | None, int], **more: int) -> dict[str, Any]:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound", "ScalingAdjustment")
    found = [
        {name: value for name, value in zip(names, each, strict=True) if value is not None} for each in adjustments
    ]
    return {"AdjustmentType": kind, "StepAdjustments": found, **more}


@pytest.mark.parametrize(
    ("over", "policy", "expected"),
    [
        (0.0, steps("ChangeInCapacity", (0, 10, 1), (10, None, 3)), 11),
        (10.0, steps("ChangeInCapacity", (0, 10, 1), (10, None, 3)), 13),
        (-5.0, steps("ChangeInCapacity", (None, -5, -2), (-5, 0, -1)), 8),
        (-4.0, steps("ChangeInCapacity", (None, -5, -2), (-5, 0, -1)), 9),
        (1.0, steps("ExactCapacity", (0, None, 4)), 4),
        (1.0, steps("PercentChangeInCapacity", (0, None, 25)), 12),
        (1.0, steps("PercentChangeInCapacity", (0, None, 5)), 11),
        (1.0, steps("PercentChangeInCapacity", (0, None, 25), MinAdjustmentMagnitude=5), 15),
        (-1.0, steps("ChangeInCapacity", (0, None, 1)), None),
    ],
)
def test_the_step_for_a_breach(over: float, policy: dict[str, Any], expected: int | None) -> None:
    assert stepped(10, over, policy) == expected
