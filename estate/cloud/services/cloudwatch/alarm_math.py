"""Evaluates an alarm as CloudWatch does: statistics of periods, missing data, M out of N."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

EXTRA_PERIODS = 2  # CloudWatch looks further back than it must, to find data where some is missing
STATISTICS = ("SampleCount", "Sum", "Minimum", "Maximum", "Average")
EXTENDED = re.compile(r"(?P<kind>p|tm|wm|tc|ts)(?P<percent>\d{1,2}(\.\d{0,10})?|100)")
RANK = re.compile(r"PR\((?!:\))(?P<low>\d+(\.\d{1,10})?)?:(?P<high>\d+(\.\d{1,10})?)?\)")

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]

STATIC = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
BANDS = {
    "LessThanLowerOrGreaterThanUpperThreshold": "less than the lower thresholds or greater than the upper thresholds",
    "LessThanLowerThreshold": "less than the lower thresholds",
    "GreaterThanUpperThreshold": "greater than the upper thresholds",
}


@dataclass(frozen=True)
class Datum:
    """What was put at one time: a single value, or an aggregate of `count` values."""

    time_s: float
    count: float
    total: float
    least: float
    most: float


@dataclass(frozen=True)
class Rule:
    """How many of how many periods must breach, and what a period without data counts as."""

    period_s: int
    periods: int  # N
    datapoints: int  # M
    missing: str  # missing, ignore, breaching, notBreaching


@dataclass(frozen=True)
class Point:
    """One period's value, and what it is held against: one number, or the two ends of a band."""

    value: float
    threshold: tuple[float, ...]
    breaching: bool


@dataclass(frozen=True)
class Verdict:
    """The state that a rule comes to, None for `as it is`, and the datapoints that it looked at, newest first."""

    state: State | None
    points: tuple[Point, ...]
    starts: tuple[float, ...]


def looked_at(rule: Rule, now_s: float, *, current: bool) -> range:
    """Indices of the periods that are looked at, newest first. The current one counts as soon as it has data."""
    newest = int(now_s // rule.period_s) - (0 if current else 1)
    return range(newest, newest - rule.periods - EXTRA_PERIODS, -1)


def judge(rule: Rule, points: Mapping[int, Point], now_s: float) -> Verdict:
    """`points` are by the index of their period: the period of index i begins `i * period_s` after 1970."""
    indices = looked_at(rule, now_s, current=int(now_s // rule.period_s) in points)
    found = [(index, points[index]) for index in indices if index in points][: rule.periods]
    breaching = [indices[0] - index + 1 for index, point in found if point.breaching]
    state = _state(rule, len(breaching), len(found), max(breaching, default=0))
    return Verdict(
        state,
        tuple(point for _, point in found),
        tuple(float(index * rule.period_s) for index, _ in found),
    )


def _state(rule: Rule, breaching: int, real: int, oldest: int) -> State | None:
    """`oldest` is the age of the oldest breaching datapoint in periods; the newest period's is 1."""
    lacking = rule.periods - real
    if rule.missing == "breaching":
        return "ALARM" if breaching + lacking >= rule.datapoints else "OK"
    if breaching >= rule.datapoints:
        return "ALARM"
    if rule.missing == "notBreaching" or lacking == 0:
        return "OK"
    if real == 0:
        return None if rule.missing == "ignore" else "INSUFFICIENT_DATA"
    if breaching < real:
        return "OK"
    # All that is known breaches. CloudWatch waits until what breached is as old as an alarm takes, since the next
    # datapoint may be a good one; then it alarms, however many datapoints there were.
    return "ALARM" if rule.missing == "missing" and oldest >= rule.datapoints else None


def is_breaching(operator: str, value: float, threshold: Sequence[float]) -> bool:
    """`threshold` is one number for a static operator, and a band's lower and upper end for the others."""
    low, high = threshold[0], threshold[-1]
    return {
        "GreaterThanOrEqualToThreshold": value >= low,
        "GreaterThanThreshold": value > low,
        "LessThanThreshold": value < low,
        "LessThanOrEqualToThreshold": value <= low,
        "LessThanLowerOrGreaterThanUpperThreshold": value < low or value > high,
        "LessThanLowerThreshold": value < low,
        "GreaterThanUpperThreshold": value > high,
    }[operator]


def series(data: Sequence[Datum], name: str, period_s: int) -> dict[int, float]:
    """A statistic of each period that has data, by the period's index."""
    by_period: dict[int, list[Datum]] = {}
    for datum in data:
        by_period.setdefault(int(datum.time_s // period_s), []).append(datum)
    return {index: statistic(name, by_period[index]) for index in sorted(by_period)}


def is_statistic(name: str) -> bool:
    return name in STATISTICS or name == "IQM" or any(each.fullmatch(name) for each in (EXTENDED, RANK))


def statistic(name: str, data: Sequence[Datum]) -> float:
    """Of one period's data, which is not empty.

    `pNN` is a percentile, `tmNN` the mean, `wmNN` the winsorised mean, `tcNN` the count and `tsNN` the sum of the
    values up to it, `IQM` the mean between the quartiles, `PR(n:m)` the percentage of values above n and up to m; an
    aggregate enters these with its average.
    """
    if name == "SampleCount":
        return sum(datum.count for datum in data)
    if name == "Sum":
        return sum(datum.total for datum in data)
    if name == "Minimum":
        return min(datum.least for datum in data)
    if name == "Maximum":
        return max(datum.most for datum in data)
    if name == "Average":
        return sum(datum.total for datum in data) / sum(datum.count for datum in data)
    values = sorted(_spread(data))
    if name == "IQM":
        low, high = _percentile(25, values), _percentile(75, values)
        return _mean([value for value in values if low <= value <= high])
    if rank := RANK.fullmatch(name):
        low, high = float(rank["low"] or "-inf"), float(rank["high"] or "inf")
        return 100 * sum(low < value <= high for value in values) / len(values)
    match = EXTENDED.fullmatch(name)
    assert match is not None
    most = _percentile(float(match["percent"]), values)
    kept = [value for value in values if value <= most]
    return {
        "p": most,
        "tm": _mean(kept),
        "wm": _mean([min(value, most) for value in values]),
        "tc": float(len(kept)),
        "ts": sum(kept),
    }[match["kind"]]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(data: Sequence[Datum]) -> list[float]:
    return [datum.total / datum.count for datum in data for _ in range(max(1, round(datum.count)))]


def _percentile(percent: float, values: list[float]) -> float:
    """Linear between the two nearest ranks."""
    rank = (len(values) - 1) * percent / 100
    low, high = math.floor(rank), math.ceil(rank)
    return values[low] + (values[high] - values[low]) * (rank - low)
