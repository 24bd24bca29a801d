"""A signal's alarm as CloudWatch takes it: on one metric, on metric math, or on a learnt band."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch

from components.monitoring.model_signals import Band, Line, ModelSignal, Static
from contracts.slo import Query

Wires = Mapping[str, pulumi.Input[str]]  # dimension -> the output of the resource that it names, which goes first


def metric_alarm(
    name: str, physical_name: str, signal: ModelSignal, wires: Wires, opts: pulumi.ResourceOptions
) -> cloudwatch.MetricAlarm:
    """The alarm of a signal that has one."""
    alarm = signal.alarm
    assert alarm is not None
    lines = {line.id: line for line in signal.lines}
    if isinstance(alarm, Band):
        return _band(name, physical_name, signal.says, alarm, lines[alarm.of], wires, opts)
    watched = lines[alarm.of].of
    if isinstance(watched, str):
        queries = [line.of for line in signal.lines if isinstance(line.of, Query)]
        return math_alarm(name, physical_name, signal.says, alarm, queries, watched, wires, opts)
    return cloudwatch.MetricAlarm(
        name,
        name=physical_name,
        alarm_description=signal.says,
        namespace=watched.namespace,
        metric_name=watched.metric,
        dimensions={**watched.dimensions, **_named(watched, wires)},
        statistic=watched.statistic,
        period=alarm.period_s,
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=None if alarm.datapoints == alarm.periods else alarm.datapoints,
        threshold=alarm.threshold,
        comparison_operator=_operator(alarm),
        treat_missing_data=alarm.missing,
        opts=opts,
    )


def math_alarm(
    name: str,
    physical_name: str,
    says: str,
    alarm: Static,
    queries: Sequence[Query],
    expression: str,
    wires: Wires,
    opts: pulumi.ResourceOptions,
) -> cloudwatch.MetricAlarm:
    """An alarm on an expression over `queries`, which are all of the alarm's period."""
    return cloudwatch.MetricAlarm(
        name,
        name=physical_name,
        alarm_description=says,
        metric_queries=[
            {"id": alarm.of, "expression": expression, "label": alarm.of, "return_data": True},
            *(_metric(query, alarm.period_s, wires, shown=False) for query in queries),
        ],
        evaluation_periods=alarm.periods,
        datapoints_to_alarm=None if alarm.datapoints == alarm.periods else alarm.datapoints,
        threshold=alarm.threshold,
        comparison_operator=_operator(alarm),
        treat_missing_data=alarm.missing,
        opts=opts,
    )


def _band(
    name: str, physical_name: str, says: str, alarm: Band, line: Line, wires: Wires, opts: pulumi.ResourceOptions
) -> cloudwatch.MetricAlarm:
    assert isinstance(line.of, Query)
    expression = f"ANOMALY_DETECTION_BAND({line.id}, {alarm.width:g})"
    return cloudwatch.MetricAlarm(
        name,
        name=physical_name,
        alarm_description=says,
        metric_queries=[
            {"id": "band", "expression": expression, "label": "expected", "return_data": True},
            _metric(line.of, alarm.period_s, wires, shown=True),
        ],
        threshold_metric_id="band",
        evaluation_periods=alarm.periods,
        comparison_operator="LessThanLowerOrGreaterThanUpperThreshold",
        # Nothing to learn from yet, or nobody asks: neither is an anomaly.
        treat_missing_data="notBreaching",
        opts=opts,
    )


def _metric(query: Query, period_s: int, wires: Wires, *, shown: bool) -> cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": query.id,
        "metric": {
            "namespace": query.namespace,
            "metric_name": query.metric,
            "dimensions": {**query.dimensions, **_named(query, wires)},
            "stat": query.statistic,
            "period": period_s,
        },
        "return_data": shown,
    }


def _named(query: Query, wires: Wires) -> dict[str, pulumi.Input[str]]:
    return {key: wires[key] for key in query.dimensions if key in wires}


def _operator(alarm: Static) -> str:
    over = "LessThan" if alarm.below else "GreaterThan"
    return f"{over}OrEqualToThreshold" if alarm.inclusive else f"{over}Threshold"
