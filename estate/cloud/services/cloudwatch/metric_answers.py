"""GetMetricData, GetMetricStatistics and ListMetrics: periods of real time, exactly the dimensions that were named."""

from datetime import UTC, datetime

from estate.cloud.services.cloudwatch.alarm_checks import invalid, one_query, period, period_of
from estate.cloud.services.cloudwatch.alarm_math import STATISTICS, is_statistic
from estate.cloud.services.cloudwatch.alarm_records import page
from estate.cloud.services.cloudwatch.metric_queries import DEFAULT_S, REAL, Queries
from estate.cloud.services.cloudwatch.metric_store import MetricStore, metric
from estate.cloud.services.cloudwatch.metric_values import Band, Series, Value
from estate.cloud.services.wire import AwsError, Params

MOST_QUERIES = 500
MOST_POINTS = 1440
PAGE = 500


class MetricAnswers:
    def __init__(self, store: MetricStore, queries: Queries) -> None:
        self._store = store
        self._queries = queries

    def get_metric_data(self, params: Params) -> Params:
        start_s, end_s = params["StartTime"], params["EndTime"]
        if start_s >= end_s:
            raise invalid("The parameter EndTime must be greater than StartTime.")
        queries = params["MetricDataQueries"]
        if not queries or len(queries) > MOST_QUERIES:
            raise invalid(f"MetricDataQueries must have 1 to {MOST_QUERIES} elements, not {len(queries)}")
        ids = [query["Id"] for query in queries]
        if len(set(ids)) != len(ids):
            raise invalid("The values for parameter id in MetricDataQueries must be unique")
        for query in queries:
            one_query(query)
            if query.get("Expression", "").lstrip().upper().startswith("SELECT"):
                raise invalid("not emulated: Metrics Insights queries")

        def indices(period_s: int) -> range:
            return range(int(start_s // period_s), int(-(-end_s // period_s)))

        found = self._queries.compute(queries, REAL, indices)
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        default_s = max((period_of(query) or 0 for query in queries), default=0) or DEFAULT_S
        results = [
            result
            for query in queries
            if query.get("ReturnData", True)
            for result in _results(query, found[query["Id"]], period_of(query) or default_s, newest_first)
        ]
        return {"MetricDataResults": results, "Messages": []}

    def get_metric_statistics(self, params: Params) -> Params:
        start_s, end_s, period_s = params["StartTime"], params["EndTime"], params["Period"]
        names = [*(params.get("Statistics") or ()), *(params.get("ExtendedStatistics") or ())]
        if not names:
            raise AwsError("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics")
        if start_s >= end_s:
            raise AwsError("InvalidParameterValue", "The parameter StartTime must be less than the parameter EndTime.")
        period(period_s)
        for name in names:
            if not is_statistic(name):
                raise AwsError("InvalidParameterValue", f"The value {name} for parameter Statistics is not supported.")
        if (end_s - start_s) / period_s > MOST_POINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {int((end_s - start_s) / period_s)} datapoints, which exceeds the limit of "
                f"{MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time "
                "range.",
            )
        of = metric(params["Namespace"], params["MetricName"], params.get("Dimensions"))
        points: dict[int, Params] = {}
        for name in names:
            for index, value in self._store.series(of, name, period_s, params.get("Unit")).items():
                if start_s // period_s <= index and index * period_s < end_s:
                    point = points.setdefault(index, {"Timestamp": _moment(index, period_s)})
                    if name in STATISTICS:
                        point[name] = value
                    else:
                        point.setdefault("ExtendedStatistics", {})[name] = value
        unit = self._store.unit(of)
        answers = [{**points[index], "Unit": params.get("Unit") or unit} for index in sorted(points)]
        return {"Label": params["MetricName"], "Datapoints": answers}

    def list_metrics(self, params: Params) -> Params:
        wanted = params.get("Dimensions") or ()
        found = [
            {
                "Namespace": item.namespace,
                "MetricName": item.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(item.dimensions)],
            }
            for item in self._store.metrics()
            if params.get("Namespace") in (None, item.namespace)
            and params.get("MetricName") in (None, item.name)
            and all(
                any(name == part["Name"] and part.get("Value") in (None, value) for name, value in item.dimensions)
                for part in wanted
            )
        ]
        return page("Metrics", found, {"NextToken": params.get("NextToken")}, PAGE)


def _results(query: Params, value: Value | Band, period_s: int, newest_first: bool) -> list[Params]:
    label = query.get("Label") or _label(query)
    if isinstance(value, Band):
        parts: list[tuple[str, Series]] = [(f"{label} High", value.high), (f"{label} Low", value.low)]
    elif isinstance(value, list):
        parts = [(f"{label} {number}", item) for number, item in enumerate(value, 1)]
    elif isinstance(value, dict):
        parts = [(label, value)]
    else:
        raise invalid(f"Expression {query['Id']} must return a time series, or an array of them.")
    answers = []
    for name, series in parts:
        indices = sorted(series, reverse=newest_first)
        answers.append(
            {
                "Id": query["Id"],
                "Label": name,
                "Timestamps": [_moment(index, period_s) for index in indices],
                "Values": [series[index] for index in indices],
                "StatusCode": "Complete",
            }
        )
    return answers


def _label(query: Params) -> str:
    return query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]


def _moment(index: int, period_s: int) -> datetime:
    return datetime.fromtimestamp(index * period_s, UTC)
