"""EventBridge: events reach the targets of the rules that match them, with retries and dead-letter queues."""

import json
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.events import event_patterns
from estate.cloud.services.events.destinations import DeliveryFailed
from estate.cloud.services.events.targets import Delivery, Targets
from estate.cloud.services.events.transform import target_input
from estate.cloud.services.wire import AwsError, Params, Table

FIRST_RETRY_S = 0.2  # AWS waits longer; how often it tries, and what happens then, is the same
LONGEST_RETRY_S = 5.0
DEFAULT_ATTEMPTS = 185
DEFAULT_AGE_S = 86400
FLUSH_S = 10.0


class Events:
    def __init__(self, account: Account, targets: Targets) -> None:
        self._account = account
        self._targets = targets
        self._pending = 0
        self._done = threading.Condition()
        account.publish = self.publish

    def register(self, table: Table) -> None:
        table.add("events", (self.put_events,))

    def put_events(self, params: Params) -> Params:
        answers: list[Params] = []
        for entry in params["Entries"]:
            try:
                answers.append({"EventId": self._put(entry)})
            except AwsError as error:
                answers.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def publish(self, source: str, kind: str, detail: dict[str, Any], resources: list[str]) -> None:
        """An event of an AWS service, on the default bus."""
        self._send("default", self._event(source, kind, json.loads(json.dumps(detail, default=str)), resources))

    def flush(self) -> None:
        """Waits until every event put so far was tried once at every target."""
        with self._done:
            self._done.wait_for(lambda: self._pending == 0, FLUSH_S)

    def _put(self, entry: Params) -> str:
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                raise AwsError(
                    "InvalidArgument", f"Parameter {member} is not valid. Reason: {member} is a required argument."
                )
        if entry["Source"].startswith("aws."):
            raise AwsError("NotAuthorizedForSourceException", "Not authorized for the source.")
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            raise AwsError("MalformedDetail", "Detail is malformed.")
        bus = entry.get("EventBusName", "default").rpartition("/")[2]
        if bus not in self._account.backend("events").event_buses:
            raise AwsError("ResourceNotFoundException", f"Event bus {bus} does not exist.")
        event = self._event(entry["Source"], entry["DetailType"], detail, entry.get("Resources", []))
        self._send(bus, event)
        return event["id"]

    def _event(self, source: str, kind: str, detail: Params, resources: list[str]) -> Params:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": kind,
            "source": source,
            "account": self._account.account_id,
            "time": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._account.region,
            "resources": resources,
            "detail": detail,
        }

    def _send(self, bus: str, event: Params) -> None:
        self._hand_over(self._deliveries(bus, event))

    def _hand_over(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in list(deliveries):
            with self._done:
                self._pending += 1
            self._account.processes.spawn(lambda d=delivery: self._deliver(d), "event")

    def _deliveries(self, bus: str, event: Params) -> Iterator[Delivery]:
        found = self._account.backend("events").event_buses.get(bus)
        for rule in list(found.rules.values()) if found is not None else []:
            # A rule without a pattern has a schedule: it waits for no event.
            if rule.state == "DISABLED" or not rule.event_pattern.get_pattern():
                continue
            if not event_patterns.matches(rule.event_pattern.get_pattern(), event):
                continue
            if rule.managed_by is not None:  # an archive: moto keeps its events
                rule.send_to_targets({**event, "time": time.time()}, transform_input=False)
                continue
            yield from self._of_rule(rule, event)

    def _of_rule(self, rule: Any, event: Params) -> Iterator[Delivery]:
        for target in list(rule.targets):
            yield Delivery(rule.arn, target, target_input(target, event, rule.arn), event)

    def fire(self, rule: Any) -> None:
        """A rule's schedule is due: its targets get an event that says so."""
        self._hand_over(self._of_rule(rule, self._event("aws.events", "Scheduled Event", {}, [rule.arn])))

    def _deliver(self, delivery: Delivery) -> None:
        policy = delivery.target.get("RetryPolicy", {})
        attempts = policy.get("MaximumRetryAttempts", DEFAULT_ATTEMPTS)
        expires = time.monotonic() + policy.get("MaximumEventAgeInSeconds", DEFAULT_AGE_S)
        counted = False
        try:
            for attempt in range(attempts + 1):
                try:
                    self._targets.deliver(delivery)
                    return
                except DeliveryFailed as failure:
                    last = attempt == attempts or time.monotonic() > expires
                    if last or not failure.retried:
                        exhausted = "MaximumRetryAttempts" if attempt == attempts else "MaximumEventAge"
                        self._targets.give_up(delivery, failure, attempt, exhausted)
                        return
                if not counted:
                    counted = self._count()
                if self._account.processes.closing.wait(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**attempt)):
                    return
        finally:
            if not counted:
                self._count()

    def _count(self) -> bool:
        with self._done:
            self._pending -= 1
            self._done.notify_all()
        return True
