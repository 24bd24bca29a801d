"""Subprocesses and threads of the emulated services: each in a process group of its own, none outlives the cloud."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRACE_S = 2.0


class Closed(Exception):
    """The cloud is being left; nothing is started any more."""


class Processes:
    """Starts processes and threads, and ends all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._threads: set[threading.Thread] = set()
        self.closing = threading.Event()

    def start(self, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> subprocess.Popen[bytes]:
        """A process with exactly `environment`, its errors joined to its output. Raises OSError, Closed."""
        with self._lock:
            if self.closing.is_set():
                raise Closed
            process = subprocess.Popen(  # noqa: S603 - running given commands is what a container does
                list(command),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        return process

    def stop(self, process: subprocess.Popen[bytes], grace_s: float = GRACE_S) -> None:
        """SIGTERM to the whole group, SIGKILL to what is left of it after `grace_s` seconds."""
        _signal(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
        self.reap(process)

    def sweep(self, process: subprocess.Popen[bytes]) -> None:
        """Kills what is left of the group."""
        _signal(process, signal.SIGKILL)

    def reap(self, process: subprocess.Popen[bytes]) -> None:
        """Forgets an ended process; children that it left in its group are killed."""
        _signal(process, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            with contextlib.suppress(OSError, ValueError):
                process.stdout.close()
        with self._lock:
            self._running.discard(process)

    def spawn(self, target: Callable[[], None], name: str) -> threading.Thread:
        """A thread that `close` waits for; it must end soon once `closing` is set. Raises Closed."""

        def run() -> None:
            try:
                with contextlib.suppress(Closed):
                    target()
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, name=f"estate-cloud-{name}", daemon=True)
        with self._lock:
            if self.closing.is_set():
                raise Closed
            self._threads.add(thread)
        thread.start()
        return thread

    def close(self) -> None:
        """Ends every process, then waits for every thread."""
        with self._lock:
            self.closing.set()
            running = list(self._running)
        for process in running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _signal(process, signal.SIGKILL)
            process.wait()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(GRACE_S)
        for process in running:
            self.reap(process)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the group, which is empty or gone where the process has ended without children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
