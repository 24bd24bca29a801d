"""Whether the cloud still knows what it was told: an input against what a reading answers."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from estate.cloud.models import input_shape
from estate.cloud.resources.fit import Fit, UnmappedInput, plain
from estate.cloud.resources.requests import carries
from estate.cloud.resources.row import Row, Step, Values
from estate.cloud.resources.template import search
from estate.engine.resource import Asset


def kept(found: Row, key: str, inputs: Values, reading: Values, known: Values) -> bool:
    """Whether the reading holds the input `key`: where the row says, or where the API's own names say."""
    value = plain(inputs[key])
    if key in found.answers:
        value = found.answers[key](value, {**inputs, "region": known["region"]})
    if key in found.seen:
        path = found.seen[key]
        live = search(path, {**reading, "id": known["id"], "in": inputs})
        return holds(live, value)
    if key == "tags":
        return any(holds(reading.get(name), value) for name in ("Tags", "TagSet", "tags"))
    steps = [step for step in (found.create, *found.follow) if carries(found, step, key)]
    told = [_told(found, step, key, value, known) for step in steps]
    return any(told) and all(holds(reading, params) for params in told)


def _told(found: Row, step: Step, key: str, value: Any, known: Values) -> Values:
    """The parameters that this input alone becomes."""
    if step.build is not None:
        return step.build({key: value}, known)
    try:
        service = step.service or found.service
        return Fit(step.names, step.via).struct({key: value}, input_shape(service, step.operation))
    except UnmappedInput:
        return {}


def holds(live: Any, wanted: Any) -> bool:
    """Whether what is there has everything that was asked for; it may have more.

    Names are compared without case, lists without order, numbers and booleans with their text, JSON by its content.
    A structure that the API asks for but does not answer with may be left out.
    """
    if isinstance(wanted, Asset):
        return live == base64.b64encode(hashlib.sha256(wanted.content).digest()).decode()
    live, wanted = _parsed(live), _parsed(wanted)
    if isinstance(wanted, Mapping):
        if isinstance(live, list):
            pairs = _pairs(live)
            return any(holds(item, wanted) for item in live) or (pairs is not None and holds(pairs, wanted))
        return isinstance(live, Mapping) and all(_member_holds(live, key, value) for key, value in wanted.items())
    if isinstance(wanted, list):
        if isinstance(live, Mapping):
            return len(wanted) == 1 and holds(live, wanted[0])
        return isinstance(live, list) and all(any(holds(item, value) for item in live) for value in wanted)
    if isinstance(live, list):
        return len(live) == 1 and holds(live[0], wanted)
    return live is not None and _text(live) == _text(wanted)


def _member_holds(live: Mapping[str, Any], key: str, value: Any) -> bool:
    names = {_flat(name): name for name in live}
    if _flat(key) in names:
        return holds(live[names[_flat(key)]], value)
    inner = value[0] if isinstance(value, list) and len(value) == 1 else value
    return isinstance(inner, Mapping) and bool(inner) and holds(live, inner)


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _pairs(live: list[Any]) -> dict[str, Any] | None:
    """A list of names and values as a mapping."""
    made: dict[str, Any] = {}
    for item in live:
        lowered = (
            {_flat(name).removeprefix("tag"): value for name, value in item.items()}
            if isinstance(item, Mapping)
            else {}
        )
        name = lowered.get("key", lowered.get("name"))
        if name is None or "value" not in lowered:
            return None
        made[str(name)] = lowered["value"]
    return made


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) or (isinstance(value, str) and value.replace(".", "", 1).isdigit()):
        return f"{float(value):g}" if len(str(value)) < 12 else str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return str(value)


def _flat(name: str) -> str:
    return str(name).replace("-", "").replace("_", "").lower()
