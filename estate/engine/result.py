"""What running a program gives, and the two ways in which it may end early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from estate.engine.resource import Goal, State

Op = Literal["create", "update", "replace", "delete", "same", "read", "retain"]


@dataclass(frozen=True)
class Step:
    """What happened to one resource.

    A replacement is one step, whichever of the two came first; `retain` is a resource that is no longer wanted but
    stays in the cloud; `read` is a resource that the program only looks at.
    """

    op: Op
    urn: str
    type: str
    name: str
    changed: tuple[str, ...] = ()  # top-level inputs that differ


@dataclass(frozen=True)
class Deployment:
    """What exists.

    The goal in a state is what its provider was given (default tags merged in, secrets still wrapped). `pending` holds
    replaced resources whose deletion an earlier run did not reach.
    """

    states: Mapping[str, State] = field(default_factory=dict)  # by URN, in creation order
    outputs: Mapping[str, Any] = field(default_factory=dict)  # of the stack
    pending: Sequence[State] = ()


EMPTY = Deployment({}, {})


@dataclass(frozen=True)
class Result:
    """What a run did, and what the program asked for, in the order of registration."""

    deployment: Deployment
    steps: tuple[Step, ...]
    goals: tuple[Goal, ...]

    def named(self, name: str) -> Goal:
        """The one goal with this logical name. Raises LookupError where there is none, or more than one."""
        return _only([goal for goal in self.goals if goal.name == name], f"named {name!r}", self.goals)

    def made(self, name: str) -> State:
        """What the one goal with this logical name became. Raises LookupError as `named` does."""
        return self.deployment.states[self.named(name).urn]

    def of_type(self, type: str) -> list[Goal]:
        """The goals of a type token, in the order of registration."""
        return [goal for goal in self.goals if goal.type == type]

    def one(self, type: str) -> Goal:
        """The one goal of a type token. Raises LookupError where there is none, or more than one."""
        return _only(self.of_type(type), f"of type {type}", self.goals)


def _only(found: Sequence[Goal], what: str, goals: Sequence[Goal]) -> Goal:
    if len(found) != 1:
        known = ", ".join(f"{goal.name} ({goal.type})" for goal in goals)
        raise LookupError(f"{len(found)} resources {what}; there are: {known}")
    return found[0]


class ProgramError(Exception):
    """The program cannot be run to its end. `deployment` is what exists; None where nothing was touched."""

    def __init__(self, message: str, deployment: Deployment | None = None) -> None:
        super().__init__(message)
        self.deployment = deployment


class Interrupted(KeyboardInterrupt):
    """Stopped from outside; the call that was under way has ended. `deployment` is what exists."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__("interrupted")
        self.deployment = deployment
