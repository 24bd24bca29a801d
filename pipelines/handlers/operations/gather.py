"""What an incident's context is made of: changes, metrics and logs around its first alert, and evidence in them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .changes import Change, deployments, executions, releases
from .graph import DATA, RELEASE, TRAFFIC, Graph
from .observation import Observation, seconds, written
from .probes import Found, look
from .rank import Evidence
from .series import deviation, recent, weight
from .store import Store

Client = Callable[[str], Any]
BACK_S = 3 * 3600.0  # how far back metrics and changes are looked at
ROLLING_BACK = "RollingBack"  # status of an endpoint
ONSET_S = 900.0  # a cause shows this long before its alert at most
PERIOD_S = 60
MOST_NODES = 60  # that are looked at, the nearest first
RUNS = ("data", "pipeline")  # kinds of change that are runs: that one failed is a symptom of its pipeline
SHORTEST_NAME = 8  # of a resource that is looked for in errors
MOST_METRICS = 100
MOST_POINTS = 120
MOST_LOGS = 20
# Dimension by which CloudWatch knows a resource of a type.
DIMENSIONS = {
    "aws:dynamodb/table:Table": "TableName",
    "aws:kinesis/stream:Stream": "StreamName",
    "aws:lambda/function:Function": "FunctionName",
    "aws:sagemaker/endpoint:Endpoint": "EndpointName",
    "aws:sagemaker/pipeline:Pipeline": "PipelineName",
    "aws:sqs/queue:Queue": "QueueName",
}
# Metrics of an endpoint or model that speak of something else than the resource that reports them.
ELSEWHERE = {
    "Invocations": TRAFFIC,
    "InvocationsPerInstance": TRAFFIC,
    "Invocation4XXErrors": TRAFFIC,
    "DriftedFeatures": TRAFFIC,
    "DataQualityViolations": TRAFFIC,
    "PredictionDrift": TRAFFIC,
    "AttributionDriftedFeatures": TRAFFIC,
    "ConceptDrift": DATA,
}
SYMPTOMS = ("ModelLatency", "OverheadLatency", "Invocation5XXErrors", "InvocationModelErrors", "Errors", "Duration")
SUMS = ("Invocations", "Errors", "Throttles", "ExecutionFailed", "ExecutionSucceeded", "Incoming")


@dataclass
class Gathered:
    changes: list[Change] = field(default_factory=list)
    logs: list[str] = field(default_factory=list)
    metrics: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)  # what could not be read

    def blame(self, node: str | None, weight_: float, why: str, *, symptom: bool = False) -> None:
        if node is not None and weight_ > 0.01:
            self.evidence.setdefault(node, []).append(Evidence(weight_, why, symptom))


def gather(
    observations: Sequence[Observation], graph: Graph, store: Store, client: Client, environment: str, prefix: str
) -> Gathered:
    """Reads what there is; a source that cannot be read is named in `failed` and leaves the others alone."""
    found = Gathered()
    first_s = min(seconds(each.at) for each in observations if each.state == "alarm")
    starts = [node for each in observations for node in graph.starts(each.signal, each.subject, each.name)]
    nodes = _nearest(graph, starts)
    models = _models(observations, graph, nodes)
    sources: dict[str, Callable[[], None]] = {
        "deployments": lambda: _add(found, deployments(store, graph, first_s - BACK_S), first_s),
        "releases": lambda: _add(found, releases(client, graph, models, prefix, first_s), first_s),
        "pipelines": lambda: _add(found, executions(client, graph, models, first_s - BACK_S), first_s),
        "resources": lambda: _probe(found, nodes, graph, client, store, first_s),
        "metrics": lambda: _metrics(found, nodes, models, graph, client, environment, first_s),
        "logs": lambda: _logs(found, starts, graph, client, first_s),
    }
    for name, read in sources.items():
        try:
            read()
        except (ClientError, BotoCoreError) as error:
            found.failed.append(f"{name}: {error}")
    _named(found, nodes, starts, graph)
    for each in observations:
        if each.state == "alarm":
            for node in graph.starts(each.signal, each.subject, each.name):
                # What is measured on a model's traffic is nearer to its cause than what is measured on an endpoint.
                about = 0.4 if node.startswith(TRAFFIC) else 0.1
                found.blame(node, about, f"{each.name} watches it: {each.reason[:160]}")
    return found


def _models(observations: Iterable[Observation], graph: Graph, nodes: Iterable[str]) -> list[str]:
    near = {node.partition(":")[2] for node in nodes if node.partition(":")[0] in ("release", "data", "traffic")}
    return [model for model in graph.models if model in near or any(o.subject == model for o in observations)]


def _nearest(graph: Graph, starts: Iterable[str]) -> list[str]:
    reached = graph.reach(starts)
    nodes = sorted(reached, key=lambda node: (reached[node], node))
    return list(dict.fromkeys((*nodes, *(m for node in nodes for m in (*graph.attached(node), *graph.linked(node))))))


def _add(found: Gathered, changes: Iterable[Change], first_s: float) -> None:
    for change in changes:
        found.changes.append(change)
        age_s = first_s + 60.0 - seconds(change.at)  # a minute's grace: an alarm's time is that of its period
        for node, share in change.nodes.items():
            why = f"{change.kind} {_ago(age_s - 60.0)}: {change.what}"
            found.blame(node, share * recent(age_s), why, symptom=change.kind in RUNS and not node.startswith(DATA))


def _ago(age_s: float) -> str:
    return f"{age_s / 60.0:.0f} min before" if age_s >= 60 else "just before"


def _probe(found: Gathered, nodes: Sequence[str], graph: Graph, client: Client, store: Store, first_s: float) -> None:
    latest = store.latest("change", "0", 1)
    deployed_s = seconds(latest[0]["at"]) if latest else None
    for each in look(nodes, graph, client, MOST_NODES):
        name = graph.nodes[each.node].name
        if each.wrong:
            found.blame(_taken_back(each, graph) or each.node, 0.9, each.wrong)
        if each.modified and deployed_s is not None and seconds(each.modified) > deployed_s + 5.0:
            age_s = first_s + 60.0 - seconds(each.modified)
            if 0 <= age_s <= BACK_S:
                what = f"{name} was changed outside of a deployment"
                found.changes.append(Change(each.modified, "configuration", each.node, what, {each.node: 0.8}))
                found.blame(each.node, 0.8 * recent(age_s), what)


def _taken_back(looked: Found, graph: Graph) -> str | None:
    """The release that SageMaker takes back while an endpoint rolls back: the endpoint does as it was told."""
    if not looked.wrong.endswith(ROLLING_BACK):
        return None
    return next((f"{RELEASE}:{model}" for model in graph.models if graph.endpoint(model) == looked.node), None)


def _metrics(
    found: Gathered,
    nodes: Sequence[str],
    models: Sequence[str],
    graph: Graph,
    client: Client,
    environment: str,
    first_s: float,
) -> None:
    cloudwatch = client("cloudwatch")
    wanted: list[tuple[str, dict[str, str]]] = []  # node, dimensions
    for node in nodes:
        dimension = DIMENSIONS.get(graph.nodes[node].type) if node in graph.nodes else None
        if dimension is not None:
            wanted.append((node, {dimension: graph.nodes[node].name}))
    wanted += [(f"{TRAFFIC}:{model}", {"Environment": environment, "Model": model}) for model in models]
    queries: list[tuple[str, Mapping[str, Any]]] = []
    for node, dimensions in wanted:
        filters = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        queries += [(node, metric) for metric in cloudwatch.list_metrics(Dimensions=filters)["Metrics"]]
    queries = queries[:MOST_METRICS]
    if not queries:
        return
    start = datetime.fromtimestamp(first_s - BACK_S, UTC)
    answers = cloudwatch.get_metric_data(
        MetricDataQueries=[_query(f"m{number}", metric) for number, (_, metric) in enumerate(queries)],
        StartTime=start.replace(second=0, microsecond=0),
        EndTime=datetime.now(UTC) + timedelta(seconds=PERIOD_S),
        ScanBy="TimestampAscending",
    )["MetricDataResults"]
    for answer in answers:
        node, metric = queries[int(answer["Id"][1:])]
        points = sorted(zip((stamp.timestamp() for stamp in answer["Timestamps"]), answer["Values"], strict=True))
        if points:
            _judge(found, node, metric, points, graph, first_s)


def _query(id: str, metric: Mapping[str, Any]) -> dict[str, Any]:
    name = str(metric["MetricName"])
    statistic = "Sum" if name.startswith(SUMS) else "Maximum"
    if name.endswith("XXErrors"):
        statistic = "Average"  # SageMaker puts a 0 or 1 a request
    found = {key: metric[key] for key in ("Namespace", "MetricName", "Dimensions")}
    return {"Id": id, "MetricStat": {"Metric": found, "Period": PERIOD_S, "Stat": statistic}, "ReturnData": True}


def _judge(
    found: Gathered,
    node: str,
    metric: Mapping[str, Any],
    points: Sequence[tuple[float, float]],
    graph: Graph,
    first_s: float,
) -> None:
    name = str(metric["MetricName"])
    label = f"{name} of {graph.nodes[node].name if node in graph.nodes else node}"
    kept = [(written(datetime.fromtimestamp(at, UTC)), value) for at, value in points[-MOST_POINTS:]]
    found.metrics[label] = kept
    left = deviation(points, first_s - ONSET_S)
    if left is None:
        return
    score, onset = left
    model = next((d["Value"] for d in metric["Dimensions"] if d["Name"] == "Model"), None)
    if model is None:
        model = next((m for m, its in graph.models.items() if its.get("endpoint") == graph.nodes[node].name), None)
    about = f"{ELSEWHERE[name]}:{model}" if name in ELSEWHERE and model is not None else node
    # A symptom shows where it hurts; what moved only after the alert is rather its consequence.
    share = (0.3 if name in SYMPTOMS else 1.0) * (1.0 if onset <= first_s else 0.6)
    why = f"{label} is {abs(score):.1f} deviations from its history"
    found.blame(about, share * weight(score), why, symptom=name in SYMPTOMS)


def _logs(found: Gathered, starts: Iterable[str], graph: Graph, client: Client, first_s: float) -> None:
    logs = client("logs")
    for node in dict.fromkeys(starts):
        group = _log_group(node, graph)
        if group is None:
            continue
        name = graph.nodes[node].name
        try:
            events = logs.filter_log_events(
                logGroupName=group,
                startTime=int((first_s - ONSET_S) * 1000),
                filterPattern='?ERROR ?Error ?Exception ?Traceback ?CRITICAL ?"timed out"',
                limit=200,
            )["events"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                continue
            raise
        if events:
            found.logs += [event["message"].strip()[:400] for event in events[-MOST_LOGS:]]
            began_s = min(event["timestamp"] for event in events) / 1000.0
            speaker = _released(found, node, graph, began_s) or node
            found.blame(speaker, 0.3 * min(1.0, len(events) / 5.0), f"{len(events)} errors in the log of {name}")
    del found.logs[:-MOST_LOGS]


def _named(found: Gathered, nodes: Iterable[str], starts: Iterable[str], graph: Graph) -> None:
    """Errors name what they failed at: a bucket, a table, a role. What alerts names itself, which tells nothing."""
    errors = " ".join((*found.logs, *(c.what for c in found.changes if c.kind in RUNS)))
    own = {graph.nodes[node].name for node in starts if node in graph.nodes}
    for node in nodes:
        name = graph.nodes[node].name if node in graph.nodes else ""
        if len(name) < SHORTEST_NAME or name in own:
            continue
        if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", errors):
            found.blame(node, 0.4, f"errors name {name}")


def _released(found: Gathered, endpoint: str, graph: Graph, began_s: float) -> str | None:
    """The release whose code writes an endpoint's log, where the errors began soon after it went out."""
    for model in graph.models:
        if graph.endpoint(model) == endpoint:
            release = f"release:{model}"
            ages = (began_s - seconds(change.at) for change in found.changes if release in change.nodes)
            return release if any(-1.0 <= age <= ONSET_S for age in ages) else None
    return None


def _log_group(node: str, graph: Graph) -> str | None:
    """Name of the log group that a resource writes to."""
    if node not in graph.nodes:
        return None
    kind, name = graph.nodes[node].type, graph.nodes[node].name
    paths = {
        "aws:lambda/function:Function": f"/aws/lambda/{name}",
        "aws:sagemaker/endpoint:Endpoint": f"/aws/sagemaker/Endpoints/{name}",
    }
    return paths.get(kind)
