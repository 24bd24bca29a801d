"""The same signals as a dashboard for Grafana's provisioning, on its CloudWatch data source.

Built with Grafana's own SDK while the program runs: it is pure Python without dependencies and takes 70 ms to import,
so a committed copy would only be another thing that can be stale. Nothing is imported where no dashboard is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from components.monitoring.model_signals import Group, Line, ModelSignal, Unit
from contracts.slo import Query

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.cloudwatch import CloudWatchMetricsQuery
    from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
    from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
    from grafana_foundation_sdk.builders.timeseries import Panel

SOURCE = "${source}"  # the variable of the dashboard that names the data source
HEIGHT, WIDTH = 8, 8
REFRESH = "1m"
UNITS = {
    Unit.COUNT: "short",
    Unit.SHARE: "percentunit",
    Unit.PERCENT: "percent",
    Unit.MICROSECONDS: "µs",
    Unit.BURN: "none",
}


def dashboard(environment: str, region: str, models: Mapping[str, Sequence[ModelSignal]]) -> str:
    """JSON of the dashboard: a row a model and group. The same signals give the same bytes."""
    from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, Row
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    page = (
        Dashboard(f"Models of {environment}")
        .uid(f"mlops-estate-{environment}")
        .tags(["mlops-estate", environment])
        .readonly()
        .refresh(REFRESH)
        .time("now-24h", "now")
        .timezone("utc")
        .with_variable(DatasourceVariable("source").label("CloudWatch").type("cloudwatch"))
    )
    number = itertools.count(1)
    for model, signals in models.items():
        for group in Group:
            members = [each for each in signals if each.group is group]
            if members:
                page = page.with_row(Row(f"{model}: {group}").id(next(number)))
            for each in members:
                page = page.with_panel(_panel(region, each).id(next(number)))
    return JSONEncoder(sort_keys=True, indent=1).encode(page.build()) + "\n"


def _panel(region: str, signal: ModelSignal) -> Panel:
    from grafana_foundation_sdk.builders.timeseries import Panel
    from grafana_foundation_sdk.models.dashboard import DataSourceRef

    panel = (
        Panel()
        .title(signal.title)
        .unit(UNITS[signal.unit])
        .min(0)
        .height(HEIGHT)
        .span(WIDTH)
        .datasource(DataSourceRef("cloudwatch", SOURCE))
    )
    if signal.says:
        panel = panel.description(signal.says)
    if signal.bound is not None:
        panel = panel.thresholds(_threshold(signal.bound)).thresholds_style(_as_line())
    for i, line in enumerate(signal.lines):
        panel = panel.with_target(_target(region, chr(ord("A") + i), signal, line))
    return panel


def _threshold(bound: float) -> ThresholdsConfig:
    from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
    from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

    steps = [Threshold(value=None, color="green"), Threshold(value=bound, color="red")]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _as_line() -> GraphThresholdsStyleConfig:
    from grafana_foundation_sdk.builders.common import GraphThresholdsStyleConfig
    from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode

    return GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE)


def _target(region: str, ref: str, signal: ModelSignal, line: Line) -> CloudWatchMetricsQuery:
    from grafana_foundation_sdk.builders.cloudwatch import CloudWatchMetricsQuery
    from grafana_foundation_sdk.models.cloudwatch import CloudWatchQueryMode, MetricEditorMode, MetricQueryType

    query = (
        CloudWatchMetricsQuery()
        .ref_id(ref)
        .id(line.id)
        .label(line.label)
        .region(region)
        .period("3600" if signal.unit is Unit.BURN else "300")
        .hide(not line.shown)
        .query_mode(CloudWatchQueryMode.METRICS)
        .metric_query_type(MetricQueryType.SEARCH)
    )
    if isinstance(line.of, Query):
        return (
            query.metric_editor_mode(MetricEditorMode.BUILDER)
            .namespace(line.of.namespace)
            .metric_name(line.of.metric)
            .dimensions({name: [value] for name, value in line.of.dimensions.items()})
            .statistic(line.of.statistic)
            .match_exact(True)
        )
    # Grafana asks for a namespace and a statistic even of an expression.
    return query.metric_editor_mode(MetricEditorMode.CODE).expression(line.of).namespace("").statistic("Average")
