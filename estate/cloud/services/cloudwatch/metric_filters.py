"""Metric filters of log groups: what is logged becomes metrics. moto keeps groups, streams and events."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch import filter_patterns
from estate.cloud.services.cloudwatch.filter_patterns import Fields, FilterError, Matcher, as_number, value_at
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.wire import AwsError, Params, Table

MOST_FILTERS = 100
MOST_DIMENSIONS = 3


class MetricFilters:
    """Watches what is written to moto's log groups from the moment that it is registered."""

    def __init__(self, account: Account, measures: Measures) -> None:
        self._account = account
        self._measures = measures
        self._matchers: dict[str, Matcher] = {}

    def register(self, table: Table) -> None:
        table.add(
            "logs",
            (self.put_metric_filter, self.describe_metric_filters, self.delete_metric_filter, self.test_metric_filter),
        )
        logs = self._account.backend("logs")
        put = logs.put_log_events

        def put_and_look(log_group_name: str, log_stream_name: str, log_events: list[dict[str, Any]]) -> object:
            answer = put(log_group_name, log_stream_name, log_events)
            self._look(log_group_name, log_events)
            return answer

        logs.put_log_events = put_and_look

    def put_metric_filter(self, params: Params) -> Params:
        """One with the same name is replaced."""
        self._matcher(params.get("filterPattern", ""))
        transformations = params["metricTransformations"]
        if len(transformations) != 1:
            raise _invalid("Exactly one metric transformation is allowed.")
        _check(transformations[0])
        with self._account.lock:
            self._group(params["logGroupName"])
            others = [item for item in self._kept if not _is(item, params["logGroupName"], params["filterName"])]
            if sum(item["logGroupName"] == params["logGroupName"] for item in others) >= MOST_FILTERS:
                raise AwsError("LimitExceededException", "Resource limit exceeded.")
            made = int(datetime.now(UTC).timestamp() * 1000)
            names = ("logGroupName", "filterName", "filterPattern", "metricTransformations")
            kept = {"filterPattern": "", **{name: params[name] for name in names if name in params}}
            self._kept[:] = [*others, {**kept, "creationTime": made}]
        return {}

    def describe_metric_filters(self, params: Params) -> Params:
        group, prefix = params.get("logGroupName"), params.get("filterNamePrefix") or ""
        if group is not None:
            self._group(group)
        if (params.get("metricName") is None) != (params.get("metricNamespace") is None):
            raise _invalid("metricName and metricNamespace must be given together.")
        wanted = params.get("metricName"), params.get("metricNamespace")
        found = [
            item
            for item in sorted(self._kept, key=lambda item: (item["logGroupName"], item["filterName"]))
            if group in (None, item["logGroupName"])
            and item["filterName"].startswith(prefix)
            and (
                wanted == (None, None)
                or wanted in [(one["metricName"], one["metricNamespace"]) for one in item["metricTransformations"]]
            )
        ]
        return {"metricFilters": found}

    def delete_metric_filter(self, params: Params) -> Params:
        with self._account.lock:
            self._group(params["logGroupName"])
            others = [item for item in self._kept if not _is(item, params["logGroupName"], params["filterName"])]
            if len(others) == len(self._kept):
                raise AwsError("ResourceNotFoundException", "The specified metric filter does not exist.")
            self._kept[:] = others
        return {}

    def test_metric_filter(self, params: Params) -> Params:
        matcher = self._matcher(params["filterPattern"])
        matches = []
        for number, message in enumerate(params["logEventMessages"], 1):
            fields = matcher(message)
            if fields is not None:
                shown = {f"${name}": str(value) for name, value in fields.items()}
                matches.append({"eventNumber": number, "eventMessage": message, "extractedValues": shown})
        return {"matches": matches}

    @property
    def _kept(self) -> list[Params]:
        return self._account.backend("logs").filters.metric_filters

    def _group(self, name: str) -> None:
        if name not in self._account.backend("logs").groups:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")

    def _matcher(self, pattern: str) -> Matcher:
        if pattern not in self._matchers:
            try:
                self._matchers[pattern] = filter_patterns.read(pattern)
            except FilterError as error:
                raise _invalid(f"Invalid metric filter pattern: {error}") from None
        return self._matchers[pattern]

    def _look(self, group: str, events: Sequence[Mapping[str, Any]]) -> None:
        for item in list(self._kept):
            if item["logGroupName"] == group and events:
                matcher = self._matcher(item["filterPattern"])
                matched = [
                    (event["timestamp"], fields)
                    for event in events
                    if (fields := matcher(str(event["message"]))) is not None
                ]
                for transformation in item["metricTransformations"]:
                    self._put(transformation, matched, events[-1]["timestamp"])

    def _put(self, transformation: Params, matched: Sequence[tuple[int, Fields]], last_ms: int) -> None:
        name, unit = transformation["metricName"], transformation.get("unit", "None")
        default = transformation.get("defaultValue")
        if not matched and default is not None:
            self._measures.put(transformation["metricNamespace"], {}, {name: (float(default), unit)}, _moment(last_ms))
        for stamp_ms, fields in matched:
            given = transformation["metricValue"]
            value = as_number(value_at(fields, given) if given.startswith("$") else given)
            if value is None:
                continue
            dimensions = {
                key: str(found)
                for key, selector in (transformation.get("dimensions") or {}).items()
                if (found := value_at(fields, selector)) is not None
            }
            namespace = transformation["metricNamespace"]
            self._measures.put(namespace, dimensions, {name: (value, unit)}, _moment(stamp_ms))


def _check(transformation: Params) -> None:
    given, dimensions = transformation["metricValue"], transformation.get("dimensions") or {}
    if not given.startswith("$") and as_number(given) is None:
        raise _invalid(f"Invalid metric transformation: metricValue {given!r} is neither a number nor a selector")
    if len(dimensions) > MOST_DIMENSIONS:
        raise _invalid(f"Invalid metric transformation: at most {MOST_DIMENSIONS} dimensions are allowed")
    if dimensions and transformation.get("defaultValue") is not None:
        raise _invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
    for selector in dimensions.values():
        if not selector.startswith("$"):
            raise _invalid(f"Invalid metric transformation: dimension value {selector!r} must be a selector")
    if transformation["metricNamespace"].startswith("AWS/"):
        raise _invalid("Invalid metric transformation: a namespace must not begin with AWS/")


def _is(item: Params, group: str, name: str) -> bool:
    return (item["logGroupName"], item["filterName"]) == (group, name)


def _moment(stamp_ms: int) -> datetime:
    return datetime.fromtimestamp(stamp_ms / 1000, UTC)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
