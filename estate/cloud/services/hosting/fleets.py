"""What answers for an endpoint: one fleet, or an old (blue) and a new (green) one while a deployment shifts traffic."""

import random
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from estate.cloud.services.hosting.variants import DRAIN_S, Variant
from estate.cloud.services.wire import Params

__all__ = ["DRAIN_S", "Fleet", "Traffic"]


@dataclass(eq=False)
class Fleet:
    """The variants of one configuration, and the weights that route to them. Shadow variants never answer."""

    config: Params
    members: dict[str, Variant] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)
    shadows: dict[str, Variant] = field(default_factory=dict)
    desired: dict[str, float] = field(default_factory=dict)  # weights that are being changed to
    _answering: int = 0
    _idle: threading.Condition = field(default_factory=threading.Condition)

    @property
    def asynchronous(self) -> bool:
        return "AsyncInferenceConfig" in self.config

    def everybody(self) -> dict[str, Variant]:
        """Production and shadow variants."""
        return {**self.members, **self.shadows}

    def choose(self) -> str:
        """A production variant, as often as its weight among all their weights says."""
        names = [name for name in self.weights if name not in self.shadows]
        weights = [self.weights[name] for name in names]
        if sum(weights) <= 0:
            return names[0]
        return random.choices(names, weights)[0]  # noqa: S311 - routing, not a secret

    def sampled(self, shadow: str) -> bool:
        """Whether this request is mirrored: as often as the shadow's weight to the production variant's says."""
        whole = sum(weight for name, weight in self.weights.items() if name not in self.shadows)
        return whole > 0 and random.random() * whole < self.weights[shadow]  # noqa: S311 - sampling, not a secret

    def describe(self) -> Params:
        """ProductionVariants and ShadowProductionVariants as DescribeEndpoint answers them."""
        described = {"ProductionVariants": [self._summary(member) for member in self.members.values()]}
        if self.shadows:
            described["ShadowProductionVariants"] = [self._summary(member) for member in self.shadows.values()]
        return described

    def _summary(self, member: Variant) -> Params:
        weight = self.weights[member.name]
        return {
            "VariantName": member.name,
            "CurrentWeight": weight,
            "DesiredWeight": self.desired.get(member.name, weight),
            **member.describe(),
        }

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
        for member in self.everybody().values():
            member.stop()


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
    def lease(self, session: Fleet | None = None) -> Generator[Fleet]:
        """The fleet for one request, that of its session if it has one; it is not stopped before the block is left."""
        with self._lock:
            fleet = self._blue
            if self._green is not None and random.random() < self._share:  # noqa: S311 - routing, not a secret
                fleet = self._green
            if session is not None and session in (self._blue, self._green):
                fleet = session
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
