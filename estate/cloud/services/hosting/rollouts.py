"""One deployment of an endpoint: a new fleet beside the old one, traffic shifted in steps, alarms watched, or back.

As SageMaker documents its deployment guardrails: both fleets answer while a step bakes, an alarm that is in ALARM at
any time of the deployment, also from before it, ends it, and the old fleet then serves everything at once.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from estate.cloud.services.account import now
from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting.fleets import DRAIN_S, Fleet, Traffic
from estate.cloud.services.hosting.guardrails import Guardrails
from estate.cloud.services.store import select
from estate.cloud.services.wire import Params

Tripped = Callable[[tuple[str, ...]], dict[str, str]]  # those of the named alarms that are in ALARM, and why


class RolledBack(Exception):
    """A deployment is taken back. The message is the endpoint's FailureReason."""


class Abandoned(Exception):
    """The cloud is being left."""


@dataclass
class Rollout:
    """A deployment in progress."""

    fleet: Fleet
    guardrails: Guardrails
    clock: Clock
    tripped: Tripped
    closing: threading.Event
    counts: dict[str, int] = field(default_factory=dict)  # instances of variants that keep what they have
    started: datetime = field(default_factory=now)
    told: Callable[[], None] = lambda: None  # called when the status changes
    status: Params = field(default_factory=dict)  # of every variant of the new fleet, as DescribeEndpoint answers it

    def __post_init__(self) -> None:
        self._begun_s = self.clock.now_s()
        self.status = {"Status": "Creating", "StatusMessage": "Starting the new fleet", "StartTime": self.started}

    def say(self, status: str, message: str) -> None:
        self.status = {"Status": status, "StatusMessage": message, "StartTime": now()}
        self.told()

    def summary(self, traffic: Traffic | None) -> Params:
        """DescribeEndpoint's PendingDeploymentSummary. Instances count as current once they take traffic."""
        share = 0.0
        if traffic is not None:
            share = 1.0 if traffic.fleet is self.fleet else traffic.green[1]
        variants = []
        for variant in self.fleet.config["ProductionVariants"]:
            weight = float(variant.get("InitialVariantWeight", 1.0))
            if "ServerlessConfig" in variant:
                capacity = dict.fromkeys(
                    ("CurrentServerlessConfig", "DesiredServerlessConfig"), variant["ServerlessConfig"]
                )
            else:
                count = self.counts.get(variant["VariantName"], variant["InitialInstanceCount"])
                capacity = {"CurrentInstanceCount": round(count * share), "DesiredInstanceCount": count}
            variants.append(
                {
                    "VariantName": variant["VariantName"],
                    **select(variant, "InstanceType", "AcceleratorType"),
                    "CurrentWeight": self.fleet.weights.get(variant["VariantName"], weight),
                    "DesiredWeight": weight,
                    **capacity,
                    "VariantStatus": [self.status],
                }
            )
        return {
            "EndpointConfigName": self.fleet.config["EndpointConfigName"],
            "ProductionVariants": variants,
            "StartTime": self.started,
        }

    def shift(self, traffic: Traffic) -> None:
        """Moves all traffic to the new fleet. Raises RolledBack and Abandoned."""
        self._watch()
        for share in self.guardrails.shares:
            self.say("ActivatingTraffic", f"{share:.0%} of the traffic")
            traffic.shift(self.fleet, share)
            self.say("Baking", f"{share:.0%} of the traffic for {self.guardrails.bake_s:g} seconds")
            self._wait(self.guardrails.bake_s, watched=True)

    def linger(self) -> None:
        """Gives the old fleet its time before it is stopped. Raises Abandoned."""
        self.say("Updating", f"Stopping the old fleet after {self.guardrails.termination_s:g} seconds")
        self._wait(self.guardrails.termination_s, watched=False)

    def take_back(self, traffic: Traffic) -> None:
        """Moves all traffic to the old fleet; batch by batch where a rolling update asks for it. Raises Abandoned."""
        reached = traffic.green[1]
        try:
            for share in self.guardrails.back:
                if 0.0 < share < reached:
                    traffic.shift(self.fleet, share)
                    self._wait(self.guardrails.bake_s, watched=False, limited=False)
        finally:
            traffic.give_up()
        self.say("Deleting", "Stopping the new fleet")
        self.fleet.stop(DRAIN_S)

    def check_time(self) -> None:
        """Raises RolledBack after MaximumExecutionTimeoutInSeconds."""
        limit = self.guardrails.limit_s
        if limit is not None and self.clock.now_s() - self._begun_s > limit:
            raise RolledBack(f"The deployment took longer than MaximumExecutionTimeoutInSeconds ({limit:g})")

    def _wait(self, seconds: float, *, watched: bool, limited: bool = True) -> None:
        until = self.clock.now_s() + seconds
        while (left := until - self.clock.now_s()) > 0:
            if watched:
                self._watch()
            if limited:
                self.check_time()
            if not self.clock.pause(left, self.closing):
                raise Abandoned
        if watched and seconds:
            self._watch()

    def _watch(self) -> None:
        if self.guardrails.alarms and (found := self.tripped(self.guardrails.alarms)):
            said = "; ".join(f"{name}: {reason}" for name, reason in found.items())
            raise RolledBack(f"Rolled back because of alarms in state ALARM: {said}"[:1024])
