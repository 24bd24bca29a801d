"""One emulated AWS account in one region, from entering a `with` block to leaving it."""

import os
import secrets
import shutil
import string
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from estate.cloud.server import Server
from estate.cloud.services.account import PARTITION, Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.front import Front
from estate.cloud.services.gateway.api_callers import Refused
from estate.cloud.services.gateway.sockets import Connection
from estate.cloud.services.limits.bucket_notices import notices_are_whole
from estate.cloud.services.limits.bucket_policies import conditions_are_read
from estate.cloud.services.limits.delete_markers import markers_are_disposed_of
from estate.cloud.services.limits.guards import guarded
from estate.cloud.services.limits.in_use import DELETIONS
from estate.cloud.services.limits.not_allowed import CREATIONS
from estate.cloud.services.limits.scaling_dimensions import dimensions_are_known
from estate.cloud.services.lookups import looked_up_once
from estate.cloud.services.registry import Services
from estate.cloud.services.snapshot import Snapshot, take
from estate.cloud.services.wire import AwsError, Table

# Backends that are born with content: made first, so that no snapshot takes their defaults for somebody's work.
BORN_FULL = ("athena", "ec2", "ecr", "events", "iam", "kms", "logs", "s3", "scheduler", "sns", "sqs", "ssm", "sts")
CLIENT = Config(retries={"total_max_attempts": 1}, connect_timeout=10, read_timeout=70, s3={"addressing_style": "path"})

_one_at_a_time = threading.Lock()


class CloudError(Exception):
    """The emulated AWS cannot be entered, or not do what is asked of it here."""


class Cloud:
    """An emulated AWS on a loopback port: `port`, or a free one where it is 0.

    Content lives in this process's memory and in a folder under `workdir`; both go when the block is left, with every
    process, thread and port. moto's backends are process-wide, so only one Cloud can be open at a time.

    `image_path` is put on PYTHONPATH of jobs and hosts, as the container image's code; by default the folder that
    holds the installed `pipelines` package.

    With a `speed` above 1 waits of W seconds (baking of a deployment) take W/speed real ones, and alarms see as much
    time pass: a period of 60 s is over after 60/speed. Timestamps stay those of the real clock. Schedules go by the
    same clock; without `schedules`, EventBridge Scheduler's and those of rules fire only by `fire_schedule`. Scheduled
    actions of Auto Scaling are no part of that.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        workdir: Path,
        image_path: Path | None = None,
        speed: float = 1.0,
        schedules: bool = True,
        port: int = 0,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self._workdir = workdir
        self.speed = speed
        self._clock = Clock(speed)
        self._schedules = schedules
        self._port = port
        self._image_path = image_path if image_path is not None else _installed_image()
        self._clients: dict[str, Any] = {}
        self._session: boto3.Session | None = None
        self._clients_lock = threading.Lock()
        self._server: Server | None = None
        self._services: Services | None = None
        self._folder: Path | None = None
        self._patches = ExitStack()
        self._key_id = "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
        self._secret = secrets.token_urlsafe(30)

    def __enter__(self) -> Self:
        """Raises CloudError where another Cloud is open in this process, and OSError where no port can be had."""
        if not _one_at_a_time.acquire(blocking=False):
            raise CloudError("another emulated AWS is open in this process; leave it first")
        try:
            self._open()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self) -> None:
        BackendDict.reset()
        self._patches.enter_context(conditions_are_read())
        self._patches.enter_context(dimensions_are_known())
        self._patches.enter_context(guarded((*DELETIONS, *CREATIONS)))
        self._patches.enter_context(looked_up_once())
        self._patches.enter_context(markers_are_disposed_of())
        self._patches.enter_context(notices_are_whole())
        self._workdir.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="aws-", dir=self._workdir))
        # Roles name AWS's own policies: they exist, as on AWS. moto reads this when the backend is made.
        with _environment("MOTO_IAM_LOAD_MANAGED_POLICIES", "true"):
            get_backend("iam")[self.account_id][PARTITION]
        # moto finds a caller's account by its access key: this one makes its own account of any id.
        get_backend("iam")[self.account_id][PARTITION].access_keys[self._key_id] = _Key()  # ty: ignore[invalid-assignment]
        table = Table()
        account = Account(self.account_id, self.region, self._folder, self._image_path, self.client)
        for service in BORN_FULL:
            account.backend(service)
        self._server = Server(Front(table, DomainDispatcherApplication(create_backend_app)), self._port)
        account.environment = self.environment()
        self._services = Services(account, table, self._clock, schedules=self._schedules)
        self._server.start()
        self._services.start()

    def _close(self) -> None:
        try:
            if self._services is not None:
                self._services.stop()
            for client in self._clients.values():
                client.close()
            self._clients.clear()
            if self._server is not None:
                self._server.stop()
            BackendDict.reset()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
        finally:
            self._patches.close()
            self._server = self._services = self._folder = None
            _one_at_a_time.release()

    @property
    def endpoint(self) -> str:
        if self._server is None:
            raise CloudError("the emulated AWS is not open")
        return self._server.endpoint

    def environment(self) -> dict[str, str]:
        """Variables with which an unmodified AWS client in another process talks to this account and nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self._key_id,
            "AWS_SECRET_ACCESS_KEY": self._secret,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_MAX_ATTEMPTS": "1",
        }

    def client(self, service: str) -> Any:
        """The boto3 client of `service`, one for all callers; it never retries."""
        with self._clients_lock:
            if self._session is None:
                self._session = boto3.Session(
                    aws_access_key_id=self._key_id, aws_secret_access_key=self._secret, region_name=self.region
                )
            if service not in self._clients:
                self._clients[service] = self._session.client(service, endpoint_url=self.endpoint, config=CLIENT)
            return self._clients[service]

    def snapshot(self) -> Snapshot:
        """What exists now, in every backend of this account."""
        return take(self.account_id, self._opened().content())

    def logs(self, job_name: str, lines: int = 50) -> str:
        """The last lines that a processing or training job wrote; empty where it wrote none."""
        return "\n".join(self._opened().logs.tail(job_name, lines))

    def interrupt_spot(self, job_name: str, capacity_after_s: float = 30.0) -> None:
        """Takes a training job's spot machine away, without notice; `capacity_after_s` seconds of the clock later it
        gets another one, and starts again from its checkpoints.

        Raises CloudError for a job that does not exist, does not run on spot capacity, or has ended.
        """
        try:
            self._opened().training.interrupt(job_name, capacity_after_s)
        except AwsError as error:
            raise CloudError(f"{job_name} cannot be interrupted: {error.message}") from None

    def exhaust_capacity(self, instance_type: str, jobs: int = 1) -> None:
        """The next `jobs` processing, training and transform jobs on machines of this type fail for want of one."""
        self._opened().instances.exhaust(instance_type, jobs)

    def connect(self, url: str, headers: Mapping[str, str]) -> Connection:
        """A client's connection to a WebSocket API, `<endpoint>/_apigw/<api id>/<stage>`; no socket is opened.

        Raises CloudError where the API lets it not in.
        """
        try:
            return self._opened().sockets.connect(url, headers)
        except Refused as error:
            raise CloudError(f"{error.status} {error}") from None

    def set_quota(self, instance_type: str, usage: str, instances: int) -> None:
        """How many machines of a type this account may use at once for a `usage`, such as `training job usage`."""
        self._opened().instances.quotas[instance_type, usage] = instances

    def flush(self) -> None:
        """Writes captured requests to S3, delivers every event and evaluates every alarm that is due, now."""
        self._opened().flush()

    def fire_schedule(self, name: str, group: str = "default") -> None:
        """Fires a schedule, or a rule that has one, now and besides its own times. Raises AwsError where it is not."""
        self._opened().schedules.fire(name, group)

    def _opened(self) -> Services:
        if self._services is None:
            raise CloudError("the emulated AWS is not open")
        return self._services


@contextmanager
def _environment(name: str, value: str) -> Generator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


class _Key:
    """An access key of the account that belongs to no user."""

    user_name = None
    role_arn = None
    last_used = None
    status = "Active"


def _installed_image() -> Path:
    import pipelines

    return Path(pipelines.__file__).resolve().parents[1]
