"""A copy of the project, as a fork would have it."""

import shutil
import subprocess
from collections.abc import Callable
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.rehearsal.harness import ROOT


def copy_file(source: Path, target: Path) -> None:
    """With its time, by which Python knows whether what it compiled is of this text."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a copy of what a clone of the project holds, and of what Python has compiled of it already."""

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
                copy_file(source, target / name)
                compiled = Path(cache_from_source(source))
                if source.suffix == ".py" and compiled.is_file():
                    copy_file(compiled, Path(cache_from_source(target / name)))
        return target

    return copy
