"""The estate's dependency graph, as `estate record` wrote it, with what no resource stands for.

Three nodes a model are no resources: the release that it serves, the data that it learns from, the traffic that it is
asked. Causes often lie there, so that an endpoint depends on all three.
"""

import gzip
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

# They look at others and cause nothing.
OBSERVERS = (
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/queryDefinition:QueryDefinition",
)
# Resources that only tie two others together, such as a policy to a role, or a route table to a subnet.
LINKS = ("Attachment", "Association", "EventTarget")
# A model's nodes that are no resources.
RELEASE, DATA, TRAFFIC = "release", "data", "traffic"
DATA_SIGNALS = ("concept-drift", "model-quality", "bias")
TRAFFIC_SIGNALS = ("drift", "quality", "prediction-drift", "attribution")


@dataclass(frozen=True)
class Node:
    """A resource: its type, physical name, parent component and the URNs that it depends on."""

    type: str
    name: str
    parent: str | None
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """URNs to resources, and models to their own ones: `{"endpoint": name, "pipelines": {kind: name}}`."""

    nodes: Mapping[str, Node] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def unpack(cls, packed: bytes) -> "Graph":
        """The inverse of what `estate record` packs: gzipped JSON."""
        found = json.loads(gzip.decompress(packed))
        nodes = {
            urn: Node(each["type"], each["name"], each.get("parent"), tuple(each["needs"]))
            for urn, each in found["nodes"].items()
        }
        return cls(nodes, found["models"])

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """URNs of custom resources by physical name."""
        found: dict[str, list[str]] = {}
        for urn, node in self.nodes.items():
            if node.name:
                found.setdefault(node.name, []).append(urn)
        return found

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """What each node depends on, with the nodes that are no resources; observers are in it without dependents."""
        found = {urn: tuple(need for need in node.needs if need in self.nodes) for urn, node in self.nodes.items()}
        for model in self.models:
            for node, more in self._of_model(model).items():
                found[node] = tuple(dict.fromkeys((*found.get(node, ()), *more)))
        return found

    @cached_property
    def dependents(self) -> dict[str, tuple[str, ...]]:
        """Who depends on each node; observers do not count, as what they look at is not theirs to break."""
        found: dict[str, list[str]] = {}
        for node, needs in self.needs.items():
            if not self.observes(node):
                for need in needs:
                    found.setdefault(need, []).append(node)
        return {node: tuple(sorted(each)) for node, each in found.items()}

    def observes(self, node: str) -> bool:
        return node in self.nodes and self.nodes[node].type in OBSERVERS

    def resource(self, name: str, *types: str) -> str | None:
        """The URN of the resource with this physical name and one of these types; any type where none is given."""
        for urn in sorted(self.by_name.get(name, ())):
            if not types or self.nodes[urn].type in types:
                return urn
        return None

    def endpoint(self, model: str) -> str | None:
        return self.resource(str(self.models.get(model, {}).get("endpoint", "")), "aws:sagemaker/endpoint:Endpoint")

    def pipeline(self, model: str, kind: str) -> str | None:
        name = str(self.models.get(model, {}).get("pipelines", {}).get(kind, ""))
        return self.resource(name, "aws:sagemaker/pipeline:Pipeline")

    def _of_model(self, model: str) -> dict[str, tuple[str, ...]]:
        own = {kind: f"{kind}:{model}" for kind in (RELEASE, DATA, TRAFFIC)}
        endpoint = self.endpoint(model)
        pipes = {kind: self.pipeline(model, kind) for kind in ("data", "training", "monitor")}
        found: dict[str | None, tuple[str | None, ...]] = {
            own[RELEASE]: (pipes["training"], own[DATA]),
            own[DATA]: (),
            own[TRAFFIC]: (),
            endpoint: (own[RELEASE], own[TRAFFIC]),
            pipes["data"]: (own[DATA],),
            pipes["training"]: (own[DATA], pipes["data"]),
            pipes["monitor"]: (own[TRAFFIC], own[RELEASE]),
        }
        return {node: tuple(n for n in more if n is not None) for node, more in found.items() if node is not None}

    def starts(self, signal: str, subject: str, name: str = "") -> tuple[str, ...]:
        """The nodes that an alert speaks of, by what it is about."""
        named = self.resource(name, "aws:sagemaker/pipeline:Pipeline", "aws:sagemaker/endpoint:Endpoint")
        if named is not None:
            return (named,)
        if subject in self.models:
            own = {kind: f"{kind}:{subject}" for kind in (RELEASE, DATA, TRAFFIC)}
            if signal in DATA_SIGNALS:
                return (own[RELEASE], own[DATA])
            if signal in TRAFFIC_SIGNALS:
                return (own[TRAFFIC],)
            endpoint = self.endpoint(subject)
            return (endpoint,) if endpoint is not None else (own[RELEASE],)
        return self._watched_by(name) or self._called(subject)

    def _watched_by(self, alarm: str) -> tuple[str, ...]:
        """What the alarm's own resource depends on: the thing that it watches."""
        urn = self.resource(alarm, *OBSERVERS)
        return tuple(need for need in self.nodes[urn].needs if need in self.nodes) if urn is not None else ()

    def _called(self, subject: str) -> tuple[str, ...]:
        """The function whose name ends in `subject`; else any resource that does."""
        ending = [urn for name, urns in self.by_name.items() if name.endswith(f"-{subject}") for urn in urns]
        functions = [urn for urn in ending if self.nodes[urn].type == "aws:lambda/function:Function"]
        return tuple(sorted(functions or [urn for urn in ending if not self.observes(urn)])[:1])

    def reach(self, start: Iterable[str], farthest: int = 12) -> dict[str, int]:
        """Everything that `start` depends on, with its distance."""
        found = dict.fromkeys(start, 0)
        queue = deque(found)
        while queue:
            node = queue.popleft()
            if found[node] < farthest:
                for need in self.needs.get(node, ()):
                    if need not in found:
                        found[need] = found[node] + 1
                        queue.append(need)
        return found

    def path(self, start: Iterable[str], end: str) -> tuple[str, ...]:
        """The shortest way along dependencies, both ends included; empty where there is none."""
        came: dict[str, str | None] = dict.fromkeys(start)
        queue = deque(came)
        while queue:
            node = queue.popleft()
            if node == end:
                way: list[str] = []
                at: str | None = node
                while at is not None:
                    way.append(at)
                    at = came[at]
                return tuple(reversed(way))
            # What is attached to a thing, such as a policy to a role, acts on it.
            for need in (*self.needs.get(node, ()), *self.attached(node)):
                if need not in came:
                    came[need] = node
                    queue.append(need)
        return ()

    def attached(self, node: str) -> tuple[str, ...]:
        """Resources that depend on `node` and on which nothing depends: they configure it."""
        if node not in self.nodes:
            return ()
        return tuple(each for each in self.dependents.get(node, ()) if each not in self.dependents)

    def linked(self, node: str) -> tuple[str, ...]:
        """What is tied to `node` by a resource that is made for that."""
        ties = (each for each in self.attached(node) if each in self.nodes and self.nodes[each].type.endswith(LINKS))
        return tuple(need for tie in ties for need in self.needs[tie] if need != node)
