"""The estate's dependency graph, made of what the program registers: who depends on whom, and under which name."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.names import Limit
from contracts.pipelines import Definition
from estate.cloud.resources.table import UnknownType, recorded, row
from estate.engine.resource import Asset, Goal, Secret, Unknown
from estate.release.account import Estate, ReleaseError
from stacks.models import endpoint_name

LARGEST = 350_000  # bytes; DynamoDB's items hold 400 KB
PROVIDER = "pulumi:providers:"


@dataclass(frozen=True)
class Graph:
    """`nodes` by URN: `type`, physical `name`, `parent`, `needs` (URNs), `inputs` (a digest of each).

    `models` by name: `endpoint`, `pipelines` by kind, `release` (version as text, empty without one).
    """

    environment: str
    nodes: Mapping[str, Mapping[str, Any]]
    models: Mapping[str, Mapping[str, Any]]

    def pack(self) -> bytes:
        """Gzipped JSON, the same bytes for the same graph. Raises ReleaseError where no record can hold it."""
        text = json.dumps({"nodes": self.nodes, "models": self.models}, sort_keys=True, separators=(",", ":"))
        packed = gzip.compress(text.encode(), mtime=0)
        if len(packed) > LARGEST:
            raise ReleaseError(f"the dependency graph has {len(packed)} bytes packed; a record holds {LARGEST}")
        return packed


def unpack(environment: str, packed: bytes) -> Graph:
    found = json.loads(gzip.decompress(packed))
    return Graph(environment, found["nodes"], found["models"])


def make_graph(estate: Estate, goals: Iterable[Goal]) -> Graph:
    """The graph of what a plan or a run registered: resources with what they depend on; components for parentage."""
    settings, env = estate.settings, estate.environment
    nodes = {
        goal.urn: _node(goal)
        for goal in goals
        if not goal.type.startswith(PROVIDER) and goal.type != "pulumi:pulumi:Stack"
    }
    models = {
        model: {
            "endpoint": endpoint_name(env, model),
            "pipelines": {kind.value: env.named(model, kind, limit=Limit.PIPELINE) for kind in Definition},
            "release": "" if wanted.release is None else str(wanted.release.version),
        }
        for model, wanted in sorted(settings.models.items())
    }
    return Graph(settings.environment, nodes, models)


def _node(goal: Goal) -> dict[str, Any]:
    needs = {need for urns in goal.property_dependencies.values() for need in urns} | set(goal.dependencies)
    return {
        "type": goal.type,
        "name": _name(goal),
        "parent": goal.parent,
        "needs": sorted(needs),
        "inputs": {key: _digest(value) for key, value in sorted(goal.inputs.items())} if goal.custom else {},
    }


def _name(goal: Goal) -> str:
    """The physical name; empty where AWS chooses it."""
    if not goal.custom or recorded(goal.type) is not None:
        return ""
    try:
        key = row(goal.type).name
    except UnknownType:
        return ""
    value = goal.inputs.get(key) if key is not None else None
    return value if isinstance(value, str) else ""


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True).encode()).hexdigest()[:10]


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return "[secret]"  # not even a digest of it is kept
    if isinstance(value, Unknown):
        return "[unknown]"
    if isinstance(value, Asset):
        return value.sha256
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value
