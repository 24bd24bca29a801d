"""Matches Pulumi inputs to the members of a botocore input shape: by name, plural, suffix, or one struct down."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from estate.cloud.resources.row import Values
from estate.engine.resource import Asset, Secret

_PAIRS = (("key", "value"), ("tagkey", "tagvalue"), ("name", "value"))


class UnmappedInput(Exception):
    """An input that maps to nothing in the API: it would be lost, so it is refused."""


class Fit:
    """One matching: the renames and callables that apply, by the input's dotted path."""

    def __init__(self, names: Mapping[str, str], via: Mapping[str, Callable[[Any], Values]]) -> None:
        self.names = names
        self.via = via

    def struct(self, values: Values, shape: StructureShape, path: str = "") -> dict[str, Any]:
        """Parameters for `shape`. Raises UnmappedInput with the path of the input that has no place in it."""
        params: dict[str, Any] = {}
        for key, value in values.items():
            here = f"{path}.{key}" if path else key
            if value is None or (key == "tags" and not value):
                continue
            if here in self.via:
                merge(params, self.via[here](plain(value)))
                continue
            target = self.names[here].split(".") if here in self.names else find(shape, key)
            if target is None:
                raise UnmappedInput(f"{here} has no place in {shape.name}")
            self._place(params, shape, target, value, here)
        return params

    def _place(self, params: dict[str, Any], shape: Shape, target: list[str], value: Any, path: str) -> None:
        for part in target[:-1]:
            shape = _member(shape, part, path)
            params = params.setdefault(part, {})
        leaf = self.value(value, _member(shape, target[-1], path), path)
        merge(params, {target[-1]: leaf})

    def value(self, value: Any, shape: Shape, path: str) -> Any:
        """The value as the shape wants it."""
        value = plain(value)
        if isinstance(shape, StructureShape):
            if isinstance(value, list) and len(value) == 1:  # one block that Terraform calls a list
                value = value[0]
            if not isinstance(value, Mapping):
                raise UnmappedInput(f"{path} is {type(value).__name__}, and {shape.name} is a structure")
            return self.struct(value, shape, path)
        if isinstance(shape, ListShape):
            return self._list(value, shape, path)
        if isinstance(shape, MapShape):
            if not isinstance(value, Mapping):
                raise UnmappedInput(f"{path} is {type(value).__name__}, and {shape.name} is a map")
            return {str(key): self.value(item, shape.value, path) for key, item in value.items() if item is not None}
        return scalar(value, shape)

    def _list(self, value: Any, shape: ListShape, path: str) -> list[Any]:
        member = shape.member
        if isinstance(value, Mapping) and isinstance(member, StructureShape):
            pair = _pair(member)
            if pair is not None:
                return [{pair[0]: key, pair[1]: scalar(value[key], member.members[pair[1]])} for key in sorted(value)]
        items = value if isinstance(value, list) else [value]
        return [self.value(item, member, path) for item in items]


def plain(value: Any) -> Any:
    """The value that a secret holds, or the value."""
    return plain(value.value) if isinstance(value, Secret) else value


def merge(into: dict[str, Any], more: Values) -> None:
    """Adds members, and members of members."""
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def scalar(value: Any, shape: Shape) -> Any:
    """A value that is no container, in the shape's type: Pulumi has numbers and booleans where AWS has text."""
    value = plain(value)
    if isinstance(value, Asset):
        return value.content
    kind = shape.type_name
    if kind == "string":
        if isinstance(value, bool):
            return str(value).lower()
        return json.dumps(value) if isinstance(value, dict | list) else str(value)
    if kind in ("integer", "long") and isinstance(value, str | float):
        return int(value)
    if kind in ("float", "double") and isinstance(value, str | int):
        return float(value)
    if kind == "boolean" and isinstance(value, str):
        return value == "true"
    if kind == "blob" and isinstance(value, str):
        return value.encode()
    return value


def find(shape: StructureShape, key: str) -> list[str] | None:
    """Path of the one member that an input's name means; None where there is none, or no single one."""
    direct = _direct(shape, key)
    if direct is not None:
        return [direct]
    inside = [
        [name, found]
        for name, member in shape.members.items()
        if isinstance(member, StructureShape) and (found := _direct(member, key)) is not None
    ]
    if len(inside) == 1:
        return inside[0]
    wanted = _flat(key)
    ending = [name for name in shape.members if _flat(name).endswith(wanted)]
    return ending if len(ending) == 1 else None


def _direct(shape: StructureShape, key: str) -> str | None:
    names = {_flat(name): name for name in shape.members}
    return next((names[spelling] for spelling in _spellings(key) if spelling in names), None)


def _spellings(key: str) -> list[str]:
    flat = _flat(key)
    singular = [flat[: -len(end)] + other for end, other in (("ies", "y"), ("es", ""), ("s", "")) if flat.endswith(end)]
    return [flat, *singular, f"{flat}s", f"{flat}set", f"{flat}list"]


def _flat(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _pair(shape: StructureShape) -> tuple[str, str] | None:
    names = {_flat(name): name for name in shape.members}
    return next(((names[key], names[value]) for key, value in _PAIRS if key in names and value in names), None)


def _member(shape: Shape, name: str, path: str) -> Shape:
    if isinstance(shape, MapShape):
        return shape.value
    if isinstance(shape, StructureShape) and name in shape.members:
        return shape.members[name]
    raise UnmappedInput(f"{path}: {shape.name} has no member {name}")
