"""What changed lately: deployments, releases on their way, pipeline runs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from .graph import DATA, RELEASE, Graph
from .observation import written
from .store import Store

Client = Callable[[str], Any]
DEPLOYMENTS = 10
EXECUTIONS = 5
DENIED = ("AccessDenied", "not authorized", "KMS.")  # what a run is refused by AWS is not for its rows
CLONE = "-restart-"  # configurations that self-healing made of another one


@dataclass(frozen=True)
class Change:
    """One change. `nodes` says what it weighs against which node, 0 to 1, before it gets old."""

    at: str
    kind: str
    subject: str
    what: str
    nodes: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, str]:
        return {"at": self.at, "kind": self.kind, "subject": self.subject, "what": self.what}


def deployments(store: Store, graph: Graph, since_s: float) -> Iterator[Change]:
    """What `estate record` wrote. The first one of an estate made everything and is no change."""
    since = written(datetime.fromtimestamp(since_s, UTC))
    for record in store.latest("change", since, DEPLOYMENTS):
        released = record.get("releases", {})
        for model, (before, after) in released.items():
            what = f"release of {model}: {before or 'none'} -> {after or 'none'}"
            yield Change(record["at"], "deployment", f"{RELEASE}:{model}", what, {f"{RELEASE}:{model}": 0.85})
        changed = record.get("changed", ())
        # Of many things that changed at once, each is less likely.
        share = 0.8 / (1.0 + len(changed) / 50.0)
        for each in changed:
            follows = any(_serves(each["urn"], model) for model in released)
            weight = share * (0.2 if follows else 1.0)
            # What was deleted is no node any more: what it configured, or stood on, shows it.
            nodes = dict.fromkeys(each.get("needs") or (each["urn"],), weight)
            inputs = f" ({', '.join(each['inputs'][:5])})" if each["inputs"] else ""
            what = f"{each['op']} {each['urn'].rpartition('::')[2]}{inputs}"
            yield Change(record["at"], "deployment", each["urn"], what, nodes)
        if not changed and not released:
            yield Change(record["at"], "deployment", record["environment"], "a deployment that changed nothing")


def _serves(urn: str, model: str) -> bool:
    """Whether it is part of the model's endpoint: then a release changed it."""
    return urn.rpartition("::")[2].startswith(f"{model}-endpoint")


def releases(client: Client, graph: Graph, models: Iterable[str], prefix: str, first_s: float) -> Iterator[Change]:
    """Endpoint configurations that were made lately: a rollout on its way, or one that was taken back."""
    sagemaker = client("sagemaker")
    for model in models:
        named = f"{prefix}-{model}-v"
        found = sagemaker.list_endpoint_configs(
            NameContains=named, SortBy="CreationTime", SortOrder="Descending", MaxResults=10
        )["EndpointConfigs"]
        own = [each for each in found if each["EndpointConfigName"].startswith(named)]
        newest = next((each for each in own if CLONE not in each["EndpointConfigName"]), None)
        if newest is None or not -60.0 <= first_s - newest["CreationTime"].timestamp() <= 3600.0:
            continue
        package = served(sagemaker, newest["EndpointConfigName"])
        what = f"{model} moves to {newest['EndpointConfigName']}, which serves {package or 'an image'}"
        node = f"{RELEASE}:{model}"
        yield Change(written(newest["CreationTime"]), "deployment", node, what, {node: 0.85})


def served(sagemaker: Any, configuration: str) -> str | None:
    """ARN of the package that an endpoint configuration serves; None where it is gone or serves none."""
    try:
        found = sagemaker.describe_endpoint_config(EndpointConfigName=configuration)
        model = found["ProductionVariants"][0]["ModelName"]
        described = sagemaker.describe_model(ModelName=model)
    except ClientError:
        return None
    containers = [described.get("PrimaryContainer", {}), *described.get("Containers", ())]
    return next((each["ModelPackageName"] for each in containers if each.get("ModelPackageName")), None)


def executions(client: Client, graph: Graph, models: Iterable[str], since_s: float) -> Iterator[Change]:
    """Pipeline runs of the models: what failed is evidence, and so are rows that just landed."""
    sagemaker = client("sagemaker")
    for model in models:
        for kind, name in graph.models[model].get("pipelines", {}).items():
            try:
                runs = sagemaker.list_pipeline_executions(
                    PipelineName=name, SortBy="CreationTime", SortOrder="Descending", MaxResults=EXECUTIONS
                )["PipelineExecutionSummaries"]
            except ClientError:
                continue  # a pipeline that is gone is the probes' to tell
            for run in runs:
                if run["StartTime"].timestamp() >= since_s:
                    yield _run(run, model, kind, graph.pipeline(model, kind), sagemaker)


def _run(run: Mapping[str, Any], model: str, kind: str, node: str | None, sagemaker: Any) -> Change:
    status, at = run["PipelineExecutionStatus"], written(run["StartTime"])
    data = f"{DATA}:{model}"
    nodes: dict[str, float] = {}
    step = ""
    if status == "Failed":
        failed = _failed_step(sagemaker, run["PipelineExecutionArn"])
        step = f" at {failed[0]}: {failed[1]}" if failed is not None else ""
        nodes = {node: 0.6} if node is not None else {}
        # What refuses rows says that the rows are wrong, rather than itself.
        wrong = failed is not None and (kind == "data" or "rows" in failed[1] or "column" in failed[1])
        if wrong and failed is not None and not any(word in failed[1] for word in DENIED):
            nodes[data] = 0.8
    elif kind == "data":
        nodes = {data: 0.5}
    what = f"{kind} pipeline of {model} {status.lower()}{step}"
    return Change(at, "data" if kind == "data" else "pipeline", node or data, what, nodes)


def _failed_step(sagemaker: Any, execution: str) -> tuple[str, str] | None:
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution)["PipelineExecutionSteps"]
    failed = [step for step in steps if step["StepStatus"] == "Failed"]
    return (failed[0]["StepName"], failed[0].get("FailureReason", "")[:300]) if failed else None
