"""A URN that changes makes Pulumi delete a resource and create another: nobody does that by accident.

`python tests/golden/test_urns.py` writes the lists anew.
"""

import difflib
from pathlib import Path

import pytest

from estate.engine.program import preview

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "full")
WHAT_TO_DO = "a change needs an alias, or a line in CHANGELOG.md, then run: .venv/bin/python tests/golden/test_urns.py"


def golden(environment: str) -> Path:
    return Path(__file__).parent / "urns" / f"{environment}.txt"


def urns(environment: str) -> list[str]:
    """What identifies each resource within its stack, sorted: types from the outside in, and the name."""
    return sorted(goal.urn.split("::", 2)[2] for goal in preview(ROOT, environment).goals)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_urns_are_those_of_the_golden_list(environment):
    changes = difflib.ndiff(golden(environment).read_text().splitlines(), urns(environment))
    found = [line for line in changes if line.startswith(("+ ", "- "))]

    assert not found, "\n".join([*found, WHAT_TO_DO])


if __name__ == "__main__":
    for each in ENVIRONMENTS:
        golden(each).write_text("".join(f"{urn}\n" for urn in urns(each)))
