"""Serverless variants: no process until somebody asks, a limit on concurrent requests, gone again after idling."""

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting.hosts import Host, HostFailed
from estate.cloud.services.hosting.variants import Launch, Lease, Variant
from estate.cloud.services.wire import AwsError, Params

IDLE_S = 600.0  # on the emulated clock; AWS documents that it scales to zero, not after how long
LARGEST_BODY = 4 * 1024 * 1024


class Serverless(Variant):
    """Requests share one process up to MaxConcurrency; AWS runs one for each concurrent request."""

    def __init__(self, config: Params, launch: Launch, clock: Clock) -> None:
        super().__init__(config, launch)
        self.limits: Params = dict(config["ServerlessConfig"])
        self._clock = clock
        self._host: Host | None = None
        self._waking = threading.Lock()
        self._used_s = clock.now_s()

    @property
    def provisioned(self) -> int:
        return self.limits.get("ProvisionedConcurrency", 0)

    def start(self) -> None:
        """The container is tried; it goes on running only where concurrency is provisioned."""
        self._host = self._launch(self.startup_s)
        if not self.provisioned:
            self.stop()

    def change(self, limits: Params) -> None:
        """A ServerlessUpdateConfig. Raises HostFailed."""
        with self._waking:
            self.limits.update(limits)
            if self.provisioned and self._host is None:
                self._host = self._launch(self.startup_s)

    def stop(self) -> None:
        with self._waking:
            host, self._host = self._host, None
        if host is not None:
            host.stop()

    def rest(self) -> bool:
        """Ends the process after it has idled long enough; whether it did."""
        with self._waking:  # a request that comes now waits, and finds no host
            with self._lock:
                idle = not self._answering and self._clock.now_s() - self._used_s >= IDLE_S
            if not idle or self.provisioned or self._host is None:
                return False
            host, self._host = self._host, None
        host.stop()
        return True

    def hosts(self) -> list[Host]:
        host = self._host
        return [host] if host is not None else []

    @contextmanager
    def lease(self) -> Generator[Lease]:
        with self._lock:
            if self._answering >= self.limits["MaxConcurrency"]:
                raise AwsError("ThrottlingException", "Rate exceeded", 429)
            self._answering += 1
            concurrent = self._answering
        try:
            host, setup_us = self._wake()
            yield Lease(host, 1, concurrent, setup_us)
        finally:
            self._used_s = self._clock.now_s()
            self._end()

    def _wake(self) -> tuple[Host, float]:
        begun = time.perf_counter()
        with self._waking:
            if self._host is not None:
                # Whoever waited for another's launch waited for a cold start, too; AWS measures each container's.
                return self._host, 0.0
            try:
                self._host = self._launch(self.startup_s)
            except HostFailed as error:
                raise AwsError("ServiceUnavailable", str(error), 503) from None
            return self._host, (time.perf_counter() - begun) * 1e6

    def describe(self) -> Params:
        wanted = {**self.config["ServerlessConfig"], **self.limits}
        return {"CurrentServerlessConfig": dict(self.limits), "DesiredServerlessConfig": wanted}
