"""Hosting containers: one serving process, asked over HTTP as SageMaker asks a container."""

import http.client
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import urllib3

from estate.cloud.services import containers, ports
from estate.cloud.services.account import Account, token
from estate.cloud.services.hosting import model_data
from estate.cloud.services.hosting.models import Serving
from estate.cloud.services.logs import Logs

HOST = ports.HOST
COMMAND = ("python", "-m", "pipelines.serving", "serve")
STARTUP_S = 60.0
PING_EVERY_S = 0.05
INVOKE_TIMEOUT_S = 60.0  # AWS's own limit
CHUNK = 64 * 1024


class HostFailed(Exception):
    """A host did not come up. The message is the endpoint's FailureReason."""


@dataclass(frozen=True)
class Reply:
    """A container's answer. Status 0: there was none, and the body says why."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    timed_out: bool = False

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


class Host:
    """A serving process from `start` to `stop`. Its lines go to the endpoint's log group, if no other is given."""

    def __init__(
        self, account: Account, logs: Logs, endpoint: str, variant: str, serving: Serving, group: str | None = None
    ) -> None:
        self._account = account
        self._logs = logs
        self._endpoint = endpoint
        self._variant = variant
        self.serving = serving
        self._group = group if group is not None else f"/aws/sagemaker/Endpoints/{endpoint}"
        self._exit = ExitStack()
        self._port = 0
        self.pool: urllib3.HTTPConnectionPool | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.room: containers.Room | None = None

    @property
    def pid(self) -> int | None:
        """Of the process while it runs; it leads a group of its own."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self, timeout_s: float = STARTUP_S) -> None:
        """Returns once `/ping` answers 200. Raises HostFailed; nothing then runs."""
        try:
            self._launch(timeout_s)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._exit.close()

    def ask(
        self,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        method: str = "POST",
        timeout_s: float = INVOKE_TIMEOUT_S,
    ) -> Reply:
        """One request to the container; whatever goes wrong is in the reply."""
        if self.pool is None:
            return Reply(0, b"the host is gone")
        try:
            found = self.pool.request(method, path, body=body, headers=dict(headers), timeout=timeout_s)
        except urllib3.exceptions.TimeoutError as error:
            return Reply(0, f"{type(error).__name__}: {error}".encode(), timed_out=True)
        except urllib3.exceptions.HTTPError as error:
            return Reply(0, f"{type(error).__name__}: {error}".encode())
        return Reply(found.status, found.data, found.headers)

    def stream(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[Reply, Iterator[bytes]]:
        """The reply without its body, and the body's parts as they come. They raise urllib3's HTTPError."""
        if self.pool is None:
            return Reply(0, b"the host is gone"), iter(())
        try:
            found = self.pool.request(
                "POST", path, body=body, headers=dict(headers), timeout=INVOKE_TIMEOUT_S, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            return Reply(0, f"{type(error).__name__}: {error}".encode()), iter(())
        if not 200 <= found.status < 300:
            return Reply(found.status, found.read(), found.headers), iter(())
        return Reply(found.status, b"", found.headers), found.stream(CHUNK)

    def _launch(self, timeout_s: float) -> None:
        room = self._exit.enter_context(containers.room(self._account, f"host-{self._endpoint}"))
        self.room = room
        model = room.at("/opt/ml/model")
        if self.serving.multi_model:
            room.at("/opt/ml/models").mkdir()
        elif self.serving.model_data is None:
            model.mkdir()
        else:
            try:
                model_data.load(self._account, self.serving.model_data, model, room.temp)
            except model_data.NoModelData as error:
                raise HostFailed(str(error)) from None
        self._port = ports.free()
        # Nothing outside this machine may reach it, whatever the model's container asks for.
        bind = {"SAGEMAKER_BIND_TO_PORT": str(self._port), "ESTATE_BIND_HOST": HOST}
        many = {"SAGEMAKER_MULTI_MODEL": "true"} if self.serving.multi_model else {}
        environment = containers.environment(self._account, room, {**self.serving.environment, **many, **bind})
        try:
            process = self._account.processes.start(COMMAND, environment, room.cwd)
        except OSError as error:
            raise HostFailed(
                f"The container of production variant {self._variant} could not be started: {error}"
            ) from None
        self._process = process
        self._exit.callback(self._account.processes.stop, process)
        stream = f"{self._variant}/i-{token(17)}"
        group = self._group
        assert process.stdout is not None
        output = process.stdout
        self._account.processes.spawn(
            lambda: containers.pump(output, lambda lines: self._logs.write(group, stream, lines)),
            f"host-log-{self._endpoint}",
        )
        self.pool = urllib3.HTTPConnectionPool(HOST, self._port, maxsize=16, retries=False)
        self._exit.callback(self.pool.close)
        deadline = time.monotonic() + timeout_s
        # Another program may have taken the port: an answer counts only while the process is there.
        while (gone := process.poll() is not None) or not self._answers():
            if gone or self._account.processes.closing.is_set() or time.monotonic() > deadline:
                raise HostFailed(
                    f"The primary container for production variant {self._variant} did not pass the ping health "
                    "check. Please check CloudWatch logs for this endpoint."
                )
            time.sleep(PING_EVERY_S)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
