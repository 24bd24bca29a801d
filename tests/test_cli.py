"""The command as a user calls it: what it prints, what it writes, how it exits."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.command import ROOT, copy_program, forked, started


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """`estate plan` of dev, once for all tests; the modules that it imports are on its standard error."""
    folder = tmp_path_factory.mktemp("plan")
    files = ("--json", folder / "plan.json", "--markdown", folder / "plan.md")
    done = started("plan", "-s", "dev", *files, PYTHONPROFILEIMPORTTIME="1")
    return done, folder


def test_plan_prints_resources_checks_and_violations(planned):
    done, _ = planned
    assert done.returncode == 0, done.stderr
    for text in ("Plan of dev:", "foundation", "inputs checked,", "not checkable", "Violations"):
        assert text in done.stdout


def test_plan_writes_json_and_markdown(planned):
    _, folder = planned
    document = json.loads((folder / "plan.json").read_text())
    assert document["environment"] == "dev"
    assert {"urn", "type", "name", "parent", "inputs", "protect", "dependencies"} <= document["resources"][0].keys()
    assert (folder / "plan.md").read_text().startswith("## Plan of `dev`")


def test_plan_with_a_base_shows_changes(planned, tmp_path):
    _, folder = planned
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text((ROOT / "Pulumi.dev.yaml").read_text().replace("eta: {}", "eta: {drift_threshold: 2}"))
    done = forked(
        "plan",
        "--base",
        folder / "plan.json",
        "--stack-file",
        file,
        "--json",
        tmp_path / "head.json",
        "--markdown",
        tmp_path / "head.md",
    )
    assert done.returncode == 0, done.stderr
    assert "Changes: 0 create, 1 update, 0 replace, 0 delete, 0 renamed" in done.stdout
    assert "threshold: 1 -> 2" in done.stdout
    assert "**1** updated" in (tmp_path / "head.md").read_text()
    assert [change["op"] for change in json.loads((tmp_path / "head.json").read_text())["difference"]["changes"]] == [
        "update"
    ]


def test_settings_prints_what_was_left_out_too():
    done = forked("settings", "-s", "dev")
    assert done.returncode == 0
    assert "nat: none" in done.stdout
    assert "environment: dev" in done.stdout


def test_settings_schema_is_a_json_schema():
    schema = json.loads(forked("settings", "--schema").stdout)
    assert "models" in schema["properties"]
    assert schema["additionalProperties"] is False


@pytest.fixture
def project(tmp_path):
    """A copy of the project that a test may spoil."""
    return copy_program(tmp_path)


def test_the_project_is_found_from_a_folder_inside_it():
    assert forked("settings", cwd=ROOT / "stacks").returncode == 0


def test_the_root_may_come_from_the_environment(tmp_path):
    assert "environment: dev" in forked("settings", cwd=tmp_path, ESTATE_ROOT=str(ROOT)).stdout


def test_an_input_that_breaks_a_constraint_exits_with_1(project):
    (project / "__main__.py").write_text(
        "import pulumi_aws as aws\naws.sagemaker.ModelPackageGroup('m', model_package_group_name='two words')\n"
    )
    done = forked("plan", cwd=project)
    assert done.returncode == 1
    assert "modelPackageGroupName" in done.stdout
    assert "two words" in done.stdout


def test_coverage_lists_types_with_their_fidelity(tmp_path):
    done = forked("coverage", "--json", tmp_path / "coverage.json")
    assert done.returncode == 0, done.stderr
    found = {each["type"]: each["fidelity"] for each in json.loads((tmp_path / "coverage.json").read_text())}
    assert found["aws:s3/bucket:Bucket"] in ("emulated", "partial")
    assert "aws:s3/bucket:Bucket" in done.stdout
    assert set(found.values()) <= {"emulated", "partial", "recorded"}


def test_the_command_begins_without_what_it_may_not_need():
    program = (
        "import sys\n"
        "import estate.cli\n"
        "print([name for name in ('pulumi', 'botocore', 'rich.table') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stderr


HEAVY = {"boto3", "duckdb", "flask", "moto", "pandas", "plotly", "sagemaker", "sklearn", "xgboost"}


def test_the_command_imports_nothing_heavy_to_make_a_plan(planned):
    done, _ = planned
    imported = set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, flags=re.MULTILINE))
    assert {"estate.cli", "estate.plan", "pulumi"} <= imported
    assert imported & HEAVY == set()


def interrupted(project, number, *arguments):
    """Status and last line of a command that gets a signal while the program runs."""
    (project / "__main__.py").write_text("import time\nopen('started', 'w').close()\ntime.sleep(60)\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "estate", *arguments],
        cwd=project,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    for _ in range(600):
        if (project / "started").exists():
            break
        time.sleep(0.1)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    return process.returncode, errors.strip().splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_an_interrupted_command_exits_with_the_signal(project, command, number):
    assert interrupted(project, number, command) == (128 + number, "estate: interrupted")
