"""What the project is delivered with: locked requirements, images, workflows."""

import os
import re
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
LOCKED = sorted((ROOT / "requirements").glob("*.txt"))


def load_lock() -> Any:
    spec = util.spec_from_file_location("lock", ROOT / "requirements" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lock = load_lock()


def workflow(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load(ROOT / ".github" / "workflows" / f"{name}.yml")


# requirements


def test_the_locked_files_are_of_what_the_project_asks_for():
    assert lock.stale(ROOT / "requirements", ROOT / "pyproject.toml") == []


def test_a_changed_requirement_makes_every_file_that_holds_it_stale(tmp_path):
    changed = tmp_path / "pyproject.toml"
    changed.write_text((ROOT / "pyproject.toml").read_text().replace('"typer>=0.20"', '"typer>=0.21"'))

    assert lock.stale(ROOT / "requirements", changed) == [
        f"requirements/{name}.txt is not what pyproject.toml asks for; run `make lock`" for name in ("dev", "rehearsal")
    ]


def pins(file: Path) -> list[str]:
    """Each pinned requirement with its marker and hashes, as one line."""
    text = file.read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("file", LOCKED, ids=lambda file: file.stem)
def test_everything_is_pinned_with_hashes_and_nothing_says_from_where(file):
    lines = pins(file)

    assert lines
    assert [
        line for line in lines if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", line)
    ] == []
    assert "://" not in file.read_text()
    assert "-index" not in file.read_text()


def names(file: str) -> set[str]:
    return {re.split(r"[=\[ ]", line)[0] for line in pins(ROOT / "requirements" / f"{file}.txt")}


def test_pulumi_up_installs_no_data_or_model_library_and_a_rehearsal_no_sagemaker_sdk():
    assert {"pulumi", "pulumi-aws", "pydantic"} <= names("core")
    assert names("core") & {"boto3", "pandas", "moto", "sagemaker", "xgboost-cpu"} == set()
    assert "sagemaker" not in names("rehearsal")
    assert "sagemaker" in names("definitions")


def test_a_jobs_image_has_no_pulumi_and_a_gpu_one_no_cpu_build():
    assert {name for name in names("jobs") | names("gpu") if name.startswith("pulumi")} == set()
    assert "xgboost-cpu" in names("jobs")
    assert "xgboost-cpu" not in names("gpu")
    assert "xgboost" in names("gpu")


@pytest.mark.parametrize(
    "file", [file for file in LOCKED if file.stem not in ("dev", "gpu", "uv", "bench")], ids=lambda f: f.stem
)
def test_what_is_installed_is_what_is_tested(file):
    tested = {line.split(" ")[0] for line in pins(ROOT / "requirements" / "dev.txt")}

    assert {line.split(" ")[0] for line in pins(file)} - tested == set()


# Makefile


def test_ci_runs_checks_and_tests_and_stops_at_the_first_failure():
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    lines = script.read_text().splitlines()
    assert [line for line in lines if line.startswith(("set ", "make "))] == [
        "set -euo pipefail",
        "make check",
        "make test",
    ]


def test_every_target_that_a_workflow_makes_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {
        target
        for file in [*WORKFLOWS, ROOT / ".ci" / "run"]
        for target in re.findall(r"\bmake (?:-C \w+ )?([a-z]+)$", file.read_text(), re.MULTILINE)
    }

    assert made == {"install", "rehearse", "check", "test"}
    assert made <= targets


# images


def stages() -> dict[str, list[tuple[str, str]]]:
    """Instructions of each stage of the Dockerfile, by the stage's name."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
    found: dict[str, list[tuple[str, str]]] = {"": []}
    name = ""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            instruction, _, rest = line.partition(" ")
            if instruction == "FROM":
                name = rest.split(" AS ")[1]
                found[name] = []
            found[name].append((instruction, rest))
    return found


def test_the_dockerfile_has_the_three_images():
    assert {"jobs", "gpu", "serving"} <= set(stages())


def test_a_stage_stands_on_an_argument_with_a_version_or_on_an_earlier_stage():
    found = stages()
    arguments = dict(value.split("=", 1) for instruction, value in found[""] if instruction == "ARG")
    assert [image for image in arguments.values() if not re.search(r":\d+\.\d+", image)] == []

    known = {f"${{{name}}}" for name in arguments}
    for name, instructions in found.items():
        bases = [value.split(" AS ")[0] for instruction, value in instructions if instruction == "FROM"]
        assert set(bases) <= known
        known.add(name)


def test_what_the_dockerfile_copies_exists_and_reaches_the_builder():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {
        source
        for instructions in stages().values()
        for instruction, value in instructions
        if instruction == "COPY" and not value.startswith("--from=")
        for source in value.split()[:-1]
    }

    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [s for s in sources if s not in allowed and f"{Path(s).parent}/*{Path(s).suffix}" not in allowed] == []


def test_an_image_installs_from_locked_files_only():
    installs = [
        part
        for instructions in stages().values()
        for instruction, value in instructions
        if instruction == "RUN"
        for part in value.split("&&")
        if "pip install" in part
    ]

    assert len(installs) == 7
    assert [part for part in installs if "--require-hashes" not in part and "--no-deps" not in part] == []


def test_the_serving_image_answers_as_sagemaker_calls_it_and_is_not_root():
    serving = dict(stages()["serving"])

    assert serving["ENTRYPOINT"] == '["python", "-m", "pipelines.serving"]'
    assert serving["CMD"] == '["serve"]'
    assert serving["EXPOSE"] == "8080"
    assert serving["USER"] == "10001"
    assert "com.amazonaws.sagemaker.capabilities.multi-models=true" in serving["LABEL"].split()
    assert util.find_spec("pipelines.serving.__main__") is not None


# workflows


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_are_pinned_to_a_commit_with_the_version_beside_it(file):
    uses = [line.strip() for line in file.read_text().splitlines() if "uses:" in line]

    assert uses
    assert [
        line for line in uses if not re.fullmatch(r"(- )?uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)
    ] == []


def test_one_version_of_an_action_is_used_everywhere():
    text = "".join(file.read_text() for file in WORKFLOWS)
    used = set(re.findall(r"uses: (\S+)@(\S+)", text))

    assert len({name for name, _ in used}) == len(used)


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_has_no_permissions_but_what_its_jobs_name(file):
    document = YAML(typ="safe").load(file)

    assert document["permissions"] == {}
    assert all("permissions" in job for job in document["jobs"].values())


def test_what_runs_a_pull_requests_code_has_no_secret_and_cannot_write():
    for name in ("ci", "preview"):
        text = (ROOT / ".github" / "workflows" / f"{name}.yml").read_text()
        assert "secrets." not in text
        assert "pull_request_target" not in text
        for job in workflow(name)["jobs"].values():
            assert job["permissions"] == {"contents": "read"}
            assert [
                s for s in job["steps"] if "checkout" in s.get("uses", "") and s["with"]["persist-credentials"]
            ] == []


def test_what_writes_to_pull_requests_runs_nothing_of_them():
    (job,) = workflow("comment")["jobs"].values()

    assert [step["uses"].split("@")[0] for step in job["steps"] if "uses" in step] == ["actions/download-artifact"]
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert "${{" not in job["steps"][1]["run"]


def test_a_deployment_verifies_before_and_after_and_is_approved_by_its_environment():
    jobs = workflow("deploy")["jobs"]
    runs = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}

    assert jobs["up"]["needs"] == "preview"
    assert {job["environment"] for job in jobs.values()} == {
        "${{ inputs.stack == 'prod' && 'production' || inputs.stack }}"
    }
    assert [line for line in runs["up"] if "verify" in line] == [
        '.venv/bin/estate verify -s "$STACK" --no-live',
        '.venv/bin/estate verify -s "$STACK"',
    ]
    up = next(index for index, line in enumerate(runs["up"]) if "pulumi up" in line)
    assert "--no-live" in runs["up"][up - 1]
    assert "estate record" in runs["up"][up + 1]  # also where what comes after it fails
    assert "verify" in runs["up"][up + 2]
    assert all(
        "--policy-pack policies" in line
        for lines in runs.values()
        for line in lines
        if "--diff" in line or "--yes" in line
    )
