"""The URNs that users' states hold. One that goes without an alias deletes the resource, and what is in it.

`python tests/stacks/test_urns.py` adds new URNs to the list; none is ever taken out by it.
"""

from pathlib import Path

import pytest

from estate.engine.program import preview

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("urns.txt")  # of the environment `full`, sorted, one a line


def listed() -> set[str]:
    return set(GOLDEN.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def goals():
    return preview(ROOT, "full").goals


def test_every_urn_is_registered_once_and_listed(goals):
    urns = [goal.urn for goal in goals]

    assert len(set(urns)) == len(urns)
    assert set(urns) - listed() == set()


def test_a_urn_that_goes_leaves_an_alias_or_a_line_in_the_changelog(goals):
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    known = {goal.urn for goal in goals} | {alias for goal in goals for alias in goal.aliases}
    gone = {urn for urn in listed() - known if f"`{urn}`" not in changelog}

    assert gone == set()


if __name__ == "__main__":
    everything = listed() | {goal.urn for goal in preview(ROOT, "full").goals}
    GOLDEN.write_text("\n".join(sorted(everything)) + "\n", encoding="utf-8")
