"""One variant of an endpoint while it is hosted: what answers for it, and how much of it there is."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from estate.cloud.services.hosting.hosts import STARTUP_S, Host
from estate.cloud.services.store import select
from estate.cloud.services.wire import AwsError, Params

STARTUP_MEMBER = "ContainerStartupHealthCheckTimeoutInSeconds"
DRAIN_S = 10.0  # real seconds that begun requests get before their host is stopped

Launch = Callable[[float], Host]  # a started host, within that many seconds; raises HostFailed


@dataclass(frozen=True)
class Lease:
    """A host for one request."""

    host: Host
    instances: int  # that share the variant's requests
    concurrent: int  # requests that the variant answers now, this one among them
    setup_us: float = 0.0  # that launching took; 0 where it was warm


class Variant(ABC):
    """A production or shadow variant, from `start` to `stop`."""

    def __init__(self, config: Params, launch: Launch, *, multi_model: bool = False) -> None:
        self.config = config
        self.multi_model = multi_model
        self.name: str = config["VariantName"]
        self._launch = launch
        self._lock = threading.Condition()
        self._answering = 0

    @property
    def startup_s(self) -> float:
        """Real seconds that a container gets to answer /ping: AWS's limits are longer than anybody waits offline."""
        return min(STARTUP_S, float(self.config.get(STARTUP_MEMBER, STARTUP_S)))

    @abstractmethod
    def start(self) -> None:
        """Raises HostFailed; nothing then runs."""

    @abstractmethod
    def stop(self) -> None:
        """Ends every host, at once."""

    @abstractmethod
    def lease(self) -> AbstractContextManager[Lease]:
        """A host that is not stopped before the block is left. Raises AwsError where none may be."""

    @abstractmethod
    def describe(self) -> Params:
        """Members of ProductionVariantSummary that tell the capacity."""

    @abstractmethod
    def hosts(self) -> list[Host]:
        """Those that run now."""

    def drain(self, seconds: float) -> None:
        """Waits until every begun request is answered, `seconds` at most."""
        deadline = time.monotonic() + seconds
        with self._lock:
            while self._answering and (left := deadline - time.monotonic()) > 0:
                self._lock.wait(left)

    def _begin(self) -> int:
        with self._lock:
            self._answering += 1
            return self._answering

    def _end(self) -> None:
        with self._lock:
            self._answering -= 1
            self._lock.notify_all()


class Instances(Variant):
    """Instances are counted, and share one process; with none there is no process."""

    def __init__(self, config: Params, launch: Launch, count: int | None = None, *, multi_model: bool = False) -> None:
        super().__init__(config, launch, multi_model=multi_model)
        self.current = 0
        self.desired: int = config["InitialInstanceCount"] if count is None else count
        self._host: Host | None = None
        self._scaling = threading.Lock()

    def start(self) -> None:
        self.resize(self.desired)

    def resize(self, count: int) -> None:
        """Raises HostFailed where the first instance does not come up; there are then none."""
        with self._scaling:
            self.desired = count
            host = self._host
            if count > 0 and host is None:
                self._host = self._launch(self.startup_s)
            self.current = count
            if count == 0 and host is not None:
                self._host = None
                self.drain(DRAIN_S)
                host.stop()

    def stop(self) -> None:
        with self._scaling:
            host, self._host, self.current = self._host, None, 0
        if host is not None:
            host.stop()

    def hosts(self) -> list[Host]:
        host = self._host
        return [host] if host is not None else []

    @contextmanager
    def lease(self) -> Generator[Lease]:
        concurrent = self._begin()
        try:
            host = self._host
            if host is None:
                raise AwsError("ValidationError", f"Variant {self.name} has no instance to answer the request")
            yield Lease(host, max(1, self.current), concurrent)
        finally:
            self._end()

    def describe(self) -> Params:
        return {
            "CurrentInstanceCount": self.current,
            "DesiredInstanceCount": self.desired,
            **select(self.config, "RoutingConfig"),
        }
