"""A model that the project does not know fits by adding one folder and one entry in the settings."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rehearsal.harness import ROOT, keep_model, rehearse

GUIDE = ROOT / "docs" / "add-a-model.md"


def files_of_the_guide() -> dict[str, str]:
    """The files that the guide shows: a fenced block after a line that is only the file's name in backticks."""
    return dict(re.findall(r"^`(\S+)`:?\n+```\w*\n(.*?)^```", GUIDE.read_text(), flags=re.M | re.S))


@pytest.fixture
def fork(copy_project: Callable[[], Path]) -> Path:
    root = copy_project()
    for name, text in files_of_the_guide().items():
        if name.startswith("pipelines/workloads/"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return root


def test_a_model_from_a_csv_file_goes_through_the_whole_rehearsal(fork: Path, tmp_path: Path):
    folders = {p.parent.name for p in (fork / "pipelines" / "workloads").glob("*/workload.yaml")}
    (added,) = folders - {"tumor_screening", "delivery_eta"}
    assert (fork / "pipelines" / "workloads" / added / "rows.csv").is_file()
    model = added.replace("_", "-")
    keep_model(fork, model)

    rehearsed = rehearse(fork, tmp_path, "-s", "dev")

    assert rehearsed.code == 0, rehearsed.screen
    assert rehearsed.status("predict") == "passed"
    assert rehearsed.evidence("predict")[model]["rows"] > 0
    assert rehearsed.evidence("destroy")["left"] == []
