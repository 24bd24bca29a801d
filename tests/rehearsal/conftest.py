"""A copy of the project, as a fork would have it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.rehearsal.harness import ROOT


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a copy of what a clone of the project holds."""

    def copy() -> Path:
        target = tmp_path_factory.mktemp("fork")
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        for name in filter(None, listed.stdout.split("\0")):
            source = ROOT / name
            if source.is_file():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_bytes(source.read_bytes())
        return target

    return copy
