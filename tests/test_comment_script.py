"""A report of a pull request becomes one comment: the step that posts it, with a `gh` that notes what it is asked."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

WORKFLOW = Path(__file__).resolve().parents[1] / ".github" / "workflows" / "comment.yml"

GH = """#!/usr/bin/env bash
printf '%s\\n' "$*" >> calls
case "$*" in
  *pulls/7*) echo HEAD ;;
  *pulls/*) echo OTHER ;;
  *"issues/7/comments?"*) cat existing 2> /dev/null || true ;;
esac
"""


@pytest.fixture
def post(tmp_path):
    """Runs the step that posts, on an artifact; returns its exit status, its errors and the calls of `gh`."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "gh").write_text(GH)
    (tools / "gh").chmod(stat.S_IRWXU)
    (tmp_path / "preview").mkdir()
    (step,) = [s for s in YAML(typ="safe").load(WORKFLOW)["jobs"]["post"]["steps"] if "run" in s]

    def run(files: dict[str, str]) -> tuple[int, str, list[str]]:
        for name, text in files.items():
            (tmp_path / "preview" / name).write_text(text)
        environment = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "REPOSITORY": "example/mlops-estate",
            "HEAD_SHA": "HEAD",
            "RUN_URL": "https://example.com/run/1",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        calls = tmp_path / "calls"
        return done.returncode, done.stderr, calls.read_text().splitlines() if calls.exists() else []

    return run


GOOD = {"number": "7\n", "report.md": "## dev\n\n2 created, ping @everyone \x1b[31m\n"}


def test_a_report_becomes_one_comment(post, tmp_path):
    status, errors, calls = post(GOOD)

    assert (status, errors) == (0, "")
    assert calls[-1] == "api --method POST repos/example/mlops-estate/issues/7/comments --field body=@body.md --silent"
    body = (tmp_path / "body.md").read_text()
    assert body.startswith("<!-- mlops-estate preview -->\n## dev\n\n2 created, ping @\u200beveryone [31m\n")
    assert body.endswith("Planned offline for HEAD, without credentials: https://example.com/run/1\n")


def test_a_second_report_replaces_the_first(post, tmp_path):
    (tmp_path / "existing").write_text("101\n102\n")

    *_, calls = post(GOOD)

    assert (
        calls[-1] == "api --method PATCH repos/example/mlops-estate/issues/comments/101 --field body=@body.md --silent"
    )


def test_a_long_report_is_cut_to_what_a_comment_holds(post, tmp_path):
    status, *_ = post({**GOOD, "report.md": "é" * 90_000})

    assert status == 0
    assert len((tmp_path / "body.md").read_text()) < 65_536


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"number": "7\n"}, "no file report.md"),
        ({"report.md": "x"}, "no file number"),
        ({**GOOD, "script.sh": "id"}, "more than a number and a report"),
        ({**GOOD, "number": "7; id\n"}, "no number"),
        ({**GOOD, "number": "0\n"}, "no number"),
        ({**GOOD, "number": "12345678901234\n"}, "no number"),
        ({**GOOD, "report.md": "x" * 1_000_001}, "the report is larger than 1 MB"),
        ({**GOOD, "number": "8\n"}, "it is not of the head of pull request 8"),
    ],
)
def test_an_artifact_that_is_not_what_it_should_be_is_refused_and_nothing_is_posted(post, files, reason):
    status, errors, calls = post(files)

    assert status == 1
    assert errors == f"the artifact is refused: {reason}\n"
    assert [call for call in calls if "--method" in call] == []


def test_a_link_in_place_of_a_report_is_refused(post, tmp_path):
    (tmp_path / "secret").write_text("token")
    (tmp_path / "preview" / "report.md").symlink_to(tmp_path / "secret")

    status, errors, _ = post({"number": "7\n"})

    assert (status, errors) == (1, "the artifact is refused: no file report.md\n")
