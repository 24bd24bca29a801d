"""Estates made at random, with a fault planted in each: what root cause analysis is measured on.

Evidence is made by the same functions as in the handler, from ages, deviations and failures; noise is added: changes
that have nothing to do with it, metrics that move a little, and now and then the true evidence is missing in part.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pipelines.handlers.operations.graph import Graph, Node
from pipelines.handlers.operations.rank import Evidence
from pipelines.handlers.operations.series import recent, weight

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
PIPELINE = "aws:sagemaker/pipeline:Pipeline"
FUNCTION = "aws:lambda/function:Function"
SHARED = ("vpc", "subnet", "group", "key-data", "key-models", "role-models", "role-jobs", "raw", "curated")


@dataclass
class Case:
    """What a handler would know, and the node that is at fault."""

    graph: Graph
    truth: str
    alerts: list[tuple[str, ...]]
    evidence: dict[str, list[Evidence]] = field(default_factory=dict)
    watched: dict[str, bool] = field(default_factory=dict)

    def blame(self, node: str, share: float, why: str = "evidence") -> None:
        self.evidence.setdefault(node, []).append(Evidence(share, why))


def estate(chance: random.Random) -> Graph:
    """Some models on shared ground: network, keys, roles with policies, buckets; and a few functions."""
    nodes: dict[str, Node] = {}

    def add(name: str, type: str, *needs: str) -> None:
        nodes[name] = Node(type, name, None, needs)

    add("vpc", "aws:ec2/vpc:Vpc")
    add("subnet", "aws:ec2/subnet:Subnet", "vpc")
    add("route", "aws:ec2/route:Route", "subnet")
    add("group", "aws:ec2/securityGroup:SecurityGroup", "vpc")
    add("group-rule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "group")
    for key in ("key-data", "key-models", "key-logs"):
        add(key, "aws:kms/key:Key")
    for role in ("role-models", "role-jobs", "role-handlers"):
        add(role, "aws:iam/role:Role")
        add(f"{role}-policy", "aws:iam/rolePolicy:RolePolicy", role)
    for bucket in ("raw", "curated", "features", "models"):
        add(bucket, "aws:s3/bucket:Bucket", "key-data")
        add(f"{bucket}-policy", "aws:s3/bucketPolicy:BucketPolicy", bucket)
    models = {}
    for number in range(chance.randint(2, 8)):
        model = f"m{number}"
        models[model] = {"endpoint": model, "pipelines": {k: f"{model}-{k}" for k in ("data", "training", "monitor")}}
        add(f"{model}-model", "aws:sagemaker/model:Model", "role-models", "subnet", "group", "models")
        add(
            f"{model}-config",
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            f"{model}-model",
            "key-models",
        )
        add(model, ENDPOINT, f"{model}-config")
        add(f"{model}-scaling", "aws:appautoscaling/policy:Policy", model)
        add(f"{model}-group", "aws:sagemaker/featureGroup:FeatureGroup", "features", "role-jobs")
        add(f"{model}-data", PIPELINE, "role-jobs", "raw", "curated", f"{model}-group")
        add(f"{model}-training", PIPELINE, "role-jobs", "features", "models", "subnet")
        add(f"{model}-monitor", PIPELINE, "role-jobs", "curated", "raw")
        for signal, on in (("errors", model), ("drift", ""), ("pipeline-failed", f"{model}-data")):
            add(f"e-{signal}-{model}", "aws:cloudwatch/metricAlarm:MetricAlarm", *([on] if on else []))
    for handler in ("incidents", "stream", "healing"):
        add(f"{handler}-queue", "aws:sqs/queue:Queue", "key-logs")
        add(f"e-{handler}", FUNCTION, "role-handlers", f"{handler}-queue", "key-logs")
    return Graph(nodes, models)


def _case(chance: random.Random, truth: str, graph: Graph, starts: list[tuple[str, ...]]) -> Case:
    watched = {node: False for model in graph.models for node in (model, f"traffic:{model}", f"{model}-data")}
    watched |= dict.fromkeys((f"e-{handler}" for handler in ("incidents", "stream", "healing")), False)
    watched |= {node: True for each in starts for node in each}
    case = Case(graph, truth, starts, watched=watched)
    everything = [node for node in graph.needs if not graph.observes(node)]
    for node in chance.sample(everything, 4):  # somebody deployed something else, some time ago
        if node != truth:
            case.blame(node, 0.75 * recent(chance.uniform(300, 9000)))
    for node in chance.sample(everything, 6):  # metrics are never quite still
        if node != truth:
            case.blame(node, weight(chance.uniform(0, 5)))
    for each in starts:
        for node in each:
            case.blame(node, 0.4 if node.startswith("traffic") else 0.1)
    return case


def bad_release(chance: random.Random) -> Case:
    graph = estate(chance)
    model = chance.choice(list(graph.models))
    case = _case(chance, f"release:{model}", graph, [(model,)] * chance.randint(1, 3))
    age = chance.uniform(10, 1500)
    case.blame(case.truth, 0.85 * recent(age))
    for name in (model, f"{model}-config", f"{model}-model"):
        case.blame(name, 0.15 * recent(age))
    case.blame(model, 0.3 * weight(chance.uniform(4, 30)))
    return case


def shared_change(chance: random.Random) -> Case:
    graph = estate(chance)
    truth = chance.choice((*SHARED[:7], "role-models-policy", "group-rule", "models-policy"))
    endpoints = [m for m in graph.models if truth in _around(graph, m)]
    pipelines = [f"{m}-training" for m in graph.models if truth in _around(graph, f"{m}-training")]
    hit = [each for each in (*endpoints, *pipelines) if chance.random() < 0.8] or [*endpoints, *pipelines][:1]
    case = _case(chance, truth, graph, [(each,) for each in hit])
    case.blame(truth, 0.75 * recent(chance.uniform(10, 1800)))
    for each in hit:
        case.blame(each, 0.3 * weight(chance.uniform(4, 30)))
    return case


def poisoned_data(chance: random.Random) -> Case:
    graph = estate(chance)
    model = chance.choice(list(graph.models))
    starts: list[tuple[str, ...]] = [(f"release:{model}", f"data:{model}")] * chance.randint(1, 2)
    case = _case(chance, f"data:{model}", graph, starts)
    case.blame(case.truth, 0.5 * recent(chance.uniform(10, 1800)))
    if chance.random() < 0.5:
        case.blame(case.truth, 0.8)
    return case


def schema_change(chance: random.Random) -> Case:
    graph = estate(chance)
    model = chance.choice(list(graph.models))
    case = _case(chance, f"data:{model}", graph, [(f"{model}-data",)])
    case.blame(f"{model}-data", 0.6)
    case.blame(case.truth, 0.8)
    return case


def failing_handler(chance: random.Random) -> Case:
    graph = estate(chance)
    function = f"e-{chance.choice(('incidents', 'stream', 'healing'))}"
    case = _case(chance, function, graph, [(function,)] * chance.randint(1, 2))
    case.blame(function, 0.3)  # errors in its log
    if chance.random() < 0.7:
        case.blame(function, 0.8 * recent(chance.uniform(10, 1200)))
    return case


def surge(chance: random.Random) -> Case:
    graph = estate(chance)
    model = chance.choice(list(graph.models))
    case = _case(chance, f"traffic:{model}", graph, [(model,)] * chance.randint(1, 2))
    case.blame(case.truth, weight(chance.uniform(8, 40)))
    case.blame(model, 0.3 * weight(chance.uniform(4, 30)))
    return case


def gone(chance: random.Random) -> Case:
    """Something that everything around it needs was removed or broken by hand."""
    graph = estate(chance)
    candidates = [n for n, node in graph.nodes.items() if node.type not in (ENDPOINT, PIPELINE, FUNCTION)]
    candidates = [n for n in candidates if not graph.observes(n)]
    while True:
        truth = chance.choice(candidates)
        victims = [n for n in graph.nodes if graph.nodes[n].type in (ENDPOINT, PIPELINE, FUNCTION)]
        victims = [n for n in victims if truth in _around(graph, n)]
        if victims:
            break
    hit = [each for each in victims if chance.random() < 0.6] or victims[:1]
    case = _case(chance, truth, graph, [(each,) for each in hit])
    case.blame(truth, 0.9)
    return case


def _around(graph: Graph, start: str) -> set[str]:
    found = set(graph.reach((start,)))
    return found | {more for node in found for more in graph.attached(node)}


FAULTS: dict[str, Callable[[random.Random], Case]] = {
    each.__name__: each
    for each in (bad_release, shared_change, poisoned_data, schema_change, failing_handler, surge, gone)
}
