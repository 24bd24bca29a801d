"""The metric that a scaling policy follows, as CloudWatch has it."""

from datetime import UTC
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.wire import Params

ENOUGH = 1000  # data that are too old, newest first, after which none is expected that is not


def latest(account: Account, clock: Clock, metric: Params, period_s: float) -> float | None:
    """Its statistic over the last whole period of the emulated clock that has data, of the last three; None: none has.

    `metric` has Namespace, MetricName, Dimensions and Statistic, as an alarm has them.
    """
    wanted = {(item["Name"], item["Value"]) for item in metric.get("Dimensions", [])}
    period = int(clock.now_s() // period_s)
    found: dict[int, list[Any]] = {}
    old = 0
    with account.lock:
        for item in reversed(account.backend("cloudwatch").metric_data):
            moment = item.timestamp if item.timestamp.tzinfo is not None else item.timestamp.replace(tzinfo=UTC)
            index = int(clock.at(moment.timestamp()) // period_s)
            if index < period - 3:
                old += 1
                if old > ENOUGH:
                    break
                continue
            if (item.namespace, item.name) != (metric["Namespace"], metric["MetricName"]):
                continue
            if {(part.name, part.value) for part in item.dimensions} == wanted:
                found.setdefault(index, []).append(item)
    for index in (period - 1, period - 2, period - 3):
        if index in found:
            return _statistic(found[index], metric["Statistic"])
    return None


def _statistic(items: list[Any], name: str) -> float:
    total = sum(_part(item, "sum") for item in items)
    count = sum(_part(item, "sample_count") for item in items)
    return {
        "Sum": total,
        "SampleCount": count,
        "Average": total / count,
        "Minimum": min(_part(item, "min") for item in items),
        "Maximum": max(_part(item, "max") for item in items),
    }[name]


def _part(item: Any, name: str) -> float:
    """Of a datum that was put as a set of statistics, or of a single value."""
    return getattr(item, name) if hasattr(item, "sample_count") else 1.0 if name == "sample_count" else item.value
