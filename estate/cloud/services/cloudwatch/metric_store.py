"""CloudWatch's metrics: what was put, by metric and time. moto keeps the data; here it is found quickly."""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch.alarm_math import Datum, series


@dataclass(frozen=True)
class Metric:
    """A metric is its namespace, name and exactly these dimensions."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


def metric(namespace: str, name: str, dimensions: Sequence[Mapping[str, str]] | None) -> Metric:
    return Metric(namespace, name, frozenset((item["Name"], item["Value"]) for item in dimensions or ()))


class MetricStore:
    """An index over moto's list of data, which only grows; times are real ones."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._data: dict[Metric, list[tuple[str, Datum]]] = {}
        self._read = 0

    def metrics(self) -> list[Metric]:
        with self._account.lock:
            self._catch_up()
            return list(self._data)

    def data(self, of: Metric, unit: str | None = None, since_s: float | None = None) -> list[Datum]:
        """Data of a metric, oldest first: those that were put with `unit` where one is named, and since a time."""
        with self._account.lock:
            self._catch_up()
            found = self._data.get(of, [])
            start = 0 if since_s is None else bisect_left(found, since_s, key=_time)
            return [datum for has, datum in found[start:] if unit in (None, has)]

    def count(self, of: Metric) -> int:
        """How much data a metric has."""
        with self._account.lock:
            self._catch_up()
            return len(self._data.get(of, ()))

    def unit(self, of: Metric) -> str:
        """The unit that a metric was last put with."""
        with self._account.lock:
            self._catch_up()
            found = self._data.get(of)
            return found[-1][0] if found else "None"

    def series(self, of: Metric, statistic: str, period_s: int, unit: str | None = None) -> dict[int, float]:
        """A statistic by the index of its period of real time."""
        return series(self.data(of, unit), statistic, period_s)

    def _catch_up(self) -> None:
        listed = self._account.backend("cloudwatch").metric_data
        if len(listed) < self._read:
            self._data.clear()
            self._read = 0
        for item in listed[self._read :]:
            key = Metric(item.namespace, item.name, frozenset((part.name, part.value) for part in item.dimensions))
            insort(self._data.setdefault(key, []), (item.unit or "None", _datum(item)), key=_time)
        self._read = len(listed)


def _time(entry: tuple[str, Datum]) -> float:
    return entry[1].time_s


def _datum(item: Any) -> Datum:
    moment = item.timestamp if item.timestamp.tzinfo is not None else item.timestamp.replace(tzinfo=UTC)
    real_s = moment.timestamp()
    if isinstance(item, MetricAggregatedDatum):
        return Datum(real_s, item.sample_count, item.sum, item.min, item.max)
    return Datum(real_s, 1.0, item.value, item.value, item.value)
