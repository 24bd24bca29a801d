"""A training job's checkpoints: restored from S3 before it starts, copied there while it runs."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from estate.cloud.services import checks, containers, objects
from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import Params

LOCAL = "/opt/ml/checkpoints"
TAKEN = ("/opt/ml/input", "/opt/ml/model", "/opt/ml/output", "/opt/ml/code")
EVERY_S = 0.5  # real seconds between two looks; AWS copies continuously


def check(account: Account, config: Params | None) -> None:
    """Raises AwsError."""
    if config is None:
        return
    checks.s3_uri(account, config["S3Uri"], "CheckpointConfig")
    path = config.get("LocalPath", LOCAL).rstrip("/")
    if not path.startswith("/opt/ml/") or ".." in path.split("/"):
        raise invalid(f"CheckpointConfig: LocalPath {path} is not supported offline; it must lie under /opt/ml")
    if any(f"{path}/".startswith(f"{folder}/") for folder in TAKEN):
        raise invalid(f"CheckpointConfig: LocalPath {path} is used by SageMaker; use another folder, such as {LOCAL}")


class Checkpoints:
    """One attempt's folder. Without a CheckpointConfig nothing happens."""

    def __init__(self, account: Account, room: containers.Room, record: Params) -> None:
        self._account = account
        self._config: Params | None = record.get("CheckpointConfig")
        self._role: str = record["RoleArn"]
        self._key: str | None = record["OutputDataConfig"].get("KmsKeyId")
        self._folder: Path | None = None
        self._seen: dict[Path, tuple[int, int]] = {}
        self._pending: dict[Path, tuple[int, int]] = {}
        if self._config is not None:
            self._folder = room.at(self._config.get("LocalPath", LOCAL))

    def restore(self) -> None:
        """Everything that lies in S3 into the folder; there may be nothing."""
        if self._folder is None or self._config is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        try:
            objects.download(self._account, self._config["S3Uri"].rstrip("/") + "/", self._folder, self._role)
        except objects.NoObjects:
            return
        self._seen = self._marks()

    @contextmanager
    def kept(self) -> Generator[None]:
        """Within it, what is written is copied to S3; at the end, what is left."""
        if self._folder is None:
            yield
            return
        done = threading.Event()

        def copy() -> None:
            while not done.wait(EVERY_S) and not self._account.processes.closing.is_set():
                self._sync(settled=True)

        copier = self._account.processes.spawn(copy, "checkpoints")
        try:
            yield
        finally:
            done.set()
            copier.join()
            if not self._account.processes.closing.is_set():
                self._sync(settled=False)

    def _sync(self, *, settled: bool) -> None:
        """Copies what changed; with `settled` only files that have not changed since the last look."""
        assert self._config is not None
        assert self._folder is not None
        bucket, prefix = checks.split(self._config["S3Uri"].rstrip("/"), "CheckpointConfig")
        for path, mark in self._marks().items():
            if self._seen.get(path) == mark:
                continue
            if settled and self._pending.get(path) != mark:
                self._pending[path] = mark
                continue
            try:
                body = path.read_bytes()
            except OSError:
                continue  # gone meanwhile
            name = path.relative_to(self._folder).as_posix()
            objects.put(self._account, bucket, f"{prefix}/{name}" if prefix else name, body, self._key)
            self._seen[path] = mark

    def _marks(self) -> dict[Path, tuple[int, int]]:
        """Size and time of every file."""
        assert self._folder is not None
        found = {}
        for path in sorted(self._folder.rglob("*")):
            try:
                status = path.stat()
            except OSError:
                continue
            if path.is_file():
                found[path] = status.st_size, status.st_mtime_ns
        return found
