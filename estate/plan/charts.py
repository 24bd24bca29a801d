"""Values of Helm charts against the names that the chart knows: Helm takes every other name without a word.

`charts.json` holds, by chart and version, the names in the chart's own `values.yaml`; where that leaves a mapping open,
any name is allowed below. Made by `python -m estate.plan.crds.values`.
"""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from estate.plan.fault import Leaf


def leaves(release: Mapping[str, Any]) -> Iterator[Leaf]:
    """The leaves of a Helm release's inputs, and its faults."""
    chart, version = _named(str(release.get("chart"))), str(release.get("version", ""))
    known = names(chart, version)
    for path, value in _flat({key: value for key, value in release.items() if key != "values"}, ""):
        yield Leaf(path, value, True)  # the SDK's types know them
    if not release.get("version"):
        yield Leaf("version", None, True, "a chart is named with its exact version; without one the newest is taken")
    values = release.get("values") or {}
    for path, value in _flat(values, "values"):
        yield Leaf(path, value, known is not None)
    if known is not None:
        yield from _unknown(values, known, "values", f"{chart} {version}")


def _unknown(values: Any, known: Any, path: str, chart: str) -> Iterator[Leaf]:
    """`known` is a mapping of names to what is below them; None leaves open what is."""
    if not isinstance(values, Mapping) or not isinstance(known, Mapping):
        return
    for name, value in values.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            said = f"chart {chart} has no such value" + (f"; did you mean {near[0]}?" if near else "")
            yield Leaf(f"{path}.{name}", name, True, said)
        else:
            yield from _unknown(value, known[name], f"{path}.{name}", chart)


def names(chart: str, version: str) -> dict[str, Any] | None:
    """The names of a chart's values; None where this chart or version is not known."""
    return _charts().get(chart, {}).get("versions", {}).get(version)


def _named(chart: str) -> str:
    """The chart's name, of a name or of an `oci://` address."""
    return chart.rpartition("/")[2]


@cache
def _charts() -> dict[str, Any]:
    return json.loads(files("estate.plan.crds").joinpath("charts.json").read_text())


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{path}[{index}]")
    elif value != {}:
        yield path, value
