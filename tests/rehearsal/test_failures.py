"""What goes wrong fails its stage, says why, and leaves nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rehearsal.harness import Rehearsed, edit, keep_model, rehearse, start


def failed(rehearsed: Rehearsed, stage: str) -> str:
    """The error of the one stage that failed; what came after was not begun, and nothing is left."""
    assert rehearsed.code == 1, rehearsed.screen
    assert [s["name"] for s in rehearsed.report["stages"] if s["status"] == "failed"] == [stage], rehearsed.screen
    assert rehearsed.evidence("destroy")["left"] == []
    return rehearsed.evidence(stage)["error"]


@pytest.fixture
def fork(copy_project: Callable[[], Path]) -> Path:
    return copy_project()


def test_shuffled_labels_register_nothing_and_the_gate_says_so(fork: Path, tmp_path: Path):
    keep_model(fork, "tumor-screening")
    workload = fork / "pipelines" / "workloads" / "tumor_screening" / "workload.yaml"
    edit(workload, lambda document: document.update(rehearsal={"ingest": {"shuffle_labels": 5}}))

    rehearsed = rehearse(fork, tmp_path, "-s", "dev", "--until", "approve")

    error = failed(rehearsed, "register")
    assert "GateNotMet" in error
    assert "roc_auc" in error
    assert rehearsed.evidence("destroy")["emptied"]["model_packages"] == 0


def test_rows_without_a_column_are_refused_before_anything_is_made(fork: Path, tmp_path: Path):
    keep_model(fork, "tumor-screening")
    data = fork / "pipelines" / "workloads" / "tumor_screening" / "data.py"
    data.write_text(data.read_text() + DROPS_A_COLUMN)

    done = start(fork, "rehearse", "-s", "dev", "--json", str(tmp_path / "rehearsal.json"))

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("estate: tumor-screening: data.py gives no column 'diagnosed_at', which workload.yaml names")
    assert list(tmp_path.iterdir()) == []


DROPS_A_COLUMN = """

_whole_rows = rows


def rows(options):
    return _whole_rows(options).drop_columns(["diagnosed_at"])
"""


def test_a_job_that_crashes_shows_its_last_log_lines(fork: Path, tmp_path: Path):
    keep_model(fork, "tumor-screening")
    model = fork / "pipelines" / "workloads" / "tumor_screening" / "model.py"
    model.write_text(model.read_text() + "\n\ndef train(*_args, **_named):\n    raise RuntimeError('no such luck')\n")

    rehearsed = rehearse(fork, tmp_path, "-s", "dev", "--until", "train")

    error = failed(rehearsed, "train")
    assert "step Train failed" in error
    assert "no such luck" in error
