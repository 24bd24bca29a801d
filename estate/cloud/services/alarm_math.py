"""Evaluates an alarm as CloudWatch does: statistics of periods, missing data, M out of N."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

EXTRA_PERIODS = 2  # CloudWatch looks further back than it must, to find data where some is missing


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
    """An alarm on a static threshold."""

    period_s: int
    periods: int  # N
    datapoints: int  # M
    statistic: str
    operator: str
    threshold: float
    missing: str  # missing, ignore, breaching, notBreaching


@dataclass(frozen=True)
class Verdict:
    """The state that a rule comes to, None for `as it is`, and the datapoints that it looked at, newest first."""

    state: str | None
    values: tuple[float, ...]
    starts: tuple[float, ...]


def evaluate(rule: Rule, data: Sequence[Datum], now_s: float) -> Verdict:
    """The latest period counts as soon as it has data; while it has none, it is not yet looked at."""
    by_period: dict[int, list[Datum]] = {}
    for datum in data:
        by_period.setdefault(int(datum.time_s // rule.period_s), []).append(datum)
    current = int(now_s // rule.period_s)
    newest = current if current in by_period else current - 1
    looked_at = range(newest, newest - rule.periods - EXTRA_PERIODS, -1)
    found = [(index, statistic(rule.statistic, by_period[index])) for index in looked_at if index in by_period]
    found = found[: rule.periods]
    values = tuple(value for _, value in found)
    starts = tuple(float(index * rule.period_s) for index, _ in found)
    breaching = sum(is_breaching(rule.operator, value, rule.threshold) for value in values)
    return Verdict(_state(rule, breaching, len(values)), values, starts)


def _state(rule: Rule, breaching: int, real: int) -> str | None:
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
    # All that is known breaches: with nothing to the contrary, CloudWatch alarms.
    return None if rule.missing == "ignore" else "ALARM"


def is_breaching(operator: str, value: float, threshold: float) -> bool:
    return {
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "GreaterThanThreshold": value > threshold,
        "LessThanThreshold": value < threshold,
        "LessThanOrEqualToThreshold": value <= threshold,
    }[operator]


def statistic(name: str, data: Sequence[Datum]) -> float:
    """Of one period's data, which is not empty. `pNN` is a percentile; an aggregate enters it with its average."""
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
    return _percentile(float(name[1:]), sorted(_spread(data)))


def _spread(data: Sequence[Datum]) -> list[float]:
    return [datum.total / datum.count for datum in data for _ in range(max(1, round(datum.count)))]


def _percentile(percent: float, values: list[float]) -> float:
    """Linear between the two nearest ranks."""
    rank = (len(values) - 1) * percent / 100
    low, high = math.floor(rank), math.ceil(rank)
    return values[low] + (values[high] - values[low]) * (rank - low)
