"""Queries of metrics, as alarms and GetMetricData make them: metrics and expressions over them, computed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from estate.cloud.services.alarm_checks import in_order, invalid, period_of
from estate.cloud.services.alarm_math import Datum, series
from estate.cloud.services.anomaly_detectors import Detectors
from estate.cloud.services.metric_math import compute
from estate.cloud.services.metric_store import MetricStore, metric
from estate.cloud.services.metric_values import Band, MathError, Scope, Series, Value
from estate.cloud.services.wire import Params

Moments = Callable[[float], float]  # from real time to the time that periods are counted in


class Queries:
    """Computes queries. `at` says in which time periods are counted: an alarm's clock may run faster than data's."""

    def __init__(self, store: MetricStore, detectors: Detectors) -> None:
        self._store = store
        self._detectors = detectors

    def past(self, stat: Params, at: Moments) -> Series:
        """A MetricStat over all of its data."""
        of = stat["Metric"]
        found = self._store.data(metric(of["Namespace"], of["MetricName"], of.get("Dimensions")), stat.get("Unit"))
        return series(_shown(found, at), stat["Stat"], stat["Period"])

    def compute(
        self, queries: Sequence[Params], at: Moments, indices: Callable[[int], range], default_s: int
    ) -> dict[str, Value | Band]:
        """What every query gives in the periods that `indices` names for a period's length; oldest first.

        Raises AwsError (ValidationError) where an expression cannot be computed.
        """
        stats = {query["Id"]: query["MetricStat"] for query in queries if "MetricStat" in query}
        pasts = {id: self.past(stat, at) for id, stat in stats.items()}
        periods = {id: stat["Period"] for id, stat in stats.items()}
        values: dict[str, Value] = {id: _within(past, indices(periods[id])) for id, past in pasts.items()}
        found: dict[str, Value | Band] = dict(values)
        for query in in_order(list(queries)):
            period_s = period_of(query) or max(periods.values(), default=default_s)
            if {period for period in periods.values() if period != period_s}:
                raise invalid(f"{query['Id']}: not emulated: an expression over metrics of different periods")
            looked = indices(period_s)

            def band(id: str, width: float, looked: range = looked) -> Band:
                if id not in stats:
                    raise MathError("ANOMALY_DETECTION_BAND takes the id of a metric")
                return self._detectors.band(stats[id], pasts[id], looked, width)

            try:
                value = compute(query["Expression"], Scope(values, list(stats), period_s, looked, band))
            except MathError as error:
                raise invalid(f"Error in expression '{query['Id']}': {error}") from None
            found[query["Id"]] = value
            if not isinstance(value, Band):
                values[query["Id"]] = value
        return found


def _within(values: Mapping[int, float], indices: range) -> Series:
    return {index: value for index, value in values.items() if index in indices}


def _shown(data: Sequence[Datum], at: Moments) -> list[Datum]:
    return [replace(datum, time_s=at(datum.time_s)) for datum in data]
