"""What a user gets wrong: one message that names it, status 2, no traceback, nothing done."""

from types import SimpleNamespace

import pytest

from estate import exits
from tests.command import ROOT, copy_program, forked, started


@pytest.fixture
def project(tmp_path):
    """A copy of the project that a test may spoil."""
    return copy_program(tmp_path)


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
        assert_one_mistake(forked(command, cwd=project), *parts)


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_a_workload_without_its_file_is_one_message_and_status_2(project, command):
    (project / "pipelines" / "workloads" / "delivery_eta" / "workload.yaml").unlink()
    assert_one_mistake(forked(command, cwd=project), "delivery_eta", "workload.yaml")


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
    assert_one_mistake(forked(*arguments), *parts)


def test_a_plan_of_another_environment_is_no_base(tmp_path):
    base = tmp_path / "base.json"
    base.write_text('{"environment": "prod", "resources": []}')
    assert_one_mistake(forked("plan", "--base", base), "'prod'", "'dev'")


def test_a_folder_without_a_project_is_one_message_and_status_2(tmp_path):
    assert_one_mistake(forked("plan", cwd=tmp_path), "Pulumi.yaml", "--root")


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
    assert_one_mistake(forked(command, option, target, cwd=tmp_path, ESTATE_ROOT=str(ROOT)), *parts)


def test_a_full_disk_is_found_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(exits.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(OSError, match=f"No space left on device: '{tmp_path}/new/plan.json'"):
        exits.refuse_unwritable(tmp_path / "new" / "plan.json")


def test_looking_whether_a_result_can_be_written_leaves_what_was_there(tmp_path):
    (tmp_path / "old.json").write_text("{}")
    exits.refuse_unwritable(tmp_path / "old.json", tmp_path / "new" / "plan.json", None)

    assert (tmp_path / "old.json").read_text() == "{}"
    assert list((tmp_path / "new").iterdir()) == []


def test_a_program_that_fails_names_its_line(project):
    (project / "__main__.py").write_text("x = 1\ny = x / 0\n")
    assert_one_mistake(started("plan", cwd=project), "__main__.py:2", "ZeroDivisionError")


@pytest.mark.parametrize("command", ["plan", "rehearse"])
def test_a_new_python_says_what_a_fork_says(command):
    new, fork = (run(command, "-s", "moon") for run in (started, forked))
    assert_one_mistake(new, "Pulumi.moon.yaml")
    assert (fork.returncode, fork.stdout, fork.stderr) == (new.returncode, new.stdout, new.stderr)
