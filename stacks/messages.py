"""What a person reads who got a setting wrong."""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag


def line(project: str, root: type[BaseModel], error: Mapping[str, Any]) -> str:
    """One line for one of pydantic's errors: the key, what is wrong or what is allowed, the value given."""
    path, kind = _walk(root, [part for part in error["loc"] if part != "[key]"])
    where, given = ".".join(map(str, path)), f" (given: {error['input']!r})"
    match error["type"]:
        case "extra_forbidden":
            kind = _walk(root, error["loc"][:-1])[1]
            reason = f"unknown key; allowed: {', '.join(_keys(kind))}"
        case "missing":
            reason, given = "is required", ""
        case "model_type" | "dict_type":
            reason = "must be a mapping"
        case "value_error":
            reason, given = str(error["msg"]).removeprefix("Value error, "), ""
        case "string_pattern_mismatch":
            reason = f"must match {error['ctx']['pattern']}"
        case "union_tag_invalid":
            reason = f"mode must be one of {', '.join(_tags(kind))}"
        case _:
            reason = str(error["msg"])
    return f"{project}:{where}: {reason}{given}" if where else f"{project}: {reason}{given}"


def _walk(root: type[BaseModel], loc: list[str | int] | tuple[str | int, ...]) -> tuple[list[str | int], Any]:
    """The keys as a person wrote them, and what stands there; pydantic also names the member that was chosen."""
    kind: Any = root
    path: list[str | int] = []
    for part in loc:
        choices = _tags(kind)
        if choices:
            kind = _model(choices.get(str(part)))
            if str(part) in choices:
                continue
        kind = _inside(kind, part)
        path.append(part)
    return path, kind


def _inside(kind: Any, part: str | int) -> Any:
    """What stands under a key of `kind`; None where nothing is known of it."""
    if hasattr(kind, "model_fields"):
        field = kind.model_fields.get(part)
        return None if field is None else _model(_annotated(field))
    arguments = get_args(kind)
    return _model(arguments[-1]) if arguments else None


def _annotated(field: Any) -> Any:
    """The field's annotation with its metadata, in which the choice of a union may lie."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _keys(kind: Any) -> list[str]:
    return sorted(kind.model_fields) if hasattr(kind, "model_fields") else []


def _tags(kind: Any) -> dict[str, Any]:
    """The members of a choice by their tags; empty for what is no choice."""
    if get_origin(kind) not in (Union, types.UnionType):
        return {}
    found = {}
    for member in get_args(kind):
        tags = [each.tag for each in getattr(member, "__metadata__", ()) if isinstance(each, Tag)]
        if tags:
            found[str(tags[0])] = get_args(member)[0]
    return found


def _model(annotation: Any) -> Any:
    """The model, the mapping or the choice that an annotation speaks of besides None."""
    if get_origin(annotation) is Annotated:
        return _model(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType) and not _tags(annotation):
        members = [each for each in get_args(annotation) if each is not type(None)]
        return _model(members[0]) if len(members) == 1 else annotation
    return annotation
