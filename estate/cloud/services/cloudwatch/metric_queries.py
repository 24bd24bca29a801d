"""Queries of metrics, as alarms and GetMetricData make them: metrics and expressions over them, computed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from estate.cloud.services.cloudwatch.alarm_checks import in_order, invalid, period_of
from estate.cloud.services.cloudwatch.alarm_math import series
from estate.cloud.services.cloudwatch.anomaly_detectors import Detectors
from estate.cloud.services.cloudwatch.metric_math import compute
from estate.cloud.services.cloudwatch.metric_store import MetricStore, metric
from estate.cloud.services.cloudwatch.metric_values import Band, MathError, Scope, Series, Value
from estate.cloud.services.wire import Params

DEFAULT_S = 300


@dataclass(frozen=True)
class Time:
    """From real time, which data have, to the time that periods are counted in, and back."""

    to: Callable[[float], float]
    back: Callable[[float], float]


REAL = Time(lambda real_s: real_s, lambda real_s: real_s)


class Queries:
    """Computes queries, in the time that they ask for: an alarm's clock may run faster than that of its data."""

    def __init__(self, store: MetricStore, detectors: Detectors) -> None:
        self._store = store
        self._detectors = detectors

    def compute(
        self, queries: Sequence[Params], time: Time, indices: Callable[[int], range], *, begun: bool = False
    ) -> dict[str, Value | Band]:
        """What every query gives in the periods that `indices` names for a period's length; oldest first.

        With `begun`, the last period has only begun: while no metric has data in it, nothing else puts any there.
        Raises AwsError (ValidationError) where an expression cannot be computed.
        """
        stats = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
        values: dict[str, Value] = {
            id: self._series(stat, time, indices(stat["Period"]).start) for id, stat in stats.items()
        }
        periods = {stat["Period"] for stat in stats.values()}
        for id, stat in stats.items():
            last = indices(stat["Period"]).stop
            values[id] = {index: value for index, value in _series_of(values[id]).items() if index < last}
        found: dict[str, Value | Band] = dict(values)
        for query in in_order(list(queries)):
            period_s = period_of(query) or max(periods, default=DEFAULT_S)
            if periods - {period_s}:
                raise invalid(f"{query['Id']}: not emulated: an expression over metrics of different periods")
            looked = indices(period_s)
            if begun and not any(looked[-1] in _series_of(values[id]) for id in stats):
                looked = looked[:-1]
            value = self._expression(
                query, Scope(values, list(stats), period_s, looked, self._band(stats, time, looked))
            )
            found[query["Id"]] = value
            if not isinstance(value, Band):
                values[query["Id"]] = value
        return found

    def count(self, queries: Sequence[Params]) -> int:
        """How much data the metrics have that queries name."""
        named = [query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query]
        return sum(self._store.count(metric(of["Namespace"], of["MetricName"], of.get("Dimensions"))) for of in named)

    def _expression(self, query: Params, scope: Scope) -> Value | Band:
        try:
            return compute(query["Expression"], scope)
        except MathError as error:
            raise invalid(f"Error in expression '{query['Id']}': {error}") from None

    def _band(self, stats: Params, time: Time, looked: range) -> Callable[[str, float], Band]:
        def band(id: str, width: float) -> Band:
            if id not in stats:
                raise MathError("ANOMALY_DETECTION_BAND takes the id of a metric")
            return self._detectors.band(stats[id], self._series(stats[id], time, None), looked, width)

        return band

    def _series(self, stat: Params, time: Time, first: int | None) -> Series:
        """A MetricStat, from a period on or over all of its data."""
        of = stat["Metric"]
        since_s = time.back(first * stat["Period"]) if first is not None else None
        data = self._store.data(
            metric(of["Namespace"], of["MetricName"], of.get("Dimensions")), stat.get("Unit"), since_s
        )
        return series([replace(datum, time_s=time.to(datum.time_s)) for datum in data], stat["Stat"], stat["Period"])


def _series_of(value: Value) -> Series:
    assert isinstance(value, dict)
    return value
