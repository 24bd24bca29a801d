"""One page on how the environment is doing."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.endpoint.alarms import VARIANT
from contracts.metrics import NAMESPACE, Metric, dimensions

PIPELINES = "AWS/Sagemaker/ModelBuildingPipeline"
Line = list[object]


class DashboardArgs(Args):
    placement: Placement
    environment: str = Field(description="Name of the environment, a dimension of the metrics.")
    models: Sequence[str] = Field(min_length=1, description="Models, in the order in which they are shown.")
    endpoints: Mapping[str, pulumi.Input[str]] = Field(description="Endpoint names, by model; some have none yet.")
    pipelines: Mapping[str, pulumi.Input[str]] = Field(description="Pipeline names, by what they are for.")
    alarm_arns: Sequence[pulumi.Input[str]] = Field(description="Alarms whose state is shown.")


class Dashboard(Component):
    """Alarms first, then traffic, data and pipelines. The same settings give the same bytes."""

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


def _widgets(args: DashboardArgs) -> list[dict[str, Any]]:
    region = args.placement.region
    alarms = {
        "type": "alarm",
        "properties": {"title": "Alarms", "alarms": list(args.alarm_arns)},
        **_place(0, 0, width=24, height=3),
    }
    graphs = [
        *(_traffic(region, model, args.endpoints[model]) for model in args.models if model in args.endpoints),
        *(
            _graph(
                region,
                f"{model}: captured data",
                [
                    _line(NAMESPACE, metric, dimensions(args.environment, model))
                    for metric in (Metric.DRIFTED_FEATURES, Metric.QUALITY_VIOLATIONS, Metric.DRIFT_ROWS)
                ],
                "Maximum",
            )
            for model in args.models
        ),
        _graph(
            region,
            "Pipeline executions",
            [
                _line(PIPELINES, metric, {"PipelineName": pipeline})
                for pipeline in args.pipelines.values()
                for metric in ("ExecutionSucceeded", "ExecutionFailed")
            ],
            "Sum",
        ),
    ]
    placed = [{**graph, **_place(12 * (i % 2), 3 + 6 * (i // 2), width=12, height=6)} for i, graph in enumerate(graphs)]
    return [alarms, *placed]


def _traffic(region: str, model: str, endpoint: pulumi.Input[str]) -> dict[str, Any]:
    variant = {"EndpointName": endpoint, "VariantName": VARIANT}
    lines = [
        [*_line("AWS/SageMaker", "Invocations", variant), {"stat": "Sum"}],
        [*_line("AWS/SageMaker", "Invocation5XXErrors", variant), {"stat": "Sum"}],
        [*_line("AWS/SageMaker", "ModelLatency", variant), {"stat": "p99", "yAxis": "right"}],
    ]
    return _graph(region, f"{model}: traffic", lines, "Sum")


def _line(namespace: str, metric: str, by: Mapping[str, pulumi.Input[str]]) -> Line:
    return [namespace, metric, *(part for pair in by.items() for part in pair)]


def _graph(region: str, title: str, lines: Sequence[Line], statistic: str) -> dict[str, Any]:
    properties = {"title": title, "region": region, "view": "timeSeries", "period": 300, "stat": statistic}
    return {"type": "metric", "properties": {**properties, "metrics": list(lines)}}


def _place(x: int, y: int, *, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "width": width, "height": height}
