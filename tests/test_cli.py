"""The command as a user calls it: what it prints, what it writes, how it exits."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from estate import exits

ROOT = Path(__file__).resolve().parents[1]


def estate(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-m", "estate", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """`estate plan` of dev, once for all tests."""
    folder = tmp_path_factory.mktemp("plan")
    done = estate("plan", "-s", "dev", "--json", folder / "plan.json", "--markdown", folder / "plan.md")
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
    done = estate(
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
    done = estate("settings", "-s", "dev")
    assert done.returncode == 0
    assert "nat: none" in done.stdout
    assert "environment: dev" in done.stdout


def test_settings_schema_is_a_json_schema():
    schema = json.loads(estate("settings", "--schema").stdout)
    assert "models" in schema["properties"]
    assert schema["additionalProperties"] is False


@pytest.fixture
def project(tmp_path):
    """A copy of the project that a test may spoil."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("contracts", "stacks", "components", "pipelines", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def spoil(project, old, new, file="Pulumi.dev.yaml"):
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new))


def assert_one_mistake(done, *parts):
    """One message that holds all parts, status 2, no traceback, nothing on the screen."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("estate: ")
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""
    for part in parts:
        assert part in done.stderr


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("tier: sandbox", "teir: sandbox", ("mlops-estate:teir", "unknown key")),
        ("tier: sandbox", "tier: sandbank", ("mlops-estate:tier", "'production'", "'sandbank'")),
        ("cidr: 10.10.0.0/16", "cidr: 10.10.0.0/28", ("network", "/28", "/16 to /22")),
        ("cidr: 10.10.0.0/16", "cidr: [1]", ("network.cidr",)),
        (
            "delivery-eta: {}",
            "delivery-eta: {endpoint: {instance_type: ml.m5.huge}}",
            ("models.delivery-eta.endpoint.instance_type", "ml.m5.huge", "ml.m5.large"),
        ),
        ("delivery-eta: {}", "delivery-eta: {}\n    delivery-eta: {}", ("Pulumi.dev.yaml:", "delivery-eta")),
        ("delivery-eta: {}", "delivery-time: {}", ("models.delivery-time", "delivery_time", "delivery-eta")),
        ("config:", "config: [", ("Pulumi.dev.yaml:",)),
    ],
)
def test_a_wrong_setting_is_one_message_and_status_2(project, old, new, parts):
    spoil(project, old, new)
    for command in ("plan", "rehearse"):  # of a rehearsal, no stage begins
        assert_one_mistake(estate(command, cwd=project), *parts)


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_a_workload_without_its_file_is_one_message_and_status_2(project, command):
    (project / "pipelines" / "workloads" / "delivery_eta" / "workload.yaml").unlink()
    assert_one_mistake(estate(command, cwd=project), "delivery_eta", "workload.yaml")


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("plan", "-s", "moon"), ("Pulumi.moon.yaml", "no such environment", "dev")),
        (("settings", "-s", "moon"), ("Pulumi.moon.yaml", "no such environment")),
        (("rehearse", "-s", "moon"), ("Pulumi.moon.yaml", "no such environment")),
        (("plan", "--stack-file", "nowhere.yaml"), ("nowhere.yaml",)),
        (("plan", "--base", "nowhere.json"), ("nowhere.json", "cannot be read")),
        (("plan", "--base", "Pulumi.yaml"), ("Pulumi.yaml", "is no JSON")),
        (("plan", "--bogus"), ("--bogus",)),
        (("plann",), ("plann",)),
        (("--root", "nowhere", "plan"), ("nowhere", "has no Pulumi.yaml")),
        (("rehearse", "--until", "lunch"), ("lunch", "stages: plan")),
        (("rehearse", "--account", "999999999999"), ("999999999999", "dev allows 111111111111 only")),
        (("pipelines", "run", "delivery-eta", "dinner"), ("dinner", "training")),
        (("pipelines", "run", "delivery-eta", "-p", "A"), ("NAME=VALUE",)),
    ],
)
def test_a_wrong_call_is_one_message_and_status_2(arguments, parts):
    assert_one_mistake(estate(*arguments), *parts)


def test_a_plan_of_another_environment_is_no_base(tmp_path):
    base = tmp_path / "base.json"
    base.write_text('{"environment": "prod", "resources": []}')
    assert_one_mistake(estate("plan", "--base", base), "'prod'", "'dev'")


def test_a_folder_without_a_project_is_one_message_and_status_2(tmp_path):
    assert_one_mistake(estate("plan", cwd=tmp_path), "Pulumi.yaml", "--root")


@pytest.mark.parametrize(
    ("command", "option", "target", "parts"),
    [
        ("plan", "--json", "/proc/nowhere/plan.json", ("/proc/nowhere", "No such file or directory")),
        ("plan", "--json", "file/plan.json", ("file", "File exists")),
        ("plan", "--json", ".", ("Is a directory",)),
        ("plan", "--json", "/dev/full", ("/dev/full", "No space left on device")),
        ("plan", "--markdown", ".", ("Is a directory",)),
        ("rehearse", "--json", ".", ("Is a directory",)),
        ("rehearse", "--report", "file", ("file", "File exists")),
        ("coverage", "--json", ".", ("Is a directory",)),
    ],
)
def test_a_result_that_cannot_be_written_is_one_message_and_status_2(tmp_path, command, option, target, parts):
    (tmp_path / "file").touch()
    assert_one_mistake(estate(command, option, target, cwd=tmp_path, ESTATE_ROOT=str(ROOT)), *parts)


def test_a_full_disk_is_found_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(exits.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/new/plan.json'"):
        exits.refuse_unwritable(tmp_path / "new" / "plan.json")


def test_looking_whether_a_result_can_be_written_leaves_what_was_there(tmp_path):
    (tmp_path / "old.json").write_text("{}")
    exits.refuse_unwritable(tmp_path / "old.json", tmp_path / "new" / "plan.json", None)

    assert (tmp_path / "old.json").read_text() == "{}"
    assert list((tmp_path / "new").iterdir()) == []


def test_the_project_is_found_from_a_folder_inside_it():
    assert estate("settings", cwd=ROOT / "stacks").returncode == 0


def test_the_root_may_come_from_the_environment(tmp_path):
    assert "environment: dev" in estate("settings", cwd=tmp_path, ESTATE_ROOT=str(ROOT)).stdout


def test_an_input_that_breaks_a_constraint_exits_with_1(project):
    (project / "__main__.py").write_text(
        "import pulumi_aws as aws\naws.sagemaker.ModelPackageGroup('m', model_package_group_name='two words')\n"
    )
    done = estate("plan", cwd=project)
    assert done.returncode == 1
    assert "modelPackageGroupName" in done.stdout
    assert "two words" in done.stdout


def test_a_program_that_fails_names_its_line(project):
    (project / "__main__.py").write_text("x = 1\ny = x / 0\n")
    assert_one_mistake(estate("plan", cwd=project), "__main__.py:2", "ZeroDivisionError")


def test_coverage_lists_types_with_their_fidelity(tmp_path):
    done = estate("coverage", "--json", tmp_path / "coverage.json")
    assert done.returncode == 0, done.stderr
    found = {each["type"]: each["fidelity"] for each in json.loads((tmp_path / "coverage.json").read_text())}
    assert found["aws:s3/bucket:Bucket"] in ("emulated", "partial")
    assert "aws:s3/bucket:Bucket" in done.stdout
    assert set(found.values()) <= {"emulated", "partial", "recorded"}


HEAVY = ("boto3", "duckdb", "flask", "moto", "pandas", "plotly", "sagemaker", "sklearn", "xgboost")


def test_the_command_imports_nothing_heavy_to_make_a_plan():
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import estate.cli\n"
        "early = [name for name in ('pulumi', 'botocore', 'rich.table') if name in sys.modules]\n"
        "from estate.plan import make_plan\n"
        f"make_plan(Path({str(ROOT)!r}), 'dev')\n"
        f"print(early, [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().endswith("[] []"), done.stdout + done.stderr


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
