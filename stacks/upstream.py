"""What a layer may read of the layers before it, whichever stack holds them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi

from contracts.outputs import (
    DataOutputs,
    FoundationOutputs,
    MonitoringOutputs,
    Outputs,
    RegistryOutputs,
    ServingOutputs,
    TrainingOutputs,
)

Wire = pulumi.Output[str]


class MissingLayer(Exception):
    """A layer needs another that neither this stack nor a sibling holds."""


@dataclass
class Upstream:
    """Outputs of the layers so far. Reading one that does not exist raises MissingLayer, never AttributeError."""

    read: Callable[[str], Outputs[Wire]]

    def __post_init__(self) -> None:
        self._known: dict[str, Outputs[Wire]] = {}

    def add(self, layer: str, outputs: Outputs[Wire]) -> None:
        self._known[layer] = outputs

    def _get(self, layer: str) -> Any:
        if layer not in self._known:
            self._known[layer] = self.read(layer)
        return self._known[layer]

    @property
    def foundation(self) -> FoundationOutputs[Wire]:
        return self._get("foundation")

    @property
    def data(self) -> DataOutputs[Wire]:
        return self._get("data")

    @property
    def training(self) -> TrainingOutputs[Wire]:
        return self._get("training")

    @property
    def registry(self) -> RegistryOutputs[Wire]:
        return self._get("registry")

    @property
    def serving(self) -> ServingOutputs[Wire]:
        return self._get("serving")

    @property
    def monitoring(self) -> MonitoringOutputs[Wire]:
        return self._get("monitoring")
