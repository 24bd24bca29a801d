"""Runs the command as a user does: a process of its own, in a project folder."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]


def edit(file: Path, change: Callable[[Any], None]) -> None:
    """Changes a YAML file of a copy in place."""
    yaml = YAML()
    document = yaml.load(file)
    change(document)
    yaml.dump(document, file)


def keep_model(root: Path, model: str) -> None:
    """Leaves a copy of the project with one model in `dev`, which spares the others' time."""
    edit(root / "Pulumi.dev.yaml", lambda document: document["config"].update({"mlops-estate:models": {model: {}}}))


@dataclass(frozen=True)
class Rehearsed:
    code: int
    screen: str
    report: dict[str, Any]
    page: str

    def evidence(self, stage: str) -> dict[str, Any]:
        (found,) = [item for item in self.report["stages"] if item["name"] == stage]
        return found["evidence"]

    def status(self, stage: str) -> str:
        (found,) = [item for item in self.report["stages"] if item["name"] == stage]
        return found["status"]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "estate", *arguments]


def start(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command over the project in `root`."""
    return subprocess.run(
        command(*arguments),
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def rehearse(root: Path, folder: Path, *arguments: str) -> Rehearsed:
    """Rehearses the project in `root`; the report lies in `folder`."""
    json_file, page = folder / "rehearsal.json", folder / "report"
    done = start(root, "rehearse", *arguments, "--json", str(json_file), "--report", str(page))
    screen = done.stdout + done.stderr
    assert json_file.is_file(), screen
    return Rehearsed(done.returncode, screen, json.loads(json_file.read_text()), (page / "index.html").read_text())
