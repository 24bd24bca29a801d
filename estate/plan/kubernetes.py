"""Kubernetes objects against the schemas of their cluster's version, strictly: an unknown field is a fault.

Custom kinds are held against the schemas that their projects publish (`estate.plan.crds`), charts' values against the
names that a chart knows (`estate.plan.charts`).
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from estate.plan import charts, crds, manifests
from estate.plan.fault import Leaf
from estate.plan.rules import flat

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

Schema = dict[str, Any]

MOST = 20  # faults of one object


def is_installed() -> bool:
    return find_spec("kubernetes_validate") is not None


def leaves(manifest: Mapping[str, Any], version: str) -> Iterator[Leaf]:
    """The manifest's leaves, and its faults. `version` is Kubernetes' minor version, such as `1.35`.

    Leaves of an object of a kind of which no schema is known are not bound.
    """
    if "chart" in manifest and "kind" not in manifest:
        yield from charts.leaves(manifest)
        return
    validator = _validator(str(manifest.get("apiVersion")), str(manifest.get("kind")), _known_version(version))
    for path, value in flat(manifest):
        yield Leaf(path, value, validator is not None)
    if validator is not None:
        for number, error in enumerate(validator.iter_errors(manifest)):
            if number < MOST:
                yield from _faults(error)
    yield from manifests.faults(manifest)


def _faults(error: "ValidationError") -> Iterator[Leaf]:
    from jsonschema.exceptions import best_match

    # Of several choices, the one that comes nearest says more than that none of them fits.
    error = best_match([error]) or error
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    yield Leaf(
        path.removeprefix(".") or "manifest", _shortened(error.instance), True, f"Kubernetes says: {error.message}"
    )


@cache
def _validator(api_version: str, kind: str, version: str) -> "Validator | None":
    """None where no schema is known."""
    from jsonschema import Draft202012Validator

    schema = crds.schemas().get((api_version, kind)) or _published(api_version, kind, version)
    return Draft202012Validator(schema, registry=_definitions(version)) if schema is not None else None


def _published(api_version: str, kind: str, version: str) -> Schema | None:
    """Kubernetes' own schema of a kind; its files are named by the first part of the group, such as `rbac`."""
    group, _, name = api_version.rpartition("/")
    of = f"{group.partition('.')[0]}-{name}" if group else name
    return _json(version, f"{kind.lower()}-{of}.json")


@cache
def _definitions(version: str) -> Any:
    from referencing import Registry, Resource

    known = _json(version, "_definitions.json")
    if known is None:
        raise LookupError(f"kubernetes-validate has no schemas of Kubernetes {version}")
    registry: Any = Registry()
    return Resource.from_contents(known) @ registry


def _json(version: str, name: str) -> Schema | None:
    """A file of the strict schemas of a version."""
    folder = files("kubernetes_validate").joinpath("kubernetes-json-schema", f"v{version}.0-local-strict")
    file = folder.joinpath(name)
    return json.loads(file.read_text()) if file.is_file() else None


@cache
def _known_version(version: str) -> str:
    """The newest published version that is not newer than this one."""
    from kubernetes_validate.utils import all_versions

    def number(text: str) -> tuple[int, int]:
        major, minor = text.split(".")[:2]
        return int(major), int(minor)

    known = {number(each) for each in all_versions() if each.endswith(".0")}
    major, minor = max((each for each in known if each <= number(version)), default=min(known))
    return f"{major}.{minor}"


def _shortened(value: Any) -> Any:
    return f"an object with {', '.join(sorted(map(str, value)))}" if isinstance(value, Mapping) else value
