"""A provider that makes nothing and gives plausible outputs, so that programs run where no cloud is."""

import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NoReturn

import pulumi
from pulumi import _types

from estate.engine.provider import ProviderError
from estate.engine.resource import Goal, State, Values
from estate.engine.sdk import resource_class

ACCOUNT_ID = "111111111111"
REGION = "us-east-1"


class StandIn:
    """Gives every output that the SDK's type says is always there; the same goal has the same outputs."""

    def configure(self, goal: Goal) -> None:
        pass

    def create(self, goal: Goal) -> State:
        return State(goal, f"{goal.name}-id", stand_in_outputs(goal))

    def read(self, goal: Goal) -> State:
        return State(goal, goal.external_id or "", stand_in_outputs(goal))

    def update(self, old: State, goal: Goal) -> State:
        return State(goal, old.id, stand_in_outputs(goal))

    def delete(self, state: State) -> None:
        pass

    def replaces(self, type: str) -> frozenset[str]:
        return frozenset()

    def replaces_in_place(self, goal: Goal) -> bool:
        return False

    def invoke(self, token: str, args: Values) -> NoReturn:
        raise ProviderError(f"{token}: nothing can be looked up without a cloud")


def stand_in_outputs(goal: Goal) -> dict[str, Any]:
    """Outputs of a resource by Pulumi's names; the inputs are their own outputs."""
    declared = always_there(goal.type)
    made = {key: _value(key, type, goal) for key, type in declared.items() if key not in goal.inputs}
    return {**made, **goal.inputs}


@cache
def always_there(type: str) -> Mapping[str, Any]:
    """Outputs that the SDK does not call optional, with their types."""
    found = resource_class(type)
    if found is None:
        return {}
    outputs = {}
    for _, name, prop in _types._py_properties(found):
        hint = typing.get_type_hints(prop.fget, localns={"pulumi": pulumi}).get("return")
        (inner,) = typing.get_args(hint) or (None,)
        if inner is not None and type_is_required(inner):
            outputs[name] = inner
    return outputs


def type_is_required(hint: Any) -> bool:
    return type(None) not in typing.get_args(hint)


def _value(name: str, hint: Any, goal: Goal) -> Any:
    if name == "arn" or name.endswith("Arn"):
        service = goal.type.split(":")[1].partition("/")[0]
        return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{goal.name}"
    if name == "region":
        return REGION
    hint = _types.unwrap_optional_type(hint)
    origin = typing.get_origin(hint) or hint
    if origin is bool:
        return False
    if origin in (int, float):
        return 1
    if origin in (list, Sequence, typing.Sequence):
        return [_value(name, typing.get_args(hint)[0], goal)]
    if origin in (dict, Mapping, typing.Mapping):
        return {}
    if isinstance(origin, type) and _types.is_output_type(origin):
        inner = _types.output_type_types(origin)
        return {key: _value(f"{name}-{key}", kind, goal) for key, kind in inner.items()}
    return f"{goal.name}-{name}"
