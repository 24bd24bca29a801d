"""What a person reads who got a setting wrong."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def line(project: str, root: type[BaseModel], error: Mapping[str, Any]) -> str:
    """One line for one of pydantic's errors: the key, what is wrong or what is allowed, the value given."""
    path = [part for part in error["loc"] if part != "[key]"]
    where, given = ".".join(map(str, path)), f" (given: {error['input']!r})"
    match error["type"]:
        case "extra_forbidden":
            reason = f"unknown key; allowed: {', '.join(_keys(root, path[:-1]))}"
        case "missing":
            reason, given = "is required", ""
        case "model_type" | "dict_type":
            reason = "must be a mapping"
        case "value_error":
            reason, given = str(error["msg"]).removeprefix("Value error, "), ""
        case "string_pattern_mismatch":
            reason = f"must match {error['ctx']['pattern']}"
        case _:
            reason = str(error["msg"])
    return f"{project}:{where}: {reason}{given}" if where else f"{project}: {reason}{given}"


def _keys(root: type[BaseModel], path: list[str | int]) -> list[str]:
    """Keys that are known where `path` leads."""
    kind: Any = root
    for part in path:
        kind = _model(kind.model_fields[part].annotation if hasattr(kind, "model_fields") else get_args(kind)[1])
    return sorted(kind.model_fields) if hasattr(kind, "model_fields") else []


def _model(annotation: Any) -> Any:
    """The model, or the mapping, that an annotation speaks of besides None."""
    if get_origin(annotation) is Annotated:
        return _model(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        (only,) = [each for each in get_args(annotation) if each is not type(None)]
        return _model(only)
    return annotation
