"""Adds a chart's names to `charts.json`: `python -m estate.plan.crds.values CHART VERSION DATE SOURCE VALUES.yaml`.

`SUBCHART=VALUES.yaml` may follow, for a chart inside of it.
"""

# ruff: noqa: T201  it speaks to a terminal
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

OPEN = frozenset({"grafana.ini"})  # a program's own configuration, of which a chart knows some lines only
FILE = Path(__file__).with_name("charts.json")


def names(values: object) -> dict[str, Any] | None:
    """The names below `values`; None where any name may stand there."""
    if not isinstance(values, Mapping) or not values:
        return None
    return {str(key): None if key in OPEN else names(value) for key, value in values.items()}


def merged(known: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any] | None:
    """Names that a chart or the one around it knows."""
    if known is None or more is None:
        return known if more is None else more
    return {key: merged(known.get(key), more.get(key)) for key in sorted({*known, *more})}


def main(arguments: list[str]) -> int:
    chart, version, date, source, file, *parts = arguments
    found = names(_read(file))
    for part in parts:
        name, _, inner = part.partition("=")
        below = names({**_read(inner), "enabled": True, "global": {}})
        found = merged(found, {name: below})
    document = json.loads(FILE.read_text()) if FILE.is_file() else {}
    document[chart] = {"source": source, "date": date, "versions": {version: found}}
    FILE.write_text(json.dumps(document, indent=None, separators=(",", ":"), sort_keys=True) + "\n")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")
    return 0


def _read(file: str) -> dict[str, Any]:
    return yaml.safe_load(Path(file).read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
