"""What CloudWatch refuses of an alarm when it is put."""

import json
import re
from collections.abc import Iterator
from typing import Any

from estate.cloud.services.cloudwatch.alarm_math import BANDS, STATIC, is_statistic
from estate.cloud.services.cloudwatch.metric_math import compute, names
from estate.cloud.services.cloudwatch.metric_values import Band, MathError, Scope, Value
from estate.cloud.services.wire import AwsError, Params

DAY_S = 86400
FAST = (10, 20, 30)
MOST_ACTIONS = 5
MOST_METRICS = 10  # that an alarm's expressions may count with
ARN = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*:\d*:.+")
METRIC_ONLY = ("Namespace", "MetricName", "Dimensions", "Period", "Statistic", "ExtendedStatistic", "Unit")


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def actions(params: Params, services: tuple[str, ...]) -> None:
    for member in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        given = params.get(member) or []
        if len(given) > MOST_ACTIONS:
            raise invalid(f"{member}: at most {MOST_ACTIONS} actions are allowed, not {len(given)}")
        for arn in given:
            if not ARN.fullmatch(arn):
                raise invalid(f"Invalid arn syntax: {arn}")
            if arn.split(":")[2] not in services:
                raise invalid(f"Unsupported action in {member}: {arn}")


def metric_alarm(params: Params) -> None:
    """Raises AwsError."""
    actions(params, ("sns", "lambda", "autoscaling", "automate", "ssm", "ssm-incidents", "swf", "aiops"))
    if params.get("TreatMissingData", "missing") not in ("missing", "ignore", "breaching", "notBreaching"):
        raise invalid(f"Option {params['TreatMissingData']} is not supported for parameter TreatMissingData.")
    if params.get("EvaluateLowSampleCountPercentile", "ignore") not in ("evaluate", "ignore"):
        raise invalid("Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.")
    datapoints = params.get("DatapointsToAlarm")
    if datapoints is not None and datapoints > params["EvaluationPeriods"]:
        raise invalid("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
    _threshold(params)
    if params.get("Metrics"):
        if any(params.get(member) for member in METRIC_ONLY):
            raise AwsError(
                "InvalidParameterCombination",
                f"The parameters Metrics and {', '.join(METRIC_ONLY)} are mutually exclusive.",
            )
        period_s = _queries(params)
    else:
        period_s = _one_metric(params)
    _length(period_s, params["EvaluationPeriods"])


def period(value: Any) -> None:
    if value not in FAST and (not value or value % 60):
        raise invalid("Period must be 10, 20, 30 or a multiple of 60")


def _length(period_s: int, periods: int) -> None:
    longest = DAY_S if period_s < 3600 else 7 * DAY_S
    if period_s * periods > longest:
        raise invalid(
            f"Metrics cannot be checked across more than {longest // DAY_S} day(s): EvaluationPeriods * Period must be "
            f"at most {longest}"
        )


def _threshold(params: Params) -> None:
    operator, band = params["ComparisonOperator"], params.get("ThresholdMetricId")
    if band is not None and "Threshold" in params:
        raise AwsError(
            "InvalidParameterCombination", "The parameters Threshold and ThresholdMetricId are mutually exclusive."
        )
    if operator in BANDS and band is None:
        raise invalid(f"ComparisonOperator {operator} requires ThresholdMetricId")
    if operator in STATIC and band is not None:
        raise invalid(f"ComparisonOperator {operator} cannot be used with ThresholdMetricId")
    if operator in STATIC and params.get("Threshold") is None:
        raise invalid("The parameter Threshold is required for static threshold alarms.")


def _one_metric(params: Params) -> int:
    for member in ("MetricName", "Namespace", "Period"):
        if not params.get(member):
            raise AwsError("MissingParameter", f"The parameter {member} is required.")
    given = [params[member] for member in ("Statistic", "ExtendedStatistic") if params.get(member)]
    if len(given) == 2:
        raise AwsError(
            "InvalidParameterCombination", "The parameters Statistic and ExtendedStatistic are mutually exclusive."
        )
    if not given:
        raise AwsError("MissingParameter", "The parameter Statistic or ExtendedStatistic is required.")
    if not is_statistic(given[0]):
        raise AwsError(
            "InvalidParameterValue", f"The value {given[0]} for parameter ExtendedStatistic is not supported."
        )
    if params.get("ThresholdMetricId"):
        raise invalid("ThresholdMetricId requires Metrics")
    period(params["Period"])
    return params["Period"]


def _queries(params: Params) -> int:
    """The period of all metrics of an alarm on an expression; they must agree on one."""
    queries, band = params["Metrics"], params.get("ThresholdMetricId")
    ids = [query["Id"] for query in queries]
    if len(set(ids)) != len(ids):
        raise invalid("The values for parameter Id in Metrics must be unique")
    for query in queries:
        one_query(query)
    if sum("MetricStat" in query for query in queries) > MOST_METRICS:
        raise invalid(f"An alarm can reference at most {MOST_METRICS} metrics.")
    periods = {period for query in queries if (period := period_of(query)) is not None}
    if len(periods) != 1:
        raise invalid(f"All metrics of an alarm must have the same Period, not {sorted(periods)}")
    returned = [query["Id"] for query in queries if query.get("ReturnData", True)]
    watched = [id for id in returned if id != band]
    if band is not None and band not in ids:
        raise invalid("Metrics list must contain exactly one metric matching the ThresholdMetricId parameter")
    if len(watched) != 1:
        raise invalid("Exactly one element of the metrics list should return data.")
    found = dict(typed(queries))
    for id, value in found.items():
        if isinstance(value, Band) != (id == band):
            raise invalid(f"{id}: ANOMALY_DETECTION_BAND belongs to the ThresholdMetricId, and to nothing else")
    if not isinstance(found[watched[0]], dict):
        raise invalid(f"Expression {watched[0]} must return a single time series.")
    return periods.pop()


def one_query(query: Params) -> None:
    """Of an alarm or of GetMetricData."""
    if ("Expression" in query) == ("MetricStat" in query):
        raise invalid(f"{query['Id']}: exactly one of Expression and MetricStat must be given")
    if not re.fullmatch(r"[a-z]\w*", query["Id"]):
        raise invalid(f"The value {query['Id']} for parameter Id must start with a lowercase letter")
    if "MetricStat" in query:
        stat = query["MetricStat"]
        if not stat["Metric"].get("MetricName") or not stat["Metric"].get("Namespace"):
            raise AwsError("MissingParameter", f"{query['Id']}: the parameters MetricName and Namespace are required.")
        period(stat["Period"])
        if not is_statistic(stat["Stat"]):
            raise invalid(f"The value {stat['Stat']} for parameter Stat is not supported.")
    elif query.get("Period") is not None:
        period(query["Period"])


def period_of(query: Params) -> int | None:
    return query["MetricStat"]["Period"] if "MetricStat" in query else query.get("Period")


def typed(queries: list[Params]) -> Iterator[tuple[str, Value | Band]]:
    """What every query gives, computed on no data: a time series, an array, a number or a band."""
    values: dict[str, Value] = {query["Id"]: {} for query in queries if "MetricStat" in query}
    metrics = list(values)
    yield from values.items()
    for query in in_order(queries):
        scope = Scope(values, metrics, period_of(query) or 60, range(0))
        try:
            found = compute(query["Expression"], scope)
        except MathError as error:
            raise invalid(f"Error in expression '{query['Id']}': {error}") from None
        if not isinstance(found, Band):
            values[query["Id"]] = found
        yield query["Id"], found


def in_order(queries: list[Params]) -> list[Params]:
    """Expressions, each after those that it uses. Raises AwsError where they go in a circle."""
    waiting = {query["Id"]: query for query in queries if "Expression" in query}
    try:
        uses = {id: names(query["Expression"]) for id, query in waiting.items()}
    except MathError as error:
        raise invalid(f"Error in expression: {error}") from None
    found: list[Params] = []
    while waiting:
        ready = [id for id in waiting if not uses[id] & set(waiting)]
        if not ready:
            raise invalid(f"Circular reference between expressions: {', '.join(sorted(waiting))}")
        found += [waiting.pop(id) for id in ready]
    return found


def reason_data(params: Params) -> str:
    """StateReasonData of SetAlarmState."""
    given = params.get("StateReasonData") or "{}"
    try:
        json.loads(given)
    except ValueError:
        raise AwsError("InvalidFormat", "StateReasonData is not valid JSON") from None
    return given
