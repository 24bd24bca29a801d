"""What the SDK's classes say of a resource type's properties, with Pulumi's names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pulumi import _types

from estate.engine.resource import Secret
from estate.engine.sdk import resource_class


@dataclass(frozen=True)
class Property:
    """`kind` is the unwrapped type; `always`: an existing resource has a value; `given`: it may be an input."""

    kind: Any
    always: bool
    given: bool


@cache
def properties(type: str) -> Mapping[str, Property]:
    """Properties of a type token by Pulumi's name; empty where no installed SDK knows the type."""
    _import_sdk(type.partition(":")[0])
    found = resource_class(type)
    if found is None:
        return {}
    names = _types.resource_pulumi_to_py_names(found)
    initializer = getattr(found, "_internal_init", None)
    inputs = set(initializer.__annotations__) if initializer is not None else set()
    hints = _types._raw_return_hints(found)
    return {
        name: Property(kind, not _optional(hints.get(name)), names.get(name, name) in inputs)
        for name, kind in _types.resource_types(found).items()
    }


def _import_sdk(package: str) -> None:
    """An SDK tells the runtime of its classes when it is imported; the program may not have run yet."""
    name = f"pulumi_{package.replace('-', '_')}"
    if find_spec(name) is not None:
        import_module(name)


def _optional(hint: Any) -> bool:
    """Whether a return hint is `Output[Optional[...]]`."""
    inner = get_args(hint)[0] if get_origin(hint) is not None and len(get_args(hint)) == 1 else hint
    return get_origin(inner) in (Union, UnionType) and NoneType in get_args(inner)


def members(kind: Any) -> Mapping[str, Any] | None:
    """Types of the members of a nested type, by Pulumi's name; None where `kind` is no such type."""
    kind = _types.unwrap_type(kind)
    return _types.output_type_types(kind) if isinstance(kind, type) and _types.is_output_type(kind) else None


def element(kind: Any) -> Any:
    """Type of the elements of a list, or of the values of a map; None where it is neither."""
    kind = _types.unwrap_type(kind)
    arguments = get_args(kind)
    return arguments[-1] if (arguments and is_list(kind)) or (is_map(kind) and arguments) else None


def is_list(kind: Any) -> bool:
    return get_origin(kind) in (list, Sequence)


def is_map(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping)


@dataclass(frozen=True)
class Misspelt:
    """A key of a nested dictionary that its type does not have."""

    path: str
    known: tuple[str, ...]

    @property
    def allowed(self) -> str:
        near = get_close_matches(self.path.rpartition(".")[2], self.known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{hint}known properties: {', '.join(sorted(self.known))}"


def misspelt(type: str, inputs: Mapping[str, Any]) -> Iterator[Misspelt]:
    """Unknown keys in nested dictionaries: Python checks a resource's own arguments, nobody checks these."""
    declared = properties(type)
    for name, value in inputs.items():
        if name in declared:
            yield from _misspelt(value, declared[name].kind, name)


def _misspelt(value: Any, kind: Any, path: str) -> Iterator[Misspelt]:
    if isinstance(value, Secret):
        value = value.value
    known = members(kind)
    if isinstance(value, Mapping) and known is not None:
        for key, item in value.items():
            if key in known:
                yield from _misspelt(item, known[key], f"{path}.{key}")
            elif not key.startswith("__"):
                yield Misspelt(f"{path}.{key}", tuple(known))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _misspelt(item, element(kind), f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _misspelt(item, element(kind), f"{path}[{index}]")
