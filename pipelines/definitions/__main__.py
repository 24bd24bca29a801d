# ruff: noqa: T201  it speaks to a terminal
"""`python -m pipelines.definitions [--check]`: writes the definitions, or fails where the committed ones are stale."""

import argparse
import sys

from contracts.pipelines import Definition
from pipelines.definitions import FOLDER, committed


def main() -> int:
    """Exit status 0; 1 where `--check` finds a stale definition."""
    arguments = argparse.ArgumentParser(prog="python -m pipelines.definitions", description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 if a committed copy is stale")
    check = arguments.parse_args().check

    from pipelines.definitions.build import definition  # the SDK takes seconds to import

    stale = [kind for kind in Definition if not _current(kind, definition(kind), check)]
    for kind in stale:
        print(f"pipelines/definitions/{kind}.json is stale; run: python -m pipelines.definitions", file=sys.stderr)
    return 1 if stale else 0


def _current(kind: Definition, text: str, check: bool) -> bool:
    if check:
        return (FOLDER / f"{kind}.json").is_file() and committed(kind) == text
    (FOLDER / f"{kind}.json").write_text(text)
    return True


if __name__ == "__main__":
    sys.exit(main())
