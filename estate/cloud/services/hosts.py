"""Hosting containers: the serving process of one production variant.

A variant runs one process, whatever its InitialInstanceCount: the count is answered, not multiplied.
"""

import http.client
import socket
import tarfile
import time
from contextlib import ExitStack
from pathlib import Path

import urllib3

from estate.cloud.services import containers
from estate.cloud.services.account import Account, token
from estate.cloud.services.logs import Logs
from estate.cloud.services.models import Serving
from pipelines import archives

HOST = "127.0.0.1"
COMMAND = ("python", "-m", "pipelines.serving", "serve")
STARTUP_S = 60.0
PING_EVERY_S = 0.05
INVOKE_TIMEOUT_S = 60.0  # AWS's own limit


class HostFailed(Exception):
    """A host did not come up. The message is the endpoint's FailureReason."""


class Host:
    """A serving process from `start` to `stop`. Its lines go to the endpoint's log group, if no other is given."""

    def __init__(
        self, account: Account, logs: Logs, endpoint: str, variant: str, serving: Serving, group: str | None = None
    ) -> None:
        self._account = account
        self._logs = logs
        self._endpoint = endpoint
        self._variant = variant
        self._serving = serving
        self._group = group if group is not None else f"/aws/sagemaker/Endpoints/{endpoint}"
        self._exit = ExitStack()
        self._port = 0
        self.pool: urllib3.HTTPConnectionPool | None = None

    def start(self, timeout_s: float = STARTUP_S) -> None:
        """Returns once `/ping` answers 200. Raises HostFailed; nothing then runs."""
        try:
            self._launch(timeout_s)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._exit.close()

    def _launch(self, timeout_s: float) -> None:
        room = self._exit.enter_context(containers.room(self._account, f"host-{self._endpoint}"))
        model = room.at("/opt/ml/model")
        model.mkdir()
        if self._serving.model_data is not None:
            self._load(self._serving.model_data, room, model)
        self._port = _free_port()
        # Nothing outside this machine may reach it, whatever the model's container asks for.
        bind = {"SAGEMAKER_BIND_TO_PORT": str(self._port), "ESTATE_BIND_HOST": HOST}
        given = {**self._serving.environment, **bind}
        environment = containers.environment(self._account, room, given)
        try:
            process = self._account.processes.start(COMMAND, environment, room.cwd)
        except OSError as error:
            raise HostFailed(
                f"The container of production variant {self._variant} could not be started: {error}"
            ) from None
        self._exit.callback(self._account.processes.stop, process)
        stream = f"{self._variant}/i-{token(17)}"
        group = self._group
        assert process.stdout is not None
        output = process.stdout
        self._account.processes.spawn(
            lambda: containers.pump(output, lambda lines: self._logs.write(group, stream, lines)),
            f"host-log-{self._endpoint}",
        )
        self.pool = urllib3.HTTPConnectionPool(HOST, self._port, maxsize=16, timeout=INVOKE_TIMEOUT_S, retries=False)
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

    def _load(self, uri: str, room: containers.Room, model: Path) -> None:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3 = self._account.client("s3")
        archive = room.temp / "model.tar.gz"
        try:
            archive.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            archives.unpack(archive, model)
        except s3.exceptions.ClientError as error:
            raise HostFailed(f"Failed to download model data {uri}: {error.response['Error']['Code']}") from None
        except tarfile.TarError:
            raise HostFailed(f"Failed to extract model data archive from {uri}: it must be a gzipped tar") from None
        archive.unlink()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]
