"""Kubernetes objects against the API's own schemas, strictly: an unknown field is a fault."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any

from estate.plan.fault import Leaf


def is_installed() -> bool:
    return find_spec("kubernetes_validate") is not None


def leaves(manifest: Mapping[str, Any], version: str) -> Iterator[Leaf]:
    """The manifest's leaves, and its first fault. `version` is Kubernetes' minor version, such as `1.34`.

    An object of a custom kind has no published schema: its leaves are not bound.
    """
    import kubernetes_validate

    bound, fault = True, None
    try:
        kubernetes_validate.validate(dict(manifest), _known_version(version), strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        bound = False
    except kubernetes_validate.ValidationError as error:
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.path).removeprefix(".")
        fault = Leaf(path or "manifest", _shortened(error.instance), True, _said(error.message))
    for path, value in _flat(manifest, ""):
        yield Leaf(path, value, bound)
    if fault is not None:
        yield fault


@cache
def _known_version(version: str) -> str:
    """The newest published version where this one is newer than all of them."""
    import kubernetes_validate

    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split(".")[:2])

    latest = kubernetes_validate.latest_version()
    return version if number(version) <= number(latest) else latest


def _said(message: str) -> str:
    return f"Kubernetes says: {message}"


def _shortened(value: Any) -> Any:
    return f"an object with {', '.join(sorted(map(str, value)))}" if isinstance(value, Mapping) else value


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}[{index}]")
    else:
        yield path, value
