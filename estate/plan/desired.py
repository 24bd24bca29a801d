"""The desired state of a resource that Cloud Control makes, against the schema of its CloudFormation type.

Cloud Control's own schemas are CloudFormation's: what is required, allowed and unknown, which properties AWS alone
writes (`readOnlyProperties`), which cannot change in place (`createOnlyProperties`: the provider then replaces the
resource), and which identify it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from estate.plan.fault import Leaf
from estate.plan.schemas import schema
from estate.plan.shapes import compiled, some

TYPE = "aws:cloudcontrol/resource:Resource"
INPUT = "desiredState"
Path = tuple[str, ...]


def wanted(type: str, inputs: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The desired state of a declared resource of this type, by its inputs.

    None where it is of another type, and where the state is not known yet or is none: `leaves` says what is wrong.
    """
    if inputs.get("typeName") != type:
        return None
    try:
        state = json.loads(str(inputs.get(INPUT)))
    except ValueError:
        return None
    return state if isinstance(state, dict) else None


def leaves(type: str, text: str, region: str) -> Iterator[Leaf]:
    """Every value of a desired state with what the schema says of it, and what is missing from it."""
    known = schema(type, region)
    if known is None:
        yield Leaf("typeName", type, True, f"allowed is a type that CloudFormation has in {region}")
        return
    try:
        state = json.loads(text)
    except ValueError as error:
        yield Leaf(INPUT, text, True, f"allowed is JSON: {error}")
        return
    wrong = dict(_wrong(state, known))
    for path, value in _flat(state, ()):
        said = [each for each in wrong if path[: len(each)] == each]
        yield Leaf(_dotted(path), value, True, wrong.pop(said[0]) if said else None)
    for path, allowed in wrong.items():
        yield Leaf(_dotted(path), _at(state, path), True, allowed)


def _wrong(state: Any, known: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Where a state breaks its schema, and what is allowed there."""
    for error in _validator(known["typeName"], json.dumps(known)).iter_errors(state):
        yield from _said(error)
    for path in _paths(known, "readOnlyProperties"):
        for found in matching(state, path):
            yield found, "AWS alone writes it"


def _said(error: Any) -> Iterator[tuple[Path, str]]:
    """What an error of jsonschema means; of alternatives, the one that comes nearest."""
    path = tuple(str(step) for step in error.absolute_path)
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        yield from (((*path, name), "it is required") for name in missing)
    elif error.validator == "additionalProperties":
        allowed = error.schema.get("properties", {})
        unknown = [name for name in error.instance if name not in allowed]
        yield from (((*path, name), f"allowed are {some(allowed, name)}") for name in unknown)
    elif error.validator in ("oneOf", "anyOf") and error.context:
        from jsonschema.exceptions import best_match

        yield from _said(best_match(error.context))
    elif error.validator == "enum":
        yield path, f"allowed is one of {some(map(str, error.validator_value), str(error.instance))}"
    elif error.validator == "type":
        yield path, f"allowed is of type {error.validator_value}"
    elif error.validator == "pattern":
        yield path, f"allowed is text that matches {error.validator_value}"
    else:
        yield path, f"{error.validator} is {error.validator_value}"


@cache
def _validator(type: str, text: str) -> Any:
    """A validator whose patterns are read as AWS writes them; `type` is there to be found among the cached ones."""
    from jsonschema import Draft7Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(validator: Any, wanted: str, instance: Any, part: Mapping[str, Any]) -> Iterator[Any]:
        found = compiled(wanted)
        if isinstance(instance, str) and found is not None and found.search(instance) is None:
            yield ValidationError(f"{instance!r} does not match {wanted!r}")

    known = json.loads(text)
    return extend(Draft7Validator, {"pattern": pattern})(known)


def frozen(type: str, region: str = "us-east-1") -> frozenset[str]:
    """Paths in a plan's inputs of which a change makes a new resource; `[*]` stands for any item of a list."""
    known = schema(type, region) or {}
    return frozenset(_dotted(path) for path in _paths(known, "createOnlyProperties"))


def changed_for_good(type: str, before: Any, after: Any, region: str) -> list[str]:
    """Create-only properties in which two states differ. One that AWS chose before is kept where nothing is asked."""
    known = schema(type, region)
    found = []
    for path in _paths(known, "createOnlyProperties") if known is not None else ():
        old = {place: _at(before, place) for place in matching(before, path)}
        new = {place: _at(after, place) for place in matching(after, path)}
        if old != new:
            found.append("/".join(path))
    return found


def answered(type: str, state: Any, region: str) -> Any:
    """A state without what AWS takes and never answers with."""
    known = schema(type, region)
    for path in _paths(known, "writeOnlyProperties") if known is not None else ():
        state = _without(state, path)
    return state


def identifier(type: str, properties: Mapping[str, Any], region: str) -> str:
    """The primary identifier: its parts with a bar between them. Raises KeyError for a part that is not there."""
    known = schema(type, region) or {}
    return "|".join(str(_at(properties, path)) for path in _paths(known, "primaryIdentifier"))


def named(type: str, state: Mapping[str, Any], region: str) -> list[str]:
    """Properties of a state by which AWS tells resources of the type apart: no two may share them."""
    known = schema(type, region) or {}
    kind = type.rpartition("::")[2]
    ways = (known.get("primaryIdentifier", ()), *known.get("additionalIdentifiers", ()))
    names = {way[0].removeprefix("/properties/") for way in ways if len(way) == 1} | {f"{kind}Name"}
    return sorted(name for name in names if name in state)


def matching(state: Any, path: Path) -> Iterator[Path]:
    """Places in a state that a path of the schema means."""
    if not path:
        yield ()
        return
    if path[0] == "*":
        items = enumerate(state) if isinstance(state, list) else state.items() if isinstance(state, Mapping) else ()
        for name, item in items:
            yield from ((str(name), *rest) for rest in matching(item, path[1:]))
    elif isinstance(state, Mapping) and path[0] in state:
        yield from ((path[0], *rest) for rest in matching(state[path[0]], path[1:]))


def _paths(known: Mapping[str, Any], name: str) -> list[Path]:
    return [tuple(path.removeprefix("/properties/").split("/")) for path in known.get(name, ())]


def _without(state: Any, path: Path) -> Any:
    if isinstance(state, list):
        rest = path[1:] if path[0] == "*" else path
        return [_without(item, rest) for item in state] if rest else []
    if not isinstance(state, Mapping) or path[0] not in state:
        return state
    if len(path) == 1:
        return {name: item for name, item in state.items() if name != path[0]}
    return {**state, path[0]: _without(state[path[0]], path[1:])}


def _at(state: Any, path: Path) -> Any:
    for step in path:
        state = state[int(step)] if isinstance(state, list) else state.get(step) if isinstance(state, Mapping) else None
    return state


def _flat(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flat(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, (*path, str(index)))
    else:
        yield path, value


def _dotted(path: Path) -> str:
    return INPUT + "".join(f"[{step}]" if re.fullmatch(r"\d+|\*", step) else f".{step}" for step in path)
