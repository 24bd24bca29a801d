"""A plan's values as JSON: Pulumi's text for what is unknown, and nothing of what is secret."""

from collections.abc import Mapping
from typing import Any

from estate.engine.resource import UNKNOWN, Asset, Goal, Secret

UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET_TEXT = "[secret]"  # noqa: S105


def plain(value: Any) -> Any:
    """JSON of a value; keys of objects are sorted."""
    if value is UNKNOWN:
        return UNKNOWN_TEXT
    if isinstance(value, Secret):
        return SECRET_TEXT
    if isinstance(value, Asset):
        return {"sha256": value.sha256}
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def resource(goal: Goal, resolved: Goal, create_only: frozenset[str], layer: str) -> dict[str, Any]:
    """One resource of a plan. `resolved` is the same resource where every output is known."""
    return {
        "urn": goal.urn,
        "type": goal.type,
        "name": goal.name,
        "layer": layer,
        "parent": goal.parent,
        "provider": goal.provider,
        "inputs": plain(goal.inputs),
        "resolved": hidden_like(plain(resolved.inputs), goal.inputs),
        "protect": goal.protect,
        "retainOnDelete": goal.retain_on_delete,
        "dependencies": sorted(goal.dependencies),
        "propertyDependencies": {key: sorted(urns) for key, urns in sorted(goal.property_dependencies.items()) if urns},
        "aliases": list(goal.aliases),
        "ignoreChanges": sorted(goal.ignore_changes),
        "replaceOnChanges": sorted({*create_only, *goal.replace_on_changes}),
    }


def hidden_like(value: Any, like: Any) -> Any:
    """`value` without what is secret in `like`: a preview may know of a secret that a run has unwrapped."""
    if isinstance(like, Secret):
        return SECRET_TEXT
    if isinstance(value, dict) and isinstance(like, Mapping):
        return {key: hidden_like(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [hidden_like(item, other) for item, other in zip(value, like, strict=True)]
    return value
