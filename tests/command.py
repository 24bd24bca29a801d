"""The command as a user calls it, in a process of its own with its own status, streams, folder and environment.

`started` is a new Python. It imports for seconds before it finds a mistake, so most tests take `forked`: the fork of a
process that waits with all of the command imported.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

from estate.cli import main

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120


def started(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m estate` with the arguments; `environment` comes on top of this process's."""
    return subprocess.run(
        [sys.executable, "-m", "estate", *map(str, arguments)],
        cwd=cwd,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


def forked(*arguments: object, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in a fork. Raises TimeoutExpired as `started` does."""
    words = [*map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdout", "stderr")]
        process = _waiting().Process(
            target=_command, args=(words, str(cwd), _environment(environment), [*map(str, streams)])
        )
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, SECONDS)
        stdout, stderr = (stream.read_text() for stream in streams)
        return subprocess.CompletedProcess(words, process.exitcode, stdout, stderr)


def copy_program(folder: Path) -> Path:
    """Copies what a command reads of the project, for a test that spoils it."""
    for name in ("Pulumi.yaml", "Pulumi.dev.yaml", "__main__.py"):
        shutil.copy(ROOT / name, folder / name)
    for name in ("contracts", "stacks", "components", "pipelines", "policies"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _environment(added: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **added}


@cache
def _waiting() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["estate.cli", "estate.plan", "estate.rehearsal.command"])
    return context


def _command(words: list[str], cwd: str, environment: dict[str, str], streams: list[str]) -> None:
    for number, file in enumerate(streams, start=1):
        with open(file, "wb") as stream:
            os.dup2(stream.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = ["estate", *words]
    main()
