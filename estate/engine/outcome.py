"""What the monitor asks of whoever decides about goals: a preview, or a deployment."""

from dataclasses import dataclass
from typing import Any, Protocol

from estate.engine.resource import Goal, Values


@dataclass(frozen=True)
class Outcome:
    """What the program is told about a resource. `id` is empty where it is unknown."""

    id: str
    outputs: Values


class Decider(Protocol):
    """All methods raise ProgramError."""

    def register(self, goal: Goal) -> Outcome: ...

    def read(self, goal: Goal) -> Outcome: ...

    def component_outputs(self, urn: str, outputs: Values) -> None: ...

    def invoke(self, token: str, args: Values) -> Values | None:
        """The answer of a data source; None where it is unknown."""

    def known(self, urn: str) -> Any:
        """The outcome of a resource that was registered before; None where there is none."""
