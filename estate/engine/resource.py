"""What the engine knows of a resource: what the program asks for, and what exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Any]


class Unknown:
    """The value that an output has in a preview. One object; equal to nothing but itself."""

    def __repr__(self) -> str:
        return "<unknown>"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # the one object, in whichever process it is read again


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that no screen, plan or report may show."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True)
class Asset:
    """The bytes of a file, or of a whole archive as the zip that Pulumi would upload."""

    content: bytes = field(repr=False)
    sha256: str


@dataclass(frozen=True)
class Goal:
    """A resource as the program registers it: plain inputs with Pulumi's property names, and its options.

    Inputs hold str, bool, int, float, None, list, dict, and UNKNOWN, Secret and Asset. Integral floats are ints.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: Values
    parent: str | None = None
    dependencies: Sequence[str] = ()
    property_dependencies: Mapping[str, Sequence[str]] = field(default_factory=dict)
    provider: str | None = None  # URN of its provider
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool | None = None  # None: the provider decides
    ignore_changes: Sequence[str] = ()
    replace_on_changes: Sequence[str] = ()
    additional_secret_outputs: Sequence[str] = ()
    aliases: Sequence[str] = ()  # as URNs
    external_id: str | None = None  # read with `.get()`, never created or deleted
    deleted_with: str | None = None  # URN of a resource whose deletion takes this one along
    replace_with: Sequence[str] = ()  # URNs of resources whose replacement replaces this one
    replacement_trigger: Any = None  # a change replaces the resource


@dataclass(frozen=True)
class State:
    """A resource that exists."""

    goal: Goal
    id: str
    outputs: Values
