"""A metric alarm against its data: the state that it should be in, and the words for it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from estate.cloud.services.account import now
from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch.alarm_math import (
    BANDS,
    EXTRA_PERIODS,
    STATIC,
    Point,
    Rule,
    Verdict,
    is_breaching,
    judge,
)
from estate.cloud.services.cloudwatch.alarm_records import Alarm
from estate.cloud.services.cloudwatch.metric_queries import Queries, Time
from estate.cloud.services.cloudwatch.metric_values import Band
from estate.cloud.services.wire import Params

WATCHED = "m1"
LOOKBACK = 2  # periods more than are judged, for functions that look at the one before


def rule_of(alarm: Alarm) -> Rule:
    given = alarm.given
    periods = int(given["EvaluationPeriods"])
    stats = [query["MetricStat"]["Period"] for query in queries_of(alarm) if "MetricStat" in query]
    period_s = stats[0] if stats else next(query["Period"] for query in given["Metrics"] if query.get("Period"))
    missing = given.get("TreatMissingData") or "missing"
    return Rule(period_s, periods, int(given.get("DatapointsToAlarm") or periods), missing)


def queries_of(alarm: Alarm) -> list[Params]:
    """An alarm on one metric is one on the expression that is that metric."""
    given = alarm.given
    if "Metrics" in given:
        return given["Metrics"]
    of = {key: given[key] for key in ("Namespace", "MetricName", "Dimensions") if given.get(key)}
    stat = {"Metric": of, "Period": given["Period"], "Stat": given.get("ExtendedStatistic") or given["Statistic"]}
    return [{"Id": WATCHED, "MetricStat": stat | ({"Unit": given["Unit"]} if given.get("Unit") else {})}]


def verdict(alarm: Alarm, rule: Rule, queries: Queries, clock: Clock) -> Verdict:
    """Raises AwsError where an expression cannot be computed."""
    listed = queries_of(alarm)
    now_s = clock.now_s()
    newest = int(now_s // rule.period_s)
    looked = range(newest - rule.periods - EXTRA_PERIODS - LOOKBACK, newest + 1)
    # What FILL would put into a period that has only begun is no datapoint yet.
    found = queries.compute(listed, Time(clock.at, clock.real), lambda _: looked, begun=True)
    band_id = alarm.given.get("ThresholdMetricId")
    watched = next(item["Id"] for item in listed if item.get("ReturnData", True) and item["Id"] != band_id)
    value = found[watched]
    assert isinstance(value, dict)
    threshold = found[band_id] if band_id else float(alarm.given["Threshold"])
    assert isinstance(threshold, Band | int | float)
    return judge(rule, _points(value, threshold, alarm.given["ComparisonOperator"]), now_s)


def _points(values: Mapping[int, float], threshold: Band | float, operator: str) -> dict[int, Point]:
    """Where a band has no range yet, there is nothing to hold a value against."""
    found = {}
    for index, value in values.items():
        if isinstance(threshold, Band):
            ends: tuple[float, ...] = tuple(end[index] for end in (threshold.low, threshold.high) if index in end)
        else:
            ends = (threshold,)
        if ends:
            found[index] = Point(value, ends, is_breaching(operator, value, ends))
    return found


def reason(alarm: Alarm, rule: Rule, found: Verdict, clock: Clock) -> tuple[str, str]:
    """CloudWatch's words and its machine-readable reason."""
    given = alarm.given
    stamps = [datetime.fromtimestamp(clock.real(start), UTC) for start in found.starts]
    listed = [f"{point.value} ({stamp:%d/%m/%y %H:%M:%S})" for point, stamp in zip(found.points, stamps, strict=True)]
    data: Params = {
        "version": "1.0",
        "queryDate": f"{now():%Y-%m-%dT%H:%M:%S.000+0000}",
        "period": rule.period_s,
        "recentDatapoints": [point.value for point in reversed(found.points)],
        **({"startDate": f"{stamps[-1]:%Y-%m-%dT%H:%M:%S.000+0000}"} if stamps else {}),
        **({"statistic": name} if (name := given.get("ExtendedStatistic") or given.get("Statistic")) else {}),
        **({"threshold": float(given["Threshold"])} if "Threshold" in given else {}),
        "evaluatedDatapoints": [
            {"timestamp": f"{stamp:%Y-%m-%dT%H:%M:%S.000+0000}", "value": point.value, **_ends(point)}
            for point, stamp in zip(found.points, stamps, strict=True)
        ],
    }
    return _words(alarm, rule, found, listed), json.dumps(data)


def _ends(point: Point) -> Params:
    low, high = point.threshold[0], point.threshold[-1]
    return {"thresholdLower": low, "thresholdUpper": high} if len(point.threshold) == 2 else {}


def _words(alarm: Alarm, rule: Rule, found: Verdict, listed: list[str]) -> str:
    operator, state = alarm.given["ComparisonOperator"], found.state
    if state == "INSUFFICIENT_DATA":
        noun = "datapoint was" if rule.periods == 1 else "datapoints were"
        return f"Insufficient Data: {rule.periods} {noun} unknown."
    if not found.points:
        noun = "period" if rule.periods == 1 else "periods"
        return (
            f"Threshold Crossed: no datapoints were received for {rule.periods} {noun} and {rule.periods} missing "
            f"datapoints were treated as [{'Breaching' if rule.missing == 'breaching' else 'NonBreaching'}]."
        )
    count = sum(point.breaching for point in found.points) if state == "ALARM" else len(found.points)
    verb, negated = ("was" if count == 1 else "were"), ("" if state == "ALARM" else "not ")
    if operator in STATIC:
        against = f"{STATIC[operator]} the threshold ({float(alarm.given['Threshold'])})"
    else:
        ends = "; ".join(f"[{point.threshold[0]}, {point.threshold[-1]}]" for point in found.points)
        against = f"{BANDS[operator]} [{ends}]"
    way = {"ALARM": "OK -> ALARM", "OK": "ALARM -> OK"}[state or "OK"]
    least = rule.datapoints if state == "ALARM" else rule.periods - rule.datapoints + 1
    noun = "datapoint" if least == 1 else "datapoints"
    return (
        f"Threshold Crossed: {count} out of the last {rule.periods} datapoints [{', '.join(listed)}] {verb} {negated}"
        f"{against} (minimum {least} {noun} for {way} transition)."
    )
