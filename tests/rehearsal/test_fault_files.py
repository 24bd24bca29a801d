"""Faults are found by name and by file; what is none is one clear error."""

import re
from pathlib import Path

import pytest

from estate.rehearsal.fault import FaultError
from estate.rehearsal.fault_files import built_in, choose, load
from estate.rehearsal.scenario import STAGES
from tests.command import ROOT, forked

NAMES = [stage.name for stage in STAGES]
GOOD = """
from estate.rehearsal.fault import Fault


class Own(Fault):
    name = "own"
    shows = "something"

    def inject(self, rehearsal): ...
    def detected(self, rehearsal): ...
    def recovered(self, rehearsal): ...
"""


def test_every_built_in_fault_needs_a_stage_and_is_named_after_its_file():
    found = built_in()
    files = {file.stem for file in (ROOT / "estate/rehearsal/faults").glob("*.py")} - {"__init__"}
    assert {name.replace("-", "_") for name in found} == files
    assert {kind.needs for kind in found.values()} <= set(NAMES)


def test_all_is_every_built_in_fault_once():
    assert [kind.name for kind in choose(["all", "slow-model"], [], NAMES)] == sorted(built_in())


def test_a_fault_from_a_file_comes_after_the_named_ones(tmp_path: Path):
    file = tmp_path / "own.py"
    file.write_text(GOOD)
    assert [kind.name for kind in choose(["slow-model"], [file], NAMES)] == ["slow-model", "own"]


def test_the_guides_fault_is_one(tmp_path: Path):
    (code,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/rehearsal.md").read_text(), flags=re.M | re.S)
    file = tmp_path / "guide.py"
    file.write_text(code)
    assert load(file).name == "silenced-alarm"


def test_the_guide_lists_every_fault():
    listed = re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs/rehearsal.md").read_text(), flags=re.M)
    assert listed == list(built_in())


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1", "it defines none"),
        (GOOD + GOOD.replace("Own", "Other"), "it defines Own, Other"),
        ("def (", "own.py:1: invalid syntax"),
        ("import nowhere_to_be_found", "ModuleNotFoundError: No module named 'nowhere_to_be_found'"),
        (GOOD.replace("name = ", "called = "), "Own has no `name`, a text"),
        (GOOD.replace('"own"', '"Own One"'), "name 'Own One' must be lower case words joined by hyphens"),
        (GOOD.replace('"own"', '"all"'), "name 'all' must be"),
        (GOOD.replace("def recovered", "def healed"), "Own does not define recovered"),
        (GOOD.replace('"own"', '"slow-model"'), "'slow-model' is the name of another fault"),
        (GOOD + "    needs = 'breakfast'\n", "fault own: needs 'breakfast', which is no stage; stages: plan, "),
    ],
)
def test_a_wrong_file_is_one_error(tmp_path: Path, text: str, says: str):
    file = tmp_path / "own.py"
    file.write_text(text)
    with pytest.raises(FaultError, match=re.escape(says)):
        choose([], [file], NAMES)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("--fault", "earthquake"),
            "estate: --fault earthquake: no such fault; faults: bad-model, crashing-container, ",
        ),
        (("--fault-file", "nowhere.py"), "estate: --fault-file nowhere.py: no such file"),
        (("--fault", "slow-model", "--until", "data"), "estate: --until data: fault slow-model needs predict, which"),
    ],
)
def test_the_command_makes_nothing_of_a_wrong_fault(arguments: tuple[str, ...], says: str):
    done = forked("rehearse", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(says)
