"""SIGINT and SIGTERM at any stage leave no process, port or temporary folder.

The stages are those that run something new: nothing yet, the program, jobs, endpoints and handlers, the clean-up.
`train`, `drift` and what comes after run no other kind of process.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.rehearsal.harness import command, keep_model

SECONDS = 180  # of a machine that does other things, too


def listening() -> set[int]:
    return {
        c.laddr.port for c in psutil.net_connections("inet") if c.status == psutil.CONN_LISTEN and c.pid is not None
    }


def end(running: subprocess.Popen[bytes]) -> None:
    """Ends the rehearsal and its children, if any of them still run."""
    if running.poll() is None:
        processes = [*psutil.Process(running.pid).children(recursive=True), running]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        running.wait()


def descendants(process: psutil.Process) -> list[psutil.Process]:
    return process.children(recursive=True)


@pytest.fixture(scope="module")
def project(copy_project: Callable[[], Path]) -> Path:
    """The project with one model: a second one starts no other kind of process."""
    root = copy_project()
    keep_model(root, "tumor-screening")
    return root


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("plan", signal.SIGINT),
        ("provision", signal.SIGTERM),
        ("data", signal.SIGINT),
        ("predict", signal.SIGTERM),
        ("destroy", signal.SIGINT),
    ],
)
def test_an_interrupted_rehearsal_leaves_nothing(
    project: Path, tmp_path: Path, request: pytest.FixtureRequest, stage: str, number: signal.Signals
):
    arguments = ("--until", "provision") if stage == "destroy" else ()
    with (tmp_path / "screen").open("w+") as screen:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        running = subprocess.Popen(
            command("rehearse", "-s", "dev", *arguments),
            cwd=project,
            env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(project)},
            stdout=screen,
            stderr=subprocess.STDOUT,
        )
        request.addfinalizer(partial(end, running))  # also where an assertion or a wait below gives up
        watched = psutil.Process(running.pid)
        children: set[psutil.Process] = set()
        ports: set[int] = set()
        deadline = time.monotonic() + SECONDS
        while f"\n{stage}\n" not in f"\n{(tmp_path / 'screen').read_text()}":
            assert running.poll() is None, (tmp_path / "screen").read_text()
            assert time.monotonic() < deadline, f"never reached {stage}"
            time.sleep(0.05)
        time.sleep(0.5)
        for process in (watched, *descendants(watched)):
            children.add(process)
            with suppress(psutil.NoSuchProcess):  # ended by itself since it was listed
                ports |= {c.laddr.port for c in process.net_connections("inet") if c.status == psutil.CONN_LISTEN}
        running.send_signal(number)
        code = running.wait(timeout=SECONDS)
    shown = (tmp_path / "screen").read_text()
    assert code in (128 + number, 0 if stage == "destroy" else 128 + number), shown
    assert "Traceback" not in shown
    assert [p for p in children if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
    assert ports & listening() == set()
    assert list(temporary.iterdir()) == []
