"""CloudWatch's anomaly detectors: which metrics have a band, and what it leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch.alarm_checks import invalid
from estate.cloud.services.cloudwatch.alarm_math import is_statistic
from estate.cloud.services.cloudwatch.alarm_records import page
from estate.cloud.services.cloudwatch.anomaly import TRAINED_ON_S, Model, fit
from estate.cloud.services.cloudwatch.metric_store import Metric, MetricStore, metric
from estate.cloud.services.cloudwatch.metric_values import Band
from estate.cloud.services.wire import AwsError, Params

Key = tuple[Metric, str]
TRAINING_PERIOD_S = 60
SINGLE = ("Namespace", "MetricName", "Dimensions", "Stat")


@dataclass
class Detector:
    metric: Params  # SingleMetricAnomalyDetector
    configuration: Params


class Detectors:
    def __init__(self, account: Account, store: MetricStore) -> None:
        self._account = account
        self._store = store
        self._detectors: dict[Key, Detector] = {}
        self._models: dict[tuple[Key, int, int], Model | None] = {}

    def put_anomaly_detector(self, params: Params) -> Params:
        single = _single(params)
        with self._account.lock:
            self._detectors[_key(single)] = Detector(single, params.get("Configuration") or {})
            self._models.clear()
        return {}

    def delete_anomaly_detector(self, params: Params) -> Params:
        with self._account.lock:
            if self._detectors.pop(_key(_single(params)), None) is None:
                raise AwsError("ResourceNotFoundException", "The anomaly detector does not exist.", 404)
            self._models.clear()
        return {}

    def describe_anomaly_detectors(self, params: Params) -> Params:
        types = params.get("AnomalyDetectorTypes") or ["SINGLE_METRIC"]
        dimensions = {(item["Name"], item["Value"]) for item in params.get("Dimensions") or ()}
        found = [
            self._described(key, detector)
            for key, detector in self._detectors.items()
            if "SINGLE_METRIC" in types
            and params.get("Namespace") in (None, key[0].namespace)
            and params.get("MetricName") in (None, key[0].name)
            and dimensions <= key[0].dimensions
        ]
        return page("AnomalyDetectors", found, {**params, "MaxRecords": params.get("MaxResults")})

    def ensure(self, stat: Params) -> None:
        """An alarm on a band makes the detector of its metric, where there is none."""
        of = stat["Metric"]
        single = {
            "Namespace": of["Namespace"],
            "MetricName": of["MetricName"],
            "Dimensions": of.get("Dimensions") or [],
            "Stat": stat["Stat"],
        }
        self._detectors.setdefault(_key(single), Detector(single, {}))

    def content(self) -> frozenset[str]:
        return frozenset(
            f"{key[0].namespace}/{key[0].name}/{sorted(key[0].dimensions)}/{key[1]}" for key in self._detectors
        )

    def band(self, stat: Params, values: Mapping[int, float], indices: range, width: float) -> Band:
        """The expected range of each of the periods, learnt from what came before them; empty while untrained.

        `values` has the whole past of the metric in periods of the query.
        """
        of = stat["Metric"]
        key = (metric(of["Namespace"], of["MetricName"], of.get("Dimensions")), stat["Stat"])
        detector = self._detectors.get(key)
        if detector is None or not indices:
            return Band({}, {})
        period_s = stat["Period"]
        model = self._model(key, detector, values, period_s, indices[0])
        if model is None:
            return Band({}, {})
        ends = {index: model.band(index * period_s, width) for index in indices}
        return Band({i: low for i, (low, _) in ends.items()}, {i: high for i, (_, high) in ends.items()})

    def _model(
        self, key: Key, detector: Detector, values: Mapping[int, float], period_s: int, before: int
    ) -> Model | None:
        left_out = detector.configuration.get("ExcludedTimeRanges") or ()
        since = before - TRAINED_ON_S // period_s
        points = [
            (float(index * period_s), value)
            for index, value in values.items()
            if since <= index < before
            and not any(_seconds(r["StartTime"]) <= index * period_s < _seconds(r["EndTime"]) for r in left_out)
        ]
        cached = (key, before, len(points))
        if cached not in self._models:
            if len(self._models) > 200:
                self._models.clear()
            self._models[cached] = fit(points)
        return self._models[cached]

    def _described(self, key: Key, detector: Detector) -> Params:
        series = self._store.series(key[0], key[1], TRAINING_PERIOD_S)
        points = [(float(index * TRAINING_PERIOD_S), value) for index, value in series.items()]
        state = "PENDING_TRAINING" if not points else "TRAINED" if fit(points) else "TRAINED_INSUFFICIENT_DATA"
        shown: dict[str, Any] = {**detector.metric, "SingleMetricAnomalyDetector": detector.metric, "StateValue": state}
        if detector.configuration:
            shown["Configuration"] = detector.configuration
        return shown


def _single(params: Params) -> Params:
    if params.get("MetricMathAnomalyDetector"):
        raise invalid("not emulated: anomaly detectors of metric math")
    inner = params.get("SingleMetricAnomalyDetector")
    outer = {name: params[name] for name in SINGLE if params.get(name) is not None}
    if inner and outer:
        raise AwsError(
            "InvalidParameterCombination", "SingleMetricAnomalyDetector cannot be combined with the other parameters."
        )
    found = {name: value for name in SINGLE if (value := (inner or outer).get(name)) is not None}
    for name in ("Namespace", "MetricName", "Stat"):
        if not found.get(name):
            raise AwsError("MissingParameter", f"The parameter {name} is required.")
    if not is_statistic(found["Stat"]):
        raise AwsError("InvalidParameterValue", f"The value {found['Stat']} for parameter Stat is not supported.")
    return {**found, "Dimensions": found.get("Dimensions") or []}


def _key(single: Params) -> Key:
    return metric(single["Namespace"], single["MetricName"], single["Dimensions"]), single["Stat"]


def _seconds(moment: float | datetime) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else float(moment)
