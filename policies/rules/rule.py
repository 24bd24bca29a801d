"""What a rule is. Rules are plain functions: the pack that runs them, and the tests, need no engine."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from .values import Inputs, readable


class Severity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Resource:
    """A resource as the program asks for it. `inputs` has Pulumi's property names; URNs are Pulumi's."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    parent: str | None = None
    dependencies: Sequence[str] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provider: str | None = None
    protect: bool = False  # its deletion is refused

    @cached_property
    def values(self) -> Inputs:
        """The inputs, guarded: reading an unknown one raises Undecided."""
        return readable(self.inputs)


@dataclass(frozen=True)
class Stack:
    """All resources of a stack, for rules that compare them."""

    resources: Sequence[Resource]

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        return {resource.urn: resource for resource in self.resources}

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.type].append(resource)
        return found

    @cached_property
    def _users(self) -> Mapping[str, Sequence[tuple[Resource, str]]]:
        found: dict[str, list[tuple[Resource, str]]] = defaultdict(list)
        for resource in self.resources:
            for property, owners in resource.property_dependencies.items():
                for owner in owners:
                    found[owner].append((resource, property))
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        return (resource for type in types for resource in self._by_type.get(type, ()))

    def users(self, owner: Resource) -> Sequence[tuple[Resource, str]]:
        """What hangs on `owner`, and by which property."""
        return self._users.get(owner.urn, ())


Finding = tuple[Resource, str]


@dataclass(frozen=True)
class About:
    """What is the same of every rule. `controls` are ids of `frameworks.CONTROLS`."""

    id: str
    title: str
    severity: Severity
    controls: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Rule(About):
    """A rule over one resource at a time. `check` yields one sentence for each violation."""

    types: tuple[str, ...]
    check: Callable[[Inputs], Iterator[str]]


@dataclass(frozen=True)
class StackRule(About):
    """A rule over resources of one or more types and their neighbours.

    `check` is called for each resource of `types` and yields one sentence for each violation.
    """

    types: tuple[str, ...]
    check: Callable[[Resource, Stack], Iterator[str]]


def rule(
    id: str, on: str | tuple[str, ...], title: str, severity: Severity, controls: tuple[str, ...], fix: str
) -> Callable[[Callable[[Inputs], Iterator[str]]], Rule]:
    """Turns a function over a resource's inputs into a `Rule`."""
    return lambda check: Rule(id, title, severity, controls, fix, _types(on), check)


def stack_rule(
    id: str, on: str | tuple[str, ...], title: str, severity: Severity, controls: tuple[str, ...], fix: str
) -> Callable[[Callable[[Resource, Stack], Iterator[str]]], StackRule]:
    """Turns a function over a resource and its stack into a `StackRule`."""
    return lambda check: StackRule(id, title, severity, controls, fix, _types(on), check)


def _types(on: str | tuple[str, ...]) -> tuple[str, ...]:
    return (on,) if isinstance(on, str) else on
