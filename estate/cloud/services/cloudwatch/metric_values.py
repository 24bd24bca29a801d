"""What metric math counts with: numbers, time series, arrays of them; what a period lacks stays missing."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

Series = dict[int, float]  # by the index of the period
Array = list[Series]
Value = float | Series | Array


@dataclass(frozen=True)
class Band:
    """What ANOMALY_DETECTION_BAND gives: the expected range of each period."""

    low: Series
    high: Series


class MathError(Exception):
    """An expression that metric math does not have, or that does not fit its operands."""


@dataclass(frozen=True)
class Scope:
    """What an expression can name.

    `metrics` are the ids of the queries that are metrics, for METRICS(); `indices` the periods that are asked for,
    oldest first; `band` gives the expected range of the metric of an id.
    """

    values: Mapping[str, Value]
    metrics: Sequence[str]
    period_s: int
    indices: range
    band: Callable[[str, float], Band] | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


def each(value: Value, change: Callable[[float], float]) -> Value:
    if isinstance(value, list):
        return [_kept(series, change) for series in value]
    return _kept(value, change) if isinstance(value, dict) else _number(change, value)


def both(left: Value, right: Value, join: Callable[[float, float], float]) -> Value:
    """A period that one side lacks, or that cannot be computed, is missing in the result."""
    if isinstance(left, list) and isinstance(right, list):
        raise MathError("two arrays cannot be combined")
    if isinstance(left, list):
        return [_pair(item, right, join) for item in left]
    if isinstance(right, list):
        return [_pair(left, item, join) for item in right]
    if isinstance(left, int | float) and isinstance(right, int | float):
        return _number(lambda value: join(value, right), left)
    return _pair(left, right, join)


def _pair(left: Value, right: Value, join: Callable[[float, float], float]) -> Series:
    if isinstance(left, dict) and isinstance(right, dict):
        found = {index: _safe(lambda: join(left[index], right[index])) for index in left if index in right}  # noqa: B023
        return {index: value for index, value in found.items() if value is not None}
    if isinstance(left, dict) and isinstance(right, int | float):
        return _kept(left, lambda value: join(value, right))
    if isinstance(right, dict) and isinstance(left, int | float):
        return _kept(right, lambda value: join(left, value))
    return _mismatch()


def _kept(series: Series, change: Callable[[float], float]) -> Series:
    found = {index: _safe(lambda: change(value)) for index, value in series.items()}  # noqa: B023 - called at once
    return {index: value for index, value in found.items() if value is not None}


def _safe(work: Callable[[], float]) -> float | None:
    try:
        value = work()
    except (ArithmeticError, ValueError, TypeError):
        return None
    return value if math.isfinite(value) else None


def _number(change: Callable[[float], float], value: float) -> float:
    found = _safe(lambda: change(value))
    if found is None:
        raise MathError("the result is not a number")
    return found


def _mismatch() -> NoReturn:
    raise MathError("the operands do not fit together")
