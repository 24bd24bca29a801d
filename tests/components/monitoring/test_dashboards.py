import json
import subprocess
import sys

from components.monitoring.dashboard import Dashboard, DashboardArgs
from components.monitoring.grafana import dashboard as grafana
from components.monitoring.grafana_files import GrafanaFiles, GrafanaFilesArgs
from components.monitoring.model_logs import QUERIES, ModelLogs, ModelLogsArgs
from components.monitoring.model_signals import model_signals
from contracts.slo import Query
from estate.plan.record import record
from tests.components.monitoring.watched import watched
from tests.components.places import VIRGINIA

SIGNALS = {
    "eta": model_signals(watched(anomalies=True)),
    "tumor": model_signals(watched(model="tumor", endpoint=None)),
}


def body(**changes):
    given = {"placement": VIRGINIA, "models": SIGNALS, "pipelines": {"eta-data": "mlops-test-eta-data"}}
    args = DashboardArgs.model_validate({**given, "alarm_arns": ["arn:alarm"], **changes})
    result = record(lambda: Dashboard("overview", args) and None)
    return result.named("overview-dashboard").inputs["dashboardBody"]


def panels():
    return [panel for panel in json.loads(grafana("test", "us-east-1", SIGNALS))["panels"] if panel["type"] != "row"]


def test_cloudwatch_shows_the_alarms_every_signal_of_every_model_and_the_pipelines():
    titles = [widget["properties"].get("title") for widget in json.loads(body())["widgets"]]
    signals = [f"{model}: {each.title}" for model, its in SIGNALS.items() for each in its]

    assert [title for title in titles if title] == ["Alarms", *signals, "Pipeline executions"]


def test_a_line_is_a_metric_or_math_and_the_bound_is_drawn():
    (burn,) = [
        widget["properties"]
        for widget in json.loads(body())["widgets"]
        if widget["properties"].get("title") == "eta: availability: 99.5 % in 28 days, burn rate"
    ]

    assert burn["metrics"][0] == [
        *("AWS/SageMaker", "Invocations", "EndpointName", "mlops-test-eta", "VariantName", "AllTraffic"),
        {"id": "n0", "label": "Invocations", "stat": "Sum", "visible": False},
    ]
    assert burn["metrics"][2][0]["expression"] == "IF(FILL(n0, 0) >= 20, FILL(b0, 0) / FILL(n0, 0) / 0.005, 0)"
    assert burn["annotations"] == {"horizontal": [{"label": "alarm", "value": 14.4}]}
    assert burn["period"] == 3600


def test_widgets_do_not_overlap():
    cells = [
        (x, y)
        for widget in json.loads(body())["widgets"]
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


def test_the_same_signals_give_the_same_bytes():
    assert body() == body()
    assert grafana("test", "us-east-1", SIGNALS) == grafana("test", "us-east-1", SIGNALS)


def test_grafana_has_the_panels_that_cloudwatch_has():
    assert [panel["title"] for panel in panels()] == [each.title for its in SIGNALS.values() for each in its]


def test_grafana_asks_for_the_same_metrics_and_the_same_math():
    asked = [
        (target["id"], target.get("expression") or (target["metricName"], target["statistic"], target["dimensions"]))
        for panel in panels()
        for target in panel["targets"]
    ]

    assert asked == [
        (
            line.id,
            (line.of.metric, line.of.statistic, {name: [value] for name, value in line.of.dimensions.items()})
            if isinstance(line.of, Query)
            else line.of,
        )
        for its in SIGNALS.values()
        for each in its
        for line in each.lines
    ]


def test_grafana_draws_the_bound_and_has_a_place_for_every_panel():
    made = {panel["title"]: panel for panel in panels()}

    assert made["Latency"]["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] == 500_000
    assert made["Latency"]["fieldConfig"]["defaults"]["unit"] == "µs"
    assert len({(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels()}) == len(panels())
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_the_data_source_is_chosen_in_grafana_and_no_environment_needs_another_file():
    page = json.loads(grafana("test", "us-east-1", SIGNALS))

    assert [(each["name"], each["type"], each["query"]) for each in page["templating"]["list"]] == [
        ("source", "datasource", "cloudwatch")
    ]
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${source}"}
    assert (page["uid"], page["editable"]) == ("mlops-estate-test", False)


def test_grafanas_file_lies_in_the_bucket():
    args = GrafanaFilesArgs(placement=VIRGINIA, environment="test", bucket="curated", models=SIGNALS)
    made = record(lambda: GrafanaFiles("grafana", args) and None).named("grafana-models").inputs

    assert (made["bucket"], made["key"], made["contentType"]) == (
        "curated",
        "grafana/dashboards/models.json",
        "application/json",
    )
    assert made["source"].content.decode() == grafana("test", "us-east-1", SIGNALS)


def test_a_program_that_asks_for_no_grafana_imports_none():
    code = "import sys, stacks.monitoring; print(any(name.startswith('grafana') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_models_log_is_asked_by_saved_queries_and_its_failures_are_a_metric():
    args = ModelLogsArgs(placement=VIRGINIA, model="eta", endpoint="mlops-test-eta")
    result = record(lambda: ModelLogs("eta-logs", args) and None)
    saved = result.of_type("aws:cloudwatch/queryDefinition:QueryDefinition")

    assert {goal.inputs["name"] for goal in saved} == {f"mlops-test/eta/{title}" for title in QUERIES}
    assert {tuple(goal.inputs["logGroupNames"]) for goal in saved} == {("/aws/sagemaker/Endpoints/mlops-test-eta",)}
    assert result.named("eta-logs-failures-metric").inputs == {
        "name": "mlops-test-eta-failures",
        "logGroupName": "/aws/sagemaker/Endpoints/mlops-test-eta",
        "pattern": "?Traceback ?CRITICAL ?ERROR",
        "metricTransformation": {
            "namespace": "MlopsEstate",
            "name": "LoggedFailures-mlops-test-eta",
            "value": "1",
            "defaultValue": "0",
            "unit": "Count",
        },
    }
