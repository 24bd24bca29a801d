"""Looks at live resources: what is gone, in a bad state, or was changed by something else than a deployment.

A table of what to ask by type, so that a new type is one line. Everything here only reads.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .graph import Graph
from .observation import written

Client = Callable[[str], Any]
WORKERS = 6
GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist", "404", "Could not find", "does not exist")


@dataclass(frozen=True)
class Probe:
    """One call: where the answer says when it was changed last, and which states are good. Paths are dotted."""

    service: str
    operation: str
    parameter: str
    modified: str = ""
    state: str = ""
    good: tuple[str, ...] = ()


PROBES = {
    "aws:dynamodb/table:Table": Probe(
        "dynamodb", "describe_table", "TableName", state="Table.TableStatus", good=("ACTIVE", "UPDATING")
    ),
    "aws:kinesis/stream:Stream": Probe(
        "kinesis",
        "describe_stream_summary",
        "StreamName",
        state="StreamDescriptionSummary.StreamStatus",
        good=("ACTIVE", "UPDATING"),
    ),
    "aws:kms/alias:Alias": Probe(
        "kms", "describe_key", "KeyId", state="KeyMetadata.KeyState", good=("Enabled", "Updating")
    ),
    "aws:lambda/function:Function": Probe(
        "lambda", "get_function_configuration", "FunctionName", "LastModified", "State", ("Active", "Inactive")
    ),
    "aws:s3/bucket:Bucket": Probe("s3", "head_bucket", "Bucket"),
    "aws:sagemaker/endpoint:Endpoint": Probe(
        "sagemaker",
        "describe_endpoint",
        "EndpointName",
        state="EndpointStatus",
        good=("InService", "Creating", "Updating", "SystemUpdating"),
    ),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": Probe(
        "sagemaker", "describe_endpoint_config", "EndpointConfigName"
    ),
    "aws:sagemaker/featureGroup:FeatureGroup": Probe(
        "sagemaker", "describe_feature_group", "FeatureGroupName", state="FeatureGroupStatus", good=("Created",)
    ),
    "aws:sagemaker/model:Model": Probe("sagemaker", "describe_model", "ModelName"),
    "aws:sagemaker/pipeline:Pipeline": Probe(
        "sagemaker", "describe_pipeline", "PipelineName", "LastModifiedTime", "PipelineStatus", ("Active",)
    ),
    "aws:scheduler/schedule:Schedule": Probe("scheduler", "get_schedule", "Name", "LastModificationDate"),
    "aws:sqs/queue:Queue": Probe("sqs", "get_queue_url", "QueueName"),
    "aws:ssm/parameter:Parameter": Probe("ssm", "get_parameter", "Name", "Parameter.LastModifiedDate"),
    "aws:cloudwatch/eventRule:EventRule": Probe("events", "describe_rule", "Name"),
    "aws:iam/role:Role": Probe("iam", "get_role", "RoleName"),
}


@dataclass(frozen=True)
class Found:
    """What a look at a resource told. `wrong` is empty where nothing is; `modified` where the answer has no time."""

    node: str
    wrong: str = ""
    modified: str = ""


def look(nodes: Iterable[str], graph: Graph, client: Client, most: int) -> list[Found]:
    """What there is to say of the first `most` of `nodes` whose type can be asked; a refused call says nothing."""
    known = [node for node in nodes if node in graph.nodes and graph.nodes[node].type in PROBES][:most]
    for service in {PROBES[graph.nodes[node].type].service for node in known}:
        client(service)  # boto3 makes clients in one thread only
    with ThreadPoolExecutor(WORKERS) as pool:
        return [each for each in pool.map(lambda node: _one(node, graph, client), known) if each is not None]


def _one(node: str, graph: Graph, client: Client) -> Found | None:
    probe, name = PROBES[graph.nodes[node].type], graph.nodes[node].name
    if not name:
        return None
    try:
        answer = getattr(client(probe.service), probe.operation)(**{probe.parameter: name})
    except ClientError as error:
        said = f"{error.response['Error'].get('Code', '')} {error.response['Error'].get('Message', '')}"
        return Found(node, wrong="it does not exist any more") if any(word in said for word in GONE) else None
    except BotoCoreError:
        return None
    state = at(answer, probe.state)
    wrong = f"its state is {state}" if state is not None and probe.good and state not in probe.good else ""
    return Found(node, wrong, _moment(at(answer, probe.modified)))


def at(answer: Any, path: str) -> Any:
    """The value under a dotted path; None where there is none."""
    if not path:
        return None
    for key in path.split("."):
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return written(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
    if isinstance(value, str) and value:
        try:
            return written(datetime.fromisoformat(value))
        except ValueError:
            return ""
    return ""
