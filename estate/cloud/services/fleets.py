"""What answers for an endpoint: one fleet, or an old (blue) and a new (green) one while a deployment shifts traffic."""

import random
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from estate.cloud.services.hosts import Host
from estate.cloud.services.wire import Params

DRAIN_S = 10.0  # real seconds that begun requests get before their hosts are stopped


@dataclass
class Fleet:
    """The hosts of one configuration, by variant, and the weights that route to them."""

    config: Params
    hosts: dict[str, Host] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    _answering: int = 0
    _idle: threading.Condition = field(default_factory=threading.Condition)

    def choose(self) -> str:
        """A variant, as often as its weight among all weights says."""
        names = list(self.weights)
        if sum(self.weights.values()) <= 0:
            return names[0]
        return random.choices(names, [self.weights[name] for name in names])[0]  # noqa: S311 - routing, not a secret

    def variants(self) -> list[Params]:
        """As DescribeEndpoint answers them."""
        described = []
        for variant in self.config["ProductionVariants"]:
            name, count = variant["VariantName"], variant.get("InitialInstanceCount", 1)
            weights = dict.fromkeys(("CurrentWeight", "DesiredWeight"), self.weights[name])
            counts = dict.fromkeys(("CurrentInstanceCount", "DesiredInstanceCount"), count)
            described.append({"VariantName": name, **weights, **counts})
        return described

    def begin(self) -> None:
        with self._idle:
            self._answering += 1

    def end(self) -> None:
        with self._idle:
            self._answering -= 1
            self._idle.notify_all()

    def stop(self, drain_s: float = 0.0) -> None:
        """Waits until every begun request is answered, `drain_s` at most, then stops the hosts."""
        deadline = time.monotonic() + drain_s
        with self._idle:
            while self._answering and (left := deadline - time.monotonic()) > 0:
                self._idle.wait(left)
        for host in self.hosts.values():
            host.stop()


class Traffic:
    """Routes the requests of one endpoint. `share` of them, 0 to 1, go to the green fleet while there is one."""

    def __init__(self, fleet: Fleet) -> None:
        self._lock = threading.Lock()
        self._blue = fleet
        self._green: Fleet | None = None
        self._share = 0.0

    @property
    def fleet(self) -> Fleet:
        """The fleet that is in service; the old one until a deployment is done."""
        return self._blue

    @property
    def green(self) -> tuple[Fleet | None, float]:
        """The new fleet, and its share."""
        with self._lock:
            return self._green, self._share

    @contextmanager
    def lease(self) -> Generator[Fleet]:
        """The fleet for one request; it is not stopped before the block is left."""
        with self._lock:
            fleet = self._blue
            if self._green is not None and random.random() < self._share:  # noqa: S311 - routing, not a secret
                fleet = self._green
            fleet.begin()
        try:
            yield fleet
        finally:
            fleet.end()

    def shift(self, green: Fleet, share: float) -> None:
        with self._lock:
            self._green, self._share = green, share

    def complete(self) -> Fleet:
        """Puts the green fleet into service; returns the one that was."""
        with self._lock:
            left, self._blue = self._blue, self._green or self._blue
            self._green, self._share = None, 0.0
            return left

    def give_up(self) -> None:
        """All traffic to the blue fleet, at once."""
        with self._lock:
            self._green, self._share = None, 0.0

    def stop(self) -> None:
        """Stops every host, at once."""
        with self._lock:
            fleets = [fleet for fleet in (self._blue, self._green) if fleet is not None]
        for fleet in fleets:
            fleet.stop()
