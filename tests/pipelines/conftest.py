"""Jobs as SageMaker runs them: a process in an empty folder, with nothing but its files and its environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

IMAGE = Path(__file__).parents[2]


@dataclass
class Machine:
    """The folder that stands for `/opt/ml`, and an empty working directory."""

    root: Path
    cwd: Path

    def run(self, job: str, workload: str, *arguments: str, env: Mapping[str, str] | None = None):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.cwd),
            "PYTHONPATH": str(IMAGE),
            "ESTATE_ML_ROOT": str(self.root),
            **(env or {}),
        }
        return subprocess.run(
            [sys.executable, "-m", f"pipelines.jobs.{job}", "--workload", workload, *arguments],
            cwd=self.cwd,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def succeed(self, job: str, workload: str, *arguments: str) -> str:
        done = self.run(job, workload, *arguments)
        assert done.returncode == 0, done.stderr
        assert list(self.cwd.iterdir()) == []
        return done.stdout

    def fail(self, job: str, workload: str, *arguments: str) -> str:
        """The last line of a job that fails for a reason that a person can act on."""
        done = self.run(job, workload, *arguments)
        assert done.returncode == 1, done.stdout
        assert "Traceback" not in done.stderr
        return done.stderr.strip().splitlines()[-1]

    def output(self, name: str) -> Path:
        return self.root / "processing" / "output" / name

    def hand_over(self, name: str, to: str | None = None) -> None:
        """What SageMaker does between two steps: an output becomes an input, or a training channel."""
        target = self.root / to if to is not None else self.root / "processing" / "input" / name
        shutil.copytree(self.output(name), target, dirs_exist_ok=True)

    def learn(self, workload: str) -> None:
        """Snapshot, train, evaluate, from the features that lie in the outputs."""
        self.hand_over("features")
        self.succeed("snapshot", workload)
        self.hand_over("train", "input/data/train")
        self.hand_over("snapshot", "input/data/snapshot")
        self.succeed("train", workload)
        archive = self.root / "processing" / "input" / "model" / "model"
        archive.parent.mkdir(parents=True, exist_ok=True)
        shutil.make_archive(str(archive), "gztar", self.root / "model")
        self.hand_over("holdout")
        self.succeed("evaluate", workload)

    def land(self, workload: str, options: str) -> None:
        """Ingest, validate, featurize."""
        self.succeed("ingest", workload, "--options", options)
        self.hand_over("raw")
        self.succeed("validate", workload)
        self.hand_over("curated")
        self.succeed("featurize", workload)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return make_machine(tmp_path)


def make_machine(folder: Path) -> Machine:
    cwd = folder / "empty"
    cwd.mkdir(parents=True)
    return Machine(folder / "opt-ml", cwd)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    """An AWS in this process."""
    from moto import mock_aws

    for name, value in {
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield
