"""Subprocesses and threads of the emulated services: each in a process group of its own, none outlives the cloud."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

GRACE_S = 2.0
POLL_S = 0.02


class Closed(Exception):
    """The cloud is being left; nothing is started any more."""


class Leader(subprocess.Popen[bytes]):
    """A process that leads a group of its own. When it ends, so does what is left of its group, as in a container.

    The group is killed while the ended leader still waits to be reaped: until then nobody else can be given its id, and
    afterwards no signal is sent. Where a system cannot look without reaping (macOS before Python 3.13), the kill
    follows the reaping at once.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self._reaping = threading.RLock()
        super().__init__(*given, **named)

    def poll(self) -> int | None:
        with self._reaping:
            if self.returncode is None and self._has_ended():
                self._kill_group()
                super().poll()
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if timeout is None and hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def signal_group(self, number: signal.Signals) -> None:
        """Nothing happens where the process has been reaped."""
        with self._reaping:
            if self.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, number)

    def _has_ended(self) -> bool:
        if not hasattr(os, "waitid"):
            return super().poll() is not None
        try:
            return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:
            return True

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


class Processes:
    """Starts processes and threads, and ends all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[Leader] = set()
        self._threads: set[threading.Thread] = set()
        self.closing = threading.Event()

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], cwd: Path, *, asked: bool = False
    ) -> Leader:
        """A process with exactly `environment`, its errors joined to its output. Raises OSError, Closed.

        One that is `asked` gets its questions through its standard input; others have none.
        """
        with self._lock:
            if self.closing.is_set():
                raise Closed
            process = Leader(  # running given commands is what a container does
                list(command),
                env=dict(environment),
                cwd=cwd,
                stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        return process

    def stop(self, process: Leader, grace_s: float = GRACE_S) -> None:
        """SIGTERM to the whole group, SIGKILL to what is left of it after `grace_s` seconds, or when all is closed."""
        process.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while process.poll() is None and time.monotonic() < deadline:
            # Closing has a grace of its own.
            if self.closing.is_set():
                deadline = min(deadline, time.monotonic() + GRACE_S)
            time.sleep(POLL_S)
        self.reap(process)

    def sweep(self, process: Leader) -> None:
        """Kills the whole group."""
        process.signal_group(signal.SIGKILL)

    def reap(self, process: Leader) -> None:
        """Ends a process with all its children, and forgets it."""
        process.signal_group(signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError, ValueError):
                    stream.close()
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
            process.signal_group(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            process.signal_group(signal.SIGKILL)
            process.wait()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(GRACE_S)
        for process in running:
            self.reap(process)
