"""Whether a metric left its own history, and since when."""

import math
from collections.abc import Sequence
from statistics import median

LEAST = 5  # points before that say what is usual
UNUSUAL = 3.5  # robust z-score, the usual cut for outliers (Iglewicz and Hoaglin, 1993)
FLOOR = 0.05  # share of the median that a metric may always move


Points = Sequence[tuple[float, float]]  # seconds since 1970, value; in the order of time


def robust_z(history: Sequence[float], value: float) -> float:
    """How far `value` lies from the median of `history`, in deviations as a normal distribution would have them."""
    middle = median(history)
    spread = 1.4826 * median(abs(each - middle) for each in history)
    scale = max(spread, FLOOR * abs(middle), 1e-9)
    return (value - middle) / scale


def deviation(points: Points, since: float) -> tuple[float, float] | None:
    """The largest robust z-score from `since` on, and when the metric left its history; None where it did not.

    What is usual is what was before `since`. A metric that was 0 before needs two points unlike it, or one far away.
    """
    before = [value for at, value in points if at < since]
    after = [(at, value) for at, value in points if at >= since]
    if len(before) < LEAST or not after:
        return None
    scores = [(robust_z(before, value), at) for at, value in after]
    unusual = [(score, at) for score, at in scores if abs(score) > UNUSUAL]
    if not unusual:
        return None
    largest = max(unusual, key=lambda each: abs(each[0]))[0]
    return largest, unusual[0][1]


def weight(score: float) -> float:
    """Evidence in a robust z-score: 0 at UNUSUAL, towards 0.8 for what has never been seen."""
    return 0.8 * (1.0 - math.exp(-max(0.0, abs(score) - UNUSUAL) / 4.0))


def recent(age_s: float, half_life_s: float = 1800.0) -> float:
    """How much of a change's weight is left after `age_s`; what came after the alert has none."""
    if age_s < 0:
        return 0.0
    return 0.5 ** (age_s / half_life_s)
