"""Deployments of endpoints: a new fleet is started, takes over step by step, or is taken back."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from estate.cloud.services.account import Account, now
from estate.cloud.services.clock import Clock
from estate.cloud.services.hosting import endpoint_events
from estate.cloud.services.hosting.fleets import DRAIN_S, Fleet, Traffic
from estate.cloud.services.hosting.guardrails import Guardrails
from estate.cloud.services.hosting.hosts import HostFailed
from estate.cloud.services.hosting.rollouts import Abandoned, RolledBack, Rollout, Tripped
from estate.cloud.services.hosting.staffing import Retained, Staff
from estate.cloud.services.processes import Closed
from estate.cloud.services.store import Store
from estate.cloud.services.wire import AwsError, Params


class Deployments:
    """What serves, by endpoint, and what is being deployed. All under the account's lock."""

    def __init__(self, account: Account, store: Store, staff: Staff, clock: Clock, tripped: Tripped) -> None:
        self._account = account
        self._store = store
        self._staff = staff
        self._clock = clock
        self._tripped = tripped
        self.traffic: dict[str, Traffic] = {}
        self.rollouts: dict[str, Rollout] = {}
        self.describe: Callable[[str], Params] = lambda name: dict(self._store.endpoints[name])

    @contextmanager
    def serving(self, name: str, preferred: Fleet | None = None) -> Generator[Fleet]:
        """The fleet for one request to an endpoint, which outlives the block; the preferred one if it serves.

        Raises AwsError (ValidationError) where nothing serves.
        """
        with self._account.lock:
            traffic = self.traffic.get(name)
        if traffic is None:
            raise AwsError("ValidationError", f"Endpoint {name} of account {self._account.account_id} not found.")
        with traffic.lease(preferred) as fleet:
            yield fleet

    def fleets(self) -> dict[str, Fleet]:
        """Those in service, by endpoint."""
        with self._account.lock:
            return {name: traffic.fleet for name, traffic in self.traffic.items()}

    def stop(self) -> None:
        """Stops every host."""
        with self._account.lock:
            everything = list(self.traffic.values())
            self.traffic.clear()
        for traffic in everything:
            traffic.stop()

    def begin(self, name: str, config: Params, retained: Retained, rails: Guardrails) -> None:
        # A later change of the configuration's record must not reach what runs.
        copy = {**config, "ProductionVariants": [dict(item) for item in config["ProductionVariants"]]}
        if retained.capture is not None:
            copy["DataCaptureConfig"] = retained.capture
        closing = self._account.processes.closing
        rollout = Rollout(Fleet(copy), rails, self._clock, self._tripped, closing, retained.counts)
        rollout.told = lambda: self._step(name)
        with self._account.lock:
            self.rollouts[name] = rollout
        self._tell(name)
        self._account.processes.spawn(lambda: self._run(name, rollout, retained), f"endpoint-{name}")

    def _run(self, name: str, rollout: Rollout, retained: Retained) -> None:
        try:
            failure = self._replace(name, rollout, retained)
        except (Abandoned, Closed):
            rollout.fleet.stop()
            return
        with self._account.lock:
            if self._account.processes.closing.is_set():
                return
            record = self._store.endpoints[name]
            del self.rollouts[name]
            if failure is None:
                record["EndpointConfigName"] = rollout.fleet.config["EndpointConfigName"]
            else:
                record["FailureReason"] = failure
            record["EndpointStatus"] = "InService" if name in self.traffic else "Failed"
            record["LastModifiedTime"] = now()
        self._tell(name)

    def _replace(self, name: str, rollout: Rollout, retained: Retained) -> str | None:
        """Why the deployment failed; nothing of it then runs. Raises Abandoned, Closed."""
        with self._account.lock:
            before = self.traffic.get(name)
        try:
            self._staff.fill(name, rollout.fleet, retained)
            if before is not None:
                rollout.check_time()
                rollout.shift(before)
        except (Abandoned, Closed):
            raise
        except Exception as error:  # an endpoint must come to rest, whatever happened to it
            known = isinstance(error, HostFailed | AwsError | RolledBack)
            failure = str(error) if known else f"InternalServerError: {type(error).__name__}: {error}"
            self._take_back(name, rollout, before, failure)
            return failure
        if before is None:
            with self._account.lock:
                if self._account.processes.closing.is_set():
                    raise Abandoned
                self.traffic[name] = Traffic(rollout.fleet)
            return None
        # Traffic has moved for good; what was asked to wait is the old fleet's end.
        left = before.complete()
        try:
            rollout.linger()
        finally:
            left.stop(DRAIN_S)
        return None

    def _take_back(self, name: str, rollout: Rollout, before: Traffic | None, failure: str) -> None:
        if before is None:
            rollout.fleet.stop()
            return
        if len(rollout.guardrails.back) == 1:
            before.give_up()
        with self._account.lock:
            if self._account.processes.closing.is_set():
                raise Abandoned
            record = self._store.endpoints[name]
            record.update(EndpointStatus="RollingBack", FailureReason=failure, LastModifiedTime=now())
        self._tell(name)
        rollout.take_back(before)

    def _tell(self, name: str) -> None:
        endpoint_events.endpoint_changed(self._account, self.describe(name))

    def _step(self, name: str) -> None:
        if name in self._store.endpoints and not self._account.processes.closing.is_set():
            endpoint_events.deployment_changed(self._account, self.describe(name))
