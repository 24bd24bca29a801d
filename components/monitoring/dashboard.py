"""One page on how the environment is doing."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.model_signals import Line, ModelSignal, Unit
from contracts.slo import Query

PIPELINES = "AWS/Sagemaker/ModelBuildingPipeline"
PERIOD_S = 300
BURN_PERIOD_S = 3600
ACROSS, HEIGHT, WIDTH = 3, 6, 8  # panels a row, and their cells; a row has 24
Widget = dict[str, Any]


class DashboardArgs(Args):
    placement: Placement
    models: Mapping[str, Sequence[ModelSignal]] = Field(min_length=1, description="What is watched, by model.")
    pipelines: Mapping[str, pulumi.Input[str]] = Field(description="Pipeline names, by what they are for.")
    alarm_arns: Sequence[pulumi.Input[str]] = Field(description="Alarms whose state is shown.")


class Dashboard(Component):
    """Alarms first, then each model's signals, then pipelines. The same settings give the same bytes."""

    dashboard: pulumi.Output[str]

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:Dashboard", name, args.placement, opts)
        made = cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=args.placement.named("overview"),
            dashboard_body=pulumi.Output.json_dumps({"widgets": _widgets(args)}, sort_keys=True),
            opts=self.child(),
        )
        self.dashboard = made.dashboard_name
        self.register_outputs({"dashboard": self.dashboard})


def _widgets(args: DashboardArgs) -> list[Widget]:
    region = args.placement.region
    alarms: Widget = {"type": "alarm", "properties": {"title": "Alarms", "alarms": list(args.alarm_arns)}}
    placed: list[Widget] = [{**alarms, **_place(0, 0, width=24, height=4)}]
    row = 4
    for model, signals in args.models.items():
        title: Widget = {"type": "text", "properties": {"markdown": f"## {model}"}}
        placed.append({**title, **_place(0, row, width=24, height=1)})
        row += 1
        for i, signal in enumerate(signals):
            at = _place(WIDTH * (i % ACROSS), row + HEIGHT * (i // ACROSS), width=WIDTH, height=HEIGHT)
            placed.append({**_panel(region, model, signal), **at})
        row += HEIGHT * -(-len(signals) // ACROSS)
    return [*placed, {**_pipelines(region, args.pipelines), **_place(0, row, width=24, height=HEIGHT)}]


def _panel(region: str, model: str, signal: ModelSignal) -> Widget:
    """One signal: its lines, and the bound at which it alarms."""
    properties = {
        "title": f"{model}: {signal.title}",
        "region": region,
        "view": "timeSeries",
        "period": BURN_PERIOD_S if signal.unit is Unit.BURN else PERIOD_S,
        "metrics": [_line(line) for line in signal.lines],
        "yAxis": {"left": {"label": signal.unit, "showUnits": False, "min": 0}},
    }
    if signal.bound is not None:
        properties["annotations"] = {"horizontal": [{"label": "alarm", "value": signal.bound}]}
    return {"type": "metric", "properties": properties}


def _line(line: Line) -> list[object]:
    if isinstance(line.of, Query):
        by = [part for pair in line.of.dimensions.items() for part in pair]
        shown = {"id": line.id, "label": line.label, "stat": line.of.statistic, "visible": line.shown}
        return [line.of.namespace, line.of.metric, *by, shown]
    return [{"expression": line.of, "id": line.id, "label": line.label, "visible": line.shown}]


def _pipelines(region: str, pipelines: Mapping[str, pulumi.Input[str]]) -> Widget:
    metrics = [
        [PIPELINES, metric, "PipelineName", pipeline]
        for pipeline in pipelines.values()
        for metric in ("ExecutionSucceeded", "ExecutionFailed")
    ]
    properties = {"title": "Pipeline executions", "region": region, "view": "timeSeries", "period": PERIOD_S}
    return {"type": "metric", "properties": {**properties, "stat": "Sum", "metrics": metrics}}


def _place(x: int, y: int, *, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}
