"""URNs as Pulumi writes them, and the older URNs that a resource may be known by."""

from collections.abc import Mapping, Sequence

from pulumi.runtime.proto import alias_pb2

STACK_TYPE = "pulumi:pulumi:Stack"


def make(stack: str, project: str, parent: str | None, type: str, name: str) -> str:
    """The URN of a resource; children of the stack itself carry no parent's type."""
    outer = qualified_type(parent) if parent else STACK_TYPE
    qualified = type if outer == STACK_TYPE else f"{outer}${type}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def qualified_type(urn: str) -> str:
    """The type with those of all parents, such as `a:b:Outer$c:d:Inner`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    return qualified_type(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def aliases(
    declared: Sequence[alias_pb2.Alias],
    urn: str,
    parent: str | None,
    known: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    """Every URN that the resource may have had: its own aliases, and both names under its parent's aliases.

    `known` holds the aliases of the resources so far, by URN.
    """
    own = [_resolved(alias, urn, parent) for alias in declared]
    inherited = [
        _under(former, parent, each)
        for former in (known.get(parent, ()) if parent else ())
        for each in (urn, *(u for u in own if _is_sibling(u, urn)))
    ]
    return tuple(dict.fromkeys(found for found in (*own, *inherited) if found != urn))


def _is_sibling(former: str, urn: str) -> bool:
    """Whether both lie under one parent, so that a former parent applies to the former name too."""
    return qualified_type(former).rpartition("$")[0] == qualified_type(urn).rpartition("$")[0]


def _resolved(alias: alias_pb2.Alias, urn: str, parent: str | None) -> str:
    if alias.WhichOneof("alias") == "urn":
        return alias.urn
    spec = alias.spec
    _, stack, project, *_ = _parts(urn)
    former_parent = None if spec.noParent else spec.parentUrn or parent
    return make(
        spec.stack or stack,
        spec.project or project,
        former_parent,
        spec.type or type_of(urn),
        spec.name or name_of(urn),
    )


def _parts(urn: str) -> tuple[str, str, str, str]:
    head, project, qualified, name = urn.split("::", 3)
    return head, head.removeprefix("urn:pulumi:"), project, f"{qualified}::{name}"


def _under(former_parent: str, parent: str | None, urn: str) -> str:
    """The resource under its parent's former URN; a name that starts with the parent's follows the parent's name."""
    name = name_of(urn)
    if parent and name.startswith(name_of(parent)):
        name = name_of(former_parent) + name.removeprefix(name_of(parent))
    _, stack, project, _ = _parts(former_parent)
    return make(stack, project, former_parent, type_of(urn), name)
