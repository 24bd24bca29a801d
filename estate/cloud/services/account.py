"""What every emulated service shares: whose account it is, moto's backends, and a way to call the other services."""

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from moto.backends import get_backend

from estate.cloud.services.processes import Processes

PARTITION = "aws"


@dataclass
class Account:
    """One account in one region.

    `client` gives a cached boto3 client of the emulated AWS, `environment` what another process needs to reach it.
    `lock` guards what our services hold; moto's backends have no lock of their own.
    """

    account_id: str
    region: str
    workdir: Path
    image_path: Path
    client: Callable[[str], Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    processes: Processes = field(default_factory=Processes)
    known: dict[str, Callable[[str], bool]] = field(default_factory=dict)  # what our services hold, by kind
    publish: Callable[[str, str, dict[str, Any], list[str]], None] = lambda source, kind, detail, resources: None

    def emit(self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
        """Tells the default bus that something of an AWS service changed; rules hand it to their targets.

        `source` is the service's (`aws.sagemaker`), `detail_type` and `detail` are as its documentation has them;
        times in `detail` may be datetimes. Returns at once: delivery goes on in threads of its own. What is
        emitted while the account's lock is held is matched in the caller's thread and delivered outside it.
        """
        self.publish(source, detail_type, detail, resources)

    def backend(self, service: str) -> Any:
        """moto's backend of a regional service, or the account's one of a global service."""
        backends = get_backend(service)[self.account_id]  # ty: ignore[no-matching-overload]
        return backends[self.region] if self.region in backends else backends[PARTITION]

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{PARTITION}:{service}:{self.region}:{self.account_id}:{resource}"


def now() -> datetime:
    return datetime.now(UTC)


def token(length: int = 12) -> str:
    """Lower-case letters and digits, as AWS appends them to names."""
    return uuid.uuid4().hex[:length]
