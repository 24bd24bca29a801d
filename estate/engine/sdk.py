"""What the installed SDKs say of a type: its outputs, whether it is tagged, how its provider's inputs are written."""

import importlib
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pulumi import _types
from pulumi.runtime import rpc

from estate.engine.resource import UNKNOWN, Goal, Secret, Values
from estate.engine.values import unwrap

PROVIDER = "pulumi:providers:"


@cache
def resource_class(type: str) -> type | None:
    """The SDK's class of a type token; None where no installed SDK has it."""
    package, _, rest = type.partition(":")
    module = rpc.get_resource_module(package, rest.rpartition(":")[0], "")
    info = getattr(module, "mod_info", None)
    if info is None or type not in info["classes"]:
        return None
    return getattr(importlib.import_module(info["fqn"]), info["classes"][type])


@cache
def is_tagged(type: str) -> bool:
    """Whether a provider's default tags apply to the type."""
    found = resource_class(type) if type.startswith("aws:") else None
    return found is not None and "tagsAll" in _types.resource_pulumi_to_py_names(found)


@cache
def _provider_types(package: str) -> Mapping[str, type]:
    try:
        module = importlib.import_module(f"pulumi_{package.replace('-', '_')}")
    except ImportError:
        return {}
    args = getattr(module, "ProviderArgs", None)
    return {} if args is None else _types.input_type_types(args)


def provider_inputs(goal: Goal) -> dict[str, Any]:
    """Inputs of a provider as they were written in the program.

    The SDK sends all that is not text as JSON, with Python's names; here they have Pulumi's, and no secret is wrapped.
    """
    types = _provider_types(goal.type.removeprefix(PROVIDER))
    return {key: _decoded(unwrap(value), types.get(key)) for key, value in goal.inputs.items()}


def _decoded(value: Any, type: type | None) -> Any:
    if type in (None, str) or not isinstance(value, str):
        return value
    return _named(json.loads(value), type)


def _named(value: Any, type: Any) -> Any:
    """Objects of a declared type get Pulumi's names; other keys are the user's own."""
    type = _types.unwrap_type(type)
    if isinstance(value, list):
        inner = getattr(type, "__args__", (None,))[0]
        return [_named(item, inner) for item in value]
    if isinstance(value, dict) and _types.is_input_type(type):
        names = _types.input_type_py_to_pulumi_names(type)
        types = _types.input_type_types(type)
        renamed = {names.get(key, key): item for key, item in value.items() if item is not None}
        return {key: _named(item, types.get(key)) for key, item in renamed.items()}
    return value


def default_tags(provider: Goal) -> dict[str, str]:
    """Tags that a provider adds to all that it makes."""
    declared = provider_inputs(provider).get("defaultTags")
    return dict(declared.get("tags") or {}) if isinstance(declared, Mapping) else {}


def with_default_tags(goal: Goal, tags: Mapping[str, str]) -> Values:
    """The inputs with the provider's tags beneath the resource's own, for types that carry tags."""
    own = goal.inputs.get("tags") or {}
    if not tags or not is_tagged(goal.type) or own is UNKNOWN:
        return goal.inputs
    if isinstance(own, Secret):
        return {**goal.inputs, "tags": Secret({**tags, **own.value})}
    return {**goal.inputs, "tags": {**tags, **own}}
