"""Execution environments of Lambda: a process that has imported the handler, and serves one invocation after another.

As on AWS, an environment is used again while the function's code and settings stay the same: what a handler keeps in
its module, and in its temporary folder, is still there. One that timed out, or whose process ended, is not.
"""

import contextlib
import hashlib
import io
import json
import queue
import re
import sys
import threading
import time
import uuid
import zipfile
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from estate.cloud.services import containers
from estate.cloud.services.account import Account, now
from estate.cloud.services.processes import Leader

RUNNER = Path(__file__).with_name("runner.py")
INIT_S = 30.0  # AWS allows 10; a laptop that also trains models is slower
MANAGEMENT = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
OWN_API = re.compile(r"https://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com/(\w+)")
MOST_IDLE = 2  # environments of a function that wait for work; each holds some 60 MB
MARK = "\0"  # what the runner's own lines begin with
READY, END = f"{MARK}ready", f"{MARK}end"
GONE = f"{MARK}gone"  # the process has closed its output
Request = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """How an invocation went: the runner's answer, if it came to one, what was written meanwhile, and for how long."""

    found: Request | None
    lines: list[str]
    taken_ms: float
    timed_out: bool


class Environment:
    """One process of one version of a function. Raises Closed where the cloud is being left."""

    def __init__(self, account: Account, function: Any, libraries: Path, code: bytes) -> None:
        self._account = account
        self._function = function
        self._libraries = libraries
        self.stream = f"{now().strftime('%Y/%m/%d')}/[{function.version}]{uuid.uuid4().hex}"
        self._stack = ExitStack()
        self._room = self._stack.enter_context(containers.room(account, f"lambda-{function.function_name}"))
        self._task = self._room.root / "task"
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(self._task)
        self._said: queue.Queue[str] = queue.Queue()
        self._ready = False
        self._process = account.processes.start(
            [sys.executable, "-I", "-S", str(RUNNER)], self._variables(), self._room.cwd, asked=True
        )
        self._listener = account.processes.spawn(self._listen, "lambda-log")

    def _listen(self) -> None:
        output = self._process.stdout
        assert output is not None
        containers.pump(output, self._hear)
        self._said.put(GONE)

    def _hear(self, lines: list[str]) -> None:
        for line in lines:
            self._said.put(line)

    def run(self, event: Any, context: Request) -> Run:
        """One invocation, to its end or to the function's timeout. The environment's start does not count."""
        request = {
            "task": str(self._task),
            "libraries": str(self._libraries),
            "handler": self._function.handler,
            "event": event,
            "context": context,
            "answer": str(self._room.root / "answer.json"),
        }
        answer = Path(request["answer"])
        answer.unlink(missing_ok=True)
        started, lines = time.monotonic(), []
        self._ask(self._process, json.dumps(request))
        deadline = started + (self._function.timeout if self._ready else INIT_S)
        while True:
            try:
                said = self._said.get(timeout=containers.POLL_S)
            except queue.Empty:
                if self._account.processes.closing.is_set() or time.monotonic() > deadline:
                    timed_out = not self._account.processes.closing.is_set()
                    return Run(None, lines, (time.monotonic() - started) * 1000, timed_out)
                continue
            if said == READY:
                self._ready, started = True, time.monotonic()
                deadline = started + self._function.timeout
            elif said == END:
                taken_ms = (time.monotonic() - started) * 1000
                return Run(json.loads(answer.read_text()), lines, taken_ms, timed_out=False)
            elif said == GONE:
                return Run(None, lines, (time.monotonic() - started) * 1000, timed_out=False)
            else:
                lines.append(said)

    @staticmethod
    def _ask(process: Leader, line: str) -> None:
        stdin: IO[bytes] | None = process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError):  # it has ended; its closed output says so
            stdin.write(line.encode() + b"\n")
            stdin.flush()

    def close(self) -> None:
        self._account.processes.sweep(self._process)
        self._listener.join()  # its output has ended with it, and is read to the end
        self._account.processes.reap(self._process)
        self._stack.close()

    def _variables(self) -> dict[str, str]:
        function = self._function
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": str(self._room.home),
            "TMPDIR": str(self._room.temp),
            "LAMBDA_TASK_ROOT": str(self._task),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.function_name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
            "_HANDLER": str(function.handler),
            **self._account.environment,
            **{key: self._led_here(key, str(value)) for key, value in (function.environment_vars or {}).items()},
        }

    def _led_here(self, key: str, value: str) -> str:
        """A variable as the function sees it: the address of an API of one's own is one of this server."""
        named = OWN_API.fullmatch(value) if key == MANAGEMENT else None
        return (
            value if named is None else f"{self._account.environment['AWS_ENDPOINT_URL']}/_apigw/{named[1]}/{named[2]}"
        )


class Environments:
    """The environments of all functions; those that wait are used first."""

    def __init__(self, account: Account, libraries: Path) -> None:
        self._account = account
        self._libraries = libraries
        self._lock = threading.Lock()
        self._idle: dict[str, list[tuple[str, Environment]]] = defaultdict(list)  # by function, with what it runs

    def run(self, function: Any, event: Any, context: Request) -> tuple[Run, str]:
        """One invocation, and the name of the log stream that it belongs to."""
        version = _version(function)
        environment = self._take(function, version)
        context["log_stream_name"] = environment.stream
        usable = False
        try:
            run = environment.run(event, context)
            usable = run.found is not None
        finally:
            if not usable or not self._give_back(function, version, environment):
                environment.close()
        return run, environment.stream

    def _take(self, function: Any, version: str) -> Environment:
        with self._lock:
            waiting = self._idle[function.function_arn]
            stale = [each for other, each in waiting if other != version]
            waiting[:] = [(other, each) for other, each in waiting if other == version]
            found = waiting.pop()[1] if waiting else None
        for each in stale:
            each.close()
        return found or Environment(self._account, function, self._libraries, function.code_bytes)

    def _give_back(self, function: Any, version: str, environment: Environment) -> bool:
        """Whether the environment is kept."""
        with self._lock:
            waiting = self._idle[function.function_arn]
            if len(waiting) >= MOST_IDLE:
                return False
            waiting.append((version, environment))
            return True


def _version(function: Any) -> str:
    """Code and settings; a change of any of them needs new environments."""
    settings = (
        str(function.version), function.handler, function.run_time, function.timeout, function.memory_size,
        function.role, sorted((function.environment_vars or {}).items()),
    )  # fmt: skip
    return hashlib.sha256(function.code_bytes + repr(settings).encode()).hexdigest()
