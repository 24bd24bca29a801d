"""What the handlers are told by their environment: SETTINGS, a JSON object that their component writes."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3

from .graph import Graph
from .observation import Naming
from .store import Store

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Setup:
    """`runbooks` and `owners` are by kind of suspect and by model; the rest is of self-healing only."""

    environment: str
    prefix: str
    table: str
    severities: Mapping[str, str] = field(default_factory=dict)
    topic: str = ""
    runbooks: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, str] = field(default_factory=dict)
    switch: str = ""  # SSM parameter of the kill switch
    act: tuple[str, ...] = ()  # kinds of action that are carried out; others are written down only
    per_target_hour: int = 2
    per_hour: int = 10
    share: float = 0.5  # of the models that may be acted on within an hour

    @classmethod
    def read(cls) -> "Setup":
        found: dict[str, Any] = json.loads(os.environ["SETTINGS"])
        found["act"] = tuple(found.get("act", ()))
        return cls(**found)

    @property
    def source(self) -> str:
        """Source of the events that the incidents handler sends and self-healing waits for."""
        return f"{self.prefix}.operations"

    def store(self) -> Store:
        return Store(self.table, client("dynamodb"))

    def graph(self, store: Store, client: Client) -> Graph:
        """The recorded graph; before the first record, only the models, by what the layers publish of them."""
        packed = store.graph()
        return Graph.unpack(packed) if packed is not None else Graph({}, self._published(client))

    def _published(self, client: Client) -> dict[str, dict[str, Any]]:
        path = f"/mlops-estate/{self.environment}/models"
        pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        found: dict[str, dict[str, Any]] = {}
        for parameter in (each for page in pages for each in page["Parameters"]):
            outputs = json.loads(parameter["Value"])
            pipelines = {kind: outputs[f"{kind}_pipeline"] for kind in ("data", "training", "monitor")}
            found[parameter["Name"].rpartition("/")[2]] = {"endpoint": outputs["endpoint"], "pipelines": pipelines}
        return found

    def naming(self, graph: Graph) -> Naming:
        return Naming(self.prefix, self.severities, tuple(graph.models))


@cache
def client(service: str) -> Any:
    """The boto3 client of a service; Lambda's next invocation finds it again."""
    return boto3.client(service)
