"""What botocore's models publish of an operation's input and botocore itself does not check."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StructureShape

from estate.cloud.models import operation_model

MODELS = {
    "sagemaker": "sagemaker",
    "events": "events",
    "monitoring": "cloudwatch",
    "scheduler": "scheduler",
    "logs": "logs",
    "cloudcontrolapi": "cloudcontrol",
    "pipes": "pipes",
}
MAX_SHOWN = 200


def violations(service: str, operation: str, params: dict[str, Any]) -> list[str]:
    """Every member of `params` that breaks a published enum, pattern, length or range, in AWS's own words.

    None for a service whose model is not asked for here.
    """
    if service not in MODELS:
        return []
    return faults(operation_model(MODELS[service], operation).input_shape, params)


def faults(shape: Shape | None, params: dict[str, Any]) -> list[str]:
    """The same of any input shape."""
    return list(_check(shape, params, "")) if shape is not None else []


def _check(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            yield f"Value at '{path}' must be a structure"
            return
        for name in shape.required_members:
            if value.get(name) is None:
                yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
        for name, item in value.items():
            if name in shape.members and item is not None:
                yield from _check(shape.members[name], item, _join(path, name))
    elif isinstance(shape, ListShape):
        yield from _check_length(shape, value, path)
        for index, item in enumerate(value):
            yield from _check(shape.member, item, f"{path}.{index + 1}.member")
    elif isinstance(shape, MapShape):
        yield from _check_length(shape, value, path)
        for key, item in value.items():
            yield from _check(shape.value, item, f"{path}.{key}.member")
    elif isinstance(value, str):
        yield from _check_text(shape, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _check_range(shape, value, path)


def _check_text(shape: Shape, value: str, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield _fault(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
        return
    yield from _check_length(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern)(value):
        yield _fault(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _check_length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _fault(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _fault(value, path, f"Member must have length less than or equal to {most}")


def _check_range(shape: Shape, value: float, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _fault(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _fault(value, path, f"Member must have value less than or equal to {most}")


def _fault(value: Any, path: str, constraint: str) -> str:
    shown = str(value)
    shown = shown if len(shown) <= MAX_SHOWN else f"{shown[:MAX_SHOWN]}..."
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


@cache
def _compiled(pattern: str) -> Callable[[str], object]:
    try:
        return regex.compile(pattern).fullmatch
    except regex.error:  # of a dialect that cannot be read here
        return lambda value: True


def _join(path: str, name: str) -> str:
    """AWS writes member names with a small first letter."""
    small = name[:1].lower() + name[1:]
    return f"{path}.{small}" if path else small
