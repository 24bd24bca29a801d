"""`.ci/images`, which CodeBuild runs: with programs in place of docker and aws that note what they were asked."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HOST = "1.dkr.ecr.eu-west-1.amazonaws.com"
# Keeps pushed tags as files, as a registry would, and knows the ECR calls that the script makes.
AWS = """#!/bin/bash
echo "aws $*" >> "$STATE/asked"
while [[ $# -gt 0 ]]; do
  case $1 in
    --repository-name) name=$2 ;;
    --image-ids | --image-id) id=${2#*=} ;;
    --image-tag) tag=$2 ;;
    --image-manifest) manifest=${2#file://} ;;
    ecr | s3) ;;
    *) call=${call:-$1} ;;
  esac
  shift
done
case $call in
  describe-images)
    cat "$STATE/$name:$id" 2>/dev/null && exit
    echo "An error occurred ($(cat "$STATE/error" 2>/dev/null || echo ImageNotFoundException))" >&2
    exit 254 ;;
  batch-get-image) cat "$STATE/$name:$id"; echo ;;
  put-image) cp "$manifest" "$STATE/$name:$tag" ;;
  describe-image-signing-status)
    head -n 1 "$STATE/signatures"
    sed -i 1d "$STATE/signatures" ;;
esac
"""
DOCKER = """#!/bin/bash
echo "docker $*" >> "$STATE/asked"
if [[ $1 == push ]]; then
  name=${*: -1}
  name=${name#*/}
  echo "sha256:${name%:*}" > "$STATE/$name"
fi
"""


class Build:
    """One run of the script, and what the registry holds."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, folder / "state"
        self.state.mkdir()
        for name, text in (("aws", AWS), ("docker", DOCKER)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)
        self.write("asked", "")

    def write(self, name: str, text: str) -> None:
        (self.state / name).write_text(text)

    def run(self, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "STATE": str(self.state),
            "TMPDIR": str(self.folder),
            "IMAGE_TAG": "1.0",
            "BILLS_URI": "s3://models/builds",
            "CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT,
            "REPOSITORY_JOBS": f"{HOST}/jobs",
            "SIGNATURE_PAUSE": "0",
            "SIGNATURE_TRIES": "3",
            **variables,
        }
        return subprocess.run([ROOT / ".ci" / "images"], env=environment, capture_output=True, text=True, check=False)

    def tags(self) -> dict[str, str]:
        return {file.name: file.read_text().strip() for file in self.state.iterdir() if ":" in file.name}

    def asked(self, word: str) -> list[str]:
        return [line for line in (self.state / "asked").read_text().splitlines() if word in line]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def test_each_named_image_is_built_billed_and_pushed_under_tag_and_commit(build: Build) -> None:
    done = build.run(REPOSITORY_SERVING=f"{HOST}/serving")

    assert done.returncode == 0, done.stderr
    assert build.tags().keys() == {
        *(f"{image}:1.0" for image in ("jobs", "serving")),
        *(f"{image}:git-{COMMIT}" for image in ("jobs", "serving")),
    }
    assert re.findall(r"--target (\w+)", "\n".join(build.asked("buildx build"))) == ["jobs", "serving"]
    assert [line.rpartition(" ")[2] for line in build.asked("s3 cp")] == [
        f"s3://models/builds/git-{COMMIT}/jobs.spdx.json",
        f"s3://models/builds/git-{COMMIT}/serving.spdx.json",
    ]


def test_an_image_is_one_plain_manifest_as_sagemaker_takes_no_index(build: Build) -> None:
    build.run()

    (line,) = build.asked("buildx build")
    assert "--provenance=false --sbom=false" in line
    assert f"org.opencontainers.image.revision={COMMIT}" in line


def test_a_tag_of_another_commit_is_not_pushed_over(build: Build) -> None:
    build.write("jobs:1.0", "sha256:old")
    done = build.run()

    assert done.returncode == 1
    assert "jobs:1.0 is of another commit, and a tag cannot be moved; raise training.image_tag" in done.stderr
    assert build.asked("docker") == []


def test_the_same_commit_may_be_built_again_and_is_not(build: Build) -> None:
    build.write("jobs:1.0", "sha256:a")
    build.write(f"jobs:git-{COMMIT}", "sha256:a")
    done = build.run()

    assert (done.returncode, build.asked("docker"), build.asked("put-image")) == (0, [], [])
    assert f"jobs:1.0 is the image of git-{COMMIT}" in done.stdout


def test_a_push_is_built_under_its_commit_where_the_tag_is_taken(build: Build) -> None:
    build.write("jobs:1.0", "sha256:old")
    done = build.run(CODEBUILD_WEBHOOK_TRIGGER="branch/main")

    assert done.returncode == 0, done.stderr
    assert build.tags() == {"jobs:1.0": "sha256:old", f"jobs:git-{COMMIT}": "sha256:jobs"}
    assert "1.0 stays the image of another commit" in done.stdout


def test_an_interrupted_build_gets_its_tag_without_another_image(build: Build) -> None:
    build.write(f"jobs:git-{COMMIT}", "sha256:a")
    done = build.run()

    assert done.returncode == 0, done.stderr
    assert (build.state / "jobs:1.0").read_bytes() == b"sha256:a"  # byte by byte, as its digest is of its bytes
    assert build.asked("docker") == []
    assert "--image-digest sha256:a" in build.asked("put-image")[0]


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_signature_is_awaited(build: Build, interrupted: bool) -> None:
    if interrupted:
        build.write(f"jobs:git-{COMMIT}", "sha256:a")
    build.write("signatures", "IN_PROGRESS\nCOMPLETE\n")
    done = build.run(SIGNED="true")

    assert (done.returncode, "jobs: signed" in done.stdout) == (0, True)
    assert len(build.asked("describe-image-signing-status")) == 2


@pytest.mark.parametrize(
    ("signatures", "said"),
    [(["FAILED"], "ECR could not sign sha256:jobs"), (["IN_PROGRESS"] * 3, "sha256:jobs has no signature yet")],
)
def test_an_image_without_a_signature_fails_the_build(build: Build, signatures: list[str], said: str) -> None:
    build.write("signatures", "".join(f"{status}\n" for status in signatures))
    done = build.run(SIGNED="true")

    assert done.returncode == 1
    assert said in done.stderr


def test_an_error_of_the_registry_is_no_missing_image(build: Build) -> None:
    build.write("error", "AccessDeniedException")
    done = build.run()

    assert done.returncode != 0
    assert "AccessDeniedException" in done.stderr
    assert build.asked("docker") == []


def test_the_buildspec_logs_in_and_runs_the_script() -> None:
    phases = YAML(typ="safe").load(ROOT / ".ci" / "images.buildspec.yml")["phases"]

    assert phases["build"]["commands"] == [".ci/images"]
    assert "aws ecr get-login-password" in phases["pre_build"]["commands"][0]
    assert os.access(ROOT / ".ci" / "images", os.X_OK)


def test_every_target_that_the_script_builds_is_one_of_the_dockerfiles() -> None:
    (targets,) = re.findall(r"for target in ([\w ]+); do", (ROOT / ".ci" / "images").read_text())
    dockerfile = (ROOT / "Dockerfile").read_text()

    assert [name for name in targets.split() if not re.search(rf"^FROM .+ AS {name}$", dockerfile, re.MULTILINE)] == []
