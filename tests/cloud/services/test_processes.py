"""A process that leads a group: the group ends with it, and nobody else is ever sent a signal."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from estate.cloud.services.processes import Closed, Leader, Processes

CHILD = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])"


@pytest.fixture
def processes() -> Iterator[Processes]:
    found = Processes()
    yield found
    found.close()


def start(processes: Processes, code: str, folder: Path) -> Leader:
    return processes.start([sys.executable, "-c", code], dict(os.environ), folder)


def is_alive(pid: int) -> bool:
    """Whether there is such a process that is not merely waiting to be reaped."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until_dead(pid: int) -> None:
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_children_end_with_their_leader(processes: Processes, tmp_path: Path) -> None:
    leader = start(processes, f"{CHILD}; print(child.pid, flush=True)", tmp_path)
    assert leader.stdout is not None
    child = int(leader.stdout.readline())
    assert leader.wait() == 0
    until_dead(child)


def test_a_leader_that_is_reaped_is_sent_nothing(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = start(processes, "pass", tmp_path)
    assert leader.wait() == 0
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "killpg", lambda *given: sent.append(given))
    processes.sweep(leader)
    processes.stop(leader)
    processes.reap(leader)
    assert sent == []


def test_an_ended_group_is_killed_before_its_leader_is_reaped(
    processes: Processes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader = start(processes, "pass", tmp_path)
    states: list[bool] = []
    kill = os.killpg

    def watched(group: int, number: int) -> None:
        states.append(psutil.pid_exists(group))  # the id is still this leader's
        kill(group, number)

    monkeypatch.setattr(os, "killpg", watched)
    assert leader.wait() == 0
    assert states == [True]


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(processes: Processes, tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    leader = start(processes, code, tmp_path)
    assert leader.stdout is not None
    assert leader.stdout.readline() == b"deaf\n"
    processes.stop(leader, grace_s=0.1)
    assert leader.returncode == -signal.SIGKILL


def test_nothing_is_started_once_all_is_closed(processes: Processes, tmp_path: Path) -> None:
    running = start(processes, "import time; time.sleep(600)", tmp_path)
    processes.close()
    assert running.returncode == -signal.SIGTERM
    with pytest.raises(Closed):
        start(processes, "pass", tmp_path)
