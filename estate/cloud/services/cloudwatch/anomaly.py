"""CloudWatch anomaly detection: the range that a metric is expected in, learnt from its past.

AWS does not publish its model. This one is a robust stand-in: the median of the same hour of the week, or where that
was seen too rarely of the same hour of the day, or of everything, give or take a number of standard deviations, which
are estimated from the median absolute deviation of what is left. It follows neither trends nor outliers.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

TRAINED_ON_S = 14 * 86400  # CloudWatch trains on up to two weeks
LEAST_POINTS = 15
LEAST_OF_A_SEASON = 3
DEVIATION = 1.4826  # of a normal distribution: its standard deviation over its median absolute deviation
LEAST_SPREAD = 0.001  # of the expected value: a metric that never moved still gets a band


@dataclass(frozen=True)
class Model:
    """What is expected at an hour of the week (Monday 00:00 UTC is 0), and by how much values stray."""

    weekly: Mapping[int, float]
    daily: Mapping[int, float]
    overall: float
    spread: float

    def band(self, shown_s: float, width: float) -> tuple[float, float]:
        """Lower and upper end at a moment; `width` is in standard deviations."""
        hour = _hour(shown_s)
        middle = self.weekly.get(hour, self.daily.get(hour % 24, self.overall))
        reach = width * max(self.spread, LEAST_SPREAD * abs(middle))
        return middle - reach, middle + reach


def fit(points: Sequence[tuple[float, float]]) -> Model | None:
    """A model of (time, value); None where there is too little to learn from."""
    if len(points) < LEAST_POINTS:
        return None
    weekly = _medians(points, _hour)
    daily = _medians(points, lambda shown_s: _hour(shown_s) % 24)
    overall = statistics.median(value for _, value in points)
    strayed = [
        abs(value - weekly.get(_hour(time_s), daily.get(_hour(time_s) % 24, overall))) for time_s, value in points
    ]
    spread = DEVIATION * statistics.median(strayed)
    if spread == 0:  # more than half of the values are alike: the others still say how far they stray
        spread = statistics.fmean(strayed)
    return Model(weekly, daily, overall, spread)


def _medians(points: Sequence[tuple[float, float]], season: Callable[[float], int]) -> dict[int, float]:
    found: dict[int, list[float]] = {}
    for time_s, value in points:
        found.setdefault(season(time_s), []).append(value)
    return {key: statistics.median(values) for key, values in found.items() if len(values) >= LEAST_OF_A_SEASON}


def _hour(shown_s: float) -> int:
    moment = datetime.fromtimestamp(shown_s, UTC)
    return moment.weekday() * 24 + moment.hour
