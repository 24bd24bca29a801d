"""From a row and a resource's inputs to the parameters of each call."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from estate.cloud.models import input_shape
from estate.cloud.resources.common import tag_specification
from estate.cloud.resources.fit import Fit, UnmappedInput, merge, plain
from estate.cloud.resources.row import Call, Row, Step, Values
from estate.cloud.resources.table import recorded, row
from estate.cloud.resources.template import Unfilled, fill, search
from estate.engine.resource import Goal

# Where a goal is looked at without a cloud, these stand for what only the cloud knows.
_ACCOUNT, _REGION = "000000000000", "us-east-1"

_ALWAYS_LOCAL = ("region", "tagsAll", "timeouts")


def known_inputs(found: Row, goal: Goal) -> dict[str, Any]:
    """Inputs that are there, with pulumi-aws's defaults for those that are not; a name is made where none is given."""
    given = {key: plain(value) for key, value in goal.inputs.items() if value is not None and not key.startswith("__")}
    named = found.auto or found.name
    made = {} if named is None else {named: f"{goal.name}-{hashlib.sha256(goal.urn.encode()).hexdigest()[:7]}"}
    return {**made, **found.defaults, **given}


def partition(region: str) -> str:
    """The partition that a region is in."""
    return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(region.rsplit("-", 2)[0], "aws")


def surroundings(account: str, region: str, **more: Any) -> dict[str, Any]:
    """What templates may mention besides the resource itself."""
    return {"account": account, "region": region, "partition": partition(region), **more}


def calls(goal: Goal) -> list[Call]:
    """The API calls that would create a goal, in order; none for a type that is only recorded.

    Ids that the cloud would give are stood in for by ones of their form; inputs must be known.
    Raises UnknownType, and UnmappedInput where an input would be lost.
    """
    if recorded(goal.type) is not None:
        return []
    found = row(goal.type)
    inputs = known_inputs(found, goal)
    _refuse_strays(found, inputs, goal)
    known = surroundings(_ACCOUNT, _REGION, **{"in": inputs, "old": {}, "made": {}, "out": {}, "id": found.sample_id})
    if not found.sample_id:
        try:
            known["id"] = fill(found.id, known)
        except Unfilled as error:
            raise UnmappedInput(f"{goal.type} needs {error}") from None
    made: list[Call] = []
    for step in (found.create, *found.follow):
        made += requests(found, step, inputs, known)
    return made


def requests(found: Row, step: Step, inputs: Values, known: Values, *, again: bool = False) -> Iterator[Call]:
    """The calls of one step: none where nothing asks for it, several where it is called for each item of an input.

    `again`: something that it takes has changed, be it that it is no longer there.
    """
    if step.each is not None:
        for item in search(step.each, known) or ():
            yield from _request(found, step, item if isinstance(item, Mapping) else {}, {**known, "item": item})
        return
    selected = {key: value for key, value in inputs.items() if value is not None and carries(found, step, key)}
    if step.when is not None and not step.when(inputs):
        return
    if step.takes and not selected and step.when is None and not again:
        return
    yield from _request(found, step, selected, known)


def _request(found: Row, step: Step, selected: Values, known: Values) -> Iterator[Call]:
    service = step.service or found.service
    params = {key: value for key, value in fill(step.params, known).items() if value is not None}
    tags = selected.get("tags") if found.tags is not None and step is found.create else None
    rest = {key: value for key, value in selected.items() if not (tags is not None and key == "tags")}
    if step.build is not None:
        merge(params, step.build(rest, known))
    else:
        try:
            merge(params, Fit(step.names, step.via).struct(rest, input_shape(service, step.operation)))
        except UnmappedInput as error:
            raise UnmappedInput(f"{found.type}: {error} ({service} {step.operation})") from None
    if tags and found.tags:
        specification = tag_specification(found.tags, tags)
        params["TagSpecifications"] = [*params.get("TagSpecifications", ()), specification]
    if all(params.get(name) for name in step.needs):
        yield Call(service, step.operation, params)


def carries(found: Row, step: Step, key: str) -> bool:
    """Whether an input goes into the calls of a step."""
    if step.takes is not None:
        return key in step.takes
    elsewhere = any(key in (other.takes or ()) for other in found.follow)
    return not elsewhere and not is_local(found, key)


def is_local(found: Row, key: str) -> bool:
    """Whether an input steers the provider and reaches no API call."""
    return key in found.local or key in _ALWAYS_LOCAL


def _refuse_strays(found: Row, inputs: Values, goal: Goal) -> None:
    steps = (found.create, *found.follow)
    for key in inputs:
        if not is_local(found, key) and not any(carries(found, step, key) for step in steps):
            raise UnmappedInput(f"{goal.urn}: {key} of {goal.type} goes into no API call")


def replaces(type: str) -> frozenset[str]:
    """Top-level inputs of which a change makes a new resource; none for a type that is only recorded.

    Raises UnknownType.
    """
    return frozenset() if recorded(type) is not None else frozenset(row(type).fixed)
