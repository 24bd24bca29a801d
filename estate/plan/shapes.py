"""Parameters against a service's published shapes: what botocore knows and does not check, and what it does."""

import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from estate.plan.fault import Leaf

PLAIN = {
    "string": (str, "text"),
    "character": (str, "text"),
    "integer": (int, "a whole number"),
    "long": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
    "blob": ((bytes, bytearray, str), "bytes"),
}
MANY = 24  # longest list of allowed values that is shown whole


def leaves(value: Any, shape: Shape, path: str = "", complete: bool = True) -> Iterator[Leaf]:
    """Every leaf of `value` with what the shape says of it; also a leaf for each required member that is missing.

    With `complete` false, missing members are no fault. A value that is a pipeline's reference (`{"Get": ...}`,
    `{"Std:Join": ...}`) is not looked at: only an execution knows it.
    """
    if isinstance(value, Mapping) and ("Get" in value or "Std:Join" in value) and not isinstance(shape, MapShape):
        yield Leaf(path, value, bound=False)
    elif isinstance(shape, StructureShape):
        yield from _structure(value, shape, path, complete)
    elif isinstance(shape, ListShape):
        yield from _list(value, shape, path, complete)
    elif isinstance(shape, MapShape):
        yield from _map(value, shape, path, complete)
    else:
        yield _leaf(value, shape, path)


def _structure(value: Any, shape: StructureShape, path: str, complete: bool) -> Iterator[Leaf]:
    if getattr(shape, "is_document_type", False):
        yield Leaf(path, value, bound=False)
        return
    if not isinstance(value, Mapping):
        yield Leaf(path, value, True, f"allowed is a structure with {some(shape.members)}")
        return
    for name in shape.required_members if complete else ():
        if value.get(name) is None and not shape.members[name].metadata.get("idempotencyToken"):
            yield Leaf(_join(path, name), None, True, "it is required")
    for name, item in value.items():
        if name not in shape.members:
            yield Leaf(_join(path, name), item, True, f"allowed members are {some(shape.members)}")
        elif item is not None:
            yield from leaves(item, shape.members[name], _join(path, name), complete)


def _list(value: Any, shape: ListShape, path: str, complete: bool) -> Iterator[Leaf]:
    if not isinstance(value, list | tuple):
        yield Leaf(path, value, True, "allowed is a list")
        return
    wrong = _outside(len(value), shape, "items")
    if wrong is not None:
        yield Leaf(path, value, True, wrong)
    for index, item in enumerate(value):
        yield from leaves(item, shape.member, f"{path}[{index}]", complete)


def _map(value: Any, shape: MapShape, path: str, complete: bool) -> Iterator[Leaf]:
    if not isinstance(value, Mapping):
        yield Leaf(path, value, True, "allowed is a map")
        return
    wrong = _outside(len(value), shape, "entries")
    if wrong is not None:
        yield Leaf(path, value, True, wrong)
    for key, item in value.items():
        said = _leaf(key, shape.key, path)
        if said.allowed is not None:
            yield said
        yield from leaves(item, shape.value, _join(path, str(key)), complete)


def _leaf(value: Any, shape: Shape, path: str) -> Leaf:
    kind = shape.type_name
    expected = PLAIN.get(kind)
    if expected is None:  # timestamps: the client parses many forms
        return Leaf(path, value, bound=False)
    types, name = expected
    if not isinstance(value, types) or isinstance(value, bool) is not (kind == "boolean"):
        return Leaf(path, value, True, f"allowed is {name}")
    if kind in ("string", "character"):
        return Leaf(path, value, _says_anything(shape), _text_fault(value, shape), bool(getattr(shape, "enum", None)))
    if kind == "blob":
        return Leaf(path, f"{len(value)} bytes", True, _outside(len(value), shape, "bytes"))
    return Leaf(path, value, True, None if kind == "boolean" else _outside(value, shape, ""))


def _says_anything(shape: Shape) -> bool:
    published = shape.metadata
    return bool(getattr(shape, "enum", None) or {"min", "max"} & published.keys() or usable_pattern(shape) is not None)


def usable_pattern(shape: Shape) -> str | None:
    pattern = shape.metadata.get("pattern")
    return pattern if pattern is not None and compiled(pattern) is not None else None


def _text_fault(value: str, shape: Shape) -> str | None:
    allowed = shape.enum if isinstance(shape, StringShape) else None
    if allowed and value not in allowed:
        return f"allowed is one of {some(allowed, value)}"
    wrong = _outside(len(value), shape, "characters")
    if wrong is not None:
        return wrong
    pattern = usable_pattern(shape)
    if pattern is not None and not matches(pattern, value):
        return f"allowed is text that matches {pattern}"
    return None


def _outside(size: float, shape: Shape, unit: str) -> str | None:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is None or size >= least) and (most is None or size <= most):
        return None
    unit = f" {unit}" if unit else ""
    if most is None:
        return f"allowed is at least {least}{unit}"
    return f"allowed is {least if least is not None else 'nothing'} to {most}{unit}"


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> Any:
    """The pattern as `regex` compiles it, or None where it is of a dialect that cannot be read here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(pattern)
    except regex.error:
        return None


def matches(pattern: str, value: str) -> bool:
    """Whether all of `value` matches; AWS anchors its patterns at both ends, whether they say so or not."""
    found = compiled(pattern)
    return found is None or found.fullmatch(value) is not None


def some(names: Any, near: str | None = None) -> str:
    """Allowed names, all of them or those that look most like the one that was given."""
    names = sorted(names)
    if len(names) <= MANY:
        return ", ".join(names)
    from difflib import get_close_matches

    closest = get_close_matches(near or "", names, n=5, cutoff=0.3) or names[:5]
    return f"{', '.join(closest)} and {len(names) - len(closest)} more"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
