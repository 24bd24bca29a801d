"""Runs what a container would run: a subprocess with a root of its own that stands for `/opt/ml`."""

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from estate.cloud.services.account import Account
from estate.cloud.services.processes import GRACE_S, POLL_S

ML = PurePosixPath("/opt/ml")
BATCH_LINES = 500


@dataclass(frozen=True)
class Outcome:
    """How a container ended. `exit_code` is None where it could not be started; `interrupted`: its machine was lost."""

    exit_code: int | None
    stopped: bool = False
    timed_out: bool = False
    interrupted: bool = False
    error: str = ""


@dataclass(frozen=True)
class Limits:
    """What ends a container: its run time in seconds, a stop with `grace_s` seconds to go, a lost machine."""

    run_s: float
    stop: threading.Event
    grace_s: float = GRACE_S
    lost: threading.Event | None = None


@dataclass(frozen=True)
class Room:
    """The folders of one container."""

    root: Path  # stands for /opt/ml
    cwd: Path
    home: Path
    temp: Path

    def at(self, path: str) -> Path:
        """The folder that stands for an absolute path under `/opt/ml`."""
        return self.root / PurePosixPath(path).relative_to(ML)


@contextmanager
def room(account: Account, name: str) -> Generator[Room]:
    """Empty folders, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"{name[:40]}-", dir=account.workdir))
    try:
        made = Room(folder / "opt-ml", folder / "cwd", folder / "home", folder / "tmp")
        for path in (made.root, made.cwd, made.home, made.temp):
            path.mkdir()
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def environment(account: Account, room: Room, given: Mapping[str, str]) -> dict[str, str]:
    """All that a container sees: nothing of this process's own environment."""
    return {
        "PATH": f"{account.image_path / 'bin'}:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(room.home),
        "TMPDIR": str(room.temp),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(account.image_path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ESTATE_ML_ROOT": str(room.root),
        **account.environment,
        **given,
    }


def run(
    account: Account,
    room: Room,
    command: Sequence[str],
    given: Mapping[str, str],
    write: Callable[[list[str]], None],
    limits: Limits,
) -> Outcome:
    """Runs `command` to its end, or to one of its limits; `write` gets its lines as they come."""
    try:
        process = account.processes.start(command, environment(account, room, given), room.cwd)
    except OSError as error:
        return Outcome(None, error=f"{command[0]}: {error.strerror}")
    deadline = time.monotonic() + limits.run_s
    ended_by = ""

    def watch() -> None:
        nonlocal ended_by
        # A child left behind would hold the output open: looking at an ended leader ends its children.
        while process.poll() is None:
            if limits.lost is not None and limits.lost.is_set():
                ended_by = "lost"
                account.processes.reap(process)
                return
            if limits.stop.is_set() or account.processes.closing.is_set():
                ended_by = "stop"
            elif time.monotonic() > deadline:
                ended_by = "time"
            if ended_by:
                account.processes.stop(process, limits.grace_s)
                return
            time.sleep(POLL_S)

    watcher = account.processes.spawn(watch, "job-watch")
    try:
        assert process.stdout is not None
        pump(process.stdout, write)
        process.wait()
    finally:
        watcher.join()
        account.processes.reap(process)
    return Outcome(
        process.returncode,
        stopped=ended_by == "stop",
        timed_out=ended_by == "time",
        interrupted=ended_by == "lost",
    )


def pump(stream: IO[bytes], write: Callable[[list[str]], None]) -> None:
    """Hands over complete lines in batches until the stream ends or is closed."""
    handle = stream.fileno()
    rest = b""
    with contextlib.suppress(OSError, ValueError):
        while chunk := os.read(handle, 65536):
            *lines, rest = (rest + chunk).split(b"\n")
            for start in range(0, len(lines), BATCH_LINES):
                write([line.decode("utf-8", "replace") for line in lines[start : start + BATCH_LINES]])
    if rest:
        write([rest.decode("utf-8", "replace")])
