"""A pipeline's definition, read: its parameters, its steps, and what a value in it refers to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from estate.cloud.services.pipelines.retries import Policy
from estate.cloud.services.wire import Params


@dataclass(frozen=True)
class Step:
    """A step, with the conditions' branches that lead to it: (condition's name, outcome), outermost first."""

    name: str
    type: str
    arguments: Mapping[str, Any]
    needs: frozenset[str]  # DependsOn and implicit references
    branch: tuple[tuple[str, bool], ...] = ()
    property_files: Mapping[str, Params] = field(default_factory=dict)
    display_name: str = ""
    own: Mapping[str, Any] = field(default_factory=dict)  # FunctionArn or SqsQueueUrl, and OutputParameters
    retries: tuple[Policy, ...] = ()
    cache_s: float | None = None  # how old a result may be that is reused


@dataclass(frozen=True)
class Definition:
    parameters: Mapping[str, Params]
    steps: Mapping[str, Step]


def references(value: Any) -> Iterator[str]:
    """Paths of every `Get` in a value."""
    if isinstance(value, dict):
        if set(value) == {"Get"}:
            yield value["Get"]
            return
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list):
        for item in value:
            yield from references(item)


def listed(names: Iterable[str]) -> str:
    """Names in order, for a message."""
    return ", ".join(sorted(names))
