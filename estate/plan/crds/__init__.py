"""Schemas of the custom Kubernetes kinds that the estate uses, as their projects publish them.

One file a project: where it is from, its version and date, its licence, and a schema for each kind, without what says
nothing about a value. Made by `python -m estate.plan.crds.reduce`.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

Schema = dict[str, Any]

PROJECTS = ("karpenter", "kueue", "trainer")


@cache
def schemas() -> dict[tuple[str, str], Schema]:
    """JSON Schemas by API version and kind, such as `("karpenter.sh/v1", "NodePool")`."""
    return {
        (version, kind): schema
        for project in PROJECTS
        for version, kinds in document(project)["schemas"].items()
        for kind, schema in kinds.items()
    }


@cache
def document(project: str) -> dict[str, Any]:
    """What is kept of a project."""
    return json.loads(files("estate.plan.crds").joinpath(f"{project}.json").read_text())
