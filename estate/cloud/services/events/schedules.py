"""EventBridge Scheduler, and rules with a schedule: what is due on the clock is fired, retried and given up.

moto keeps groups, schedules and rules.
"""

import json
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.clock import Clock
from estate.cloud.services.events import schedule_checks, schedule_expressions
from estate.cloud.services.events.destinations import DeliveryFailed, Destinations, dead_letter, service_of
from estate.cloud.services.events.events import Events
from estate.cloud.services.wire import AwsError, Params, PassOn, RestAnswer, RestCall, Table

MOST_A_TICK = 60  # of one schedule: a rate of a minute on a clock that jumped an hour
FIRST_RETRY_S = 0.2  # AWS waits longer; how often it tries, and what happens then, is the same
LONGEST_RETRY_S = 5.0
DEFAULT_ATTEMPTS = 185
DEFAULT_AGE_S = 86400


@dataclass
class Due:
    """When a schedule is due next, by the clock; `state` is what it was computed of."""

    state: tuple[object, ...]
    since_s: float
    next_s: float | None


class Schedules:
    """`on` says whether schedules fire by themselves; `fire` fires one in any case."""

    def __init__(
        self, account: Account, destinations: Destinations, events: Events, clock: Clock, *, on: bool = True
    ) -> None:
        self._account = account
        self._destinations = destinations
        self._events = events
        self._clock = clock
        self._on = on
        self._due: dict[str, Due] = {}
        self._tokens: dict[tuple[str, str], str] = {}  # by group and name, the ClientToken it was made with

    def register(self, table: Table) -> None:
        table.route("scheduler", "POST", r"/schedules/(?P<name>[^/]+)", self.create_schedule)
        table.route("scheduler", "PUT", r"/schedules/(?P<name>[^/]+)", self.update_schedule)
        table.route("scheduler", "POST", r"/schedule-groups/(?P<name>[^/]+)", self.create_schedule_group)

    def create_schedule(self, call: RestCall) -> RestAnswer:
        params = {**call.json(), "Name": call.path["name"]}
        schedule_checks.schedule(self._account, self._destinations, "CreateSchedule", params)
        key = params.get("GroupName") or "default", params["Name"]
        found = self._group(key[0]).schedules.get(key[1])
        if found is not None and params.get("ClientToken") and self._tokens.get(key) == params["ClientToken"]:
            return RestAnswer({"ScheduleArn": found.arn})
        if found is not None:
            raise AwsError("ConflictException", f"Schedule {key[1]} already exists.", 409)
        if params.get("ClientToken"):
            self._tokens[key] = params["ClientToken"]
        raise PassOn

    def update_schedule(self, call: RestCall) -> RestAnswer:
        """Everything is stated anew: what is left out goes back to its default."""
        params = {**call.json(), "Name": call.path["name"]}
        schedule_checks.schedule(self._account, self._destinations, "UpdateSchedule", params)
        found = self._group(params.get("GroupName")).schedules.get(params["Name"])
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Schedule {params['Name']} does not exist.", 404)
        found.action_after_completion = params.get("ActionAfterCompletion")
        raise PassOn

    def create_schedule_group(self, call: RestCall) -> RestAnswer:
        name = call.path["name"]
        if name in self._account.backend("scheduler").schedule_groups:
            raise AwsError("ConflictException", f"Schedule group {name} already exists.", 409)
        raise PassOn

    def _group(self, name: str | None) -> Any:
        found = self._account.backend("scheduler").schedule_groups.get(name or "default")
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)
        return found

    def fire(self, name: str, group: str = "default") -> None:
        """Fires a schedule now, or a rule of the default bus that has one. Raises AwsError where there is neither."""
        rule = self._account.backend("events").event_buses["default"].rules.get(name)
        if rule is not None and rule.scheduled_expression and group == "default":
            self._events.fire(rule)
            return
        found = self._group(group).schedules.get(name)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Schedule {name} does not exist.", 404)
        self._send(found, self._clock.now_s())

    def tick(self) -> None:
        """Fires what is due."""
        if not self._on:
            return
        now_s = self._clock.now_s()
        alive = set()
        for rule in list(self._account.backend("events").event_buses["default"].rules.values()):
            if rule.scheduled_expression and rule.state != "DISABLED":
                alive.add(rule.arn)
                expression = schedule_expressions.read(rule.scheduled_expression)
                for _ in self._fired(rule.arn, (rule.scheduled_expression,), expression, now_s, now_s, None):
                    self._events.fire(rule)
        for group in list(self._account.backend("scheduler").schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                if schedule.state == "ENABLED":
                    alive.add(schedule.arn)
                    self._run(schedule, now_s)
                    if self._is_over(schedule) and schedule.action_after_completion == "DELETE":
                        group.schedules.pop(schedule.name, None)
        for arn in set(self._due) - alive:
            del self._due[arn]

    def _run(self, schedule: Any, now_s: float) -> None:
        zone = schedule.schedule_expression_timezone
        expression = schedule_checks.expression(schedule.schedule_expression, zone)
        start = float(schedule.start_date) if schedule.start_date else None
        since_s = self._clock.at(start) if start is not None else self._clock.at(schedule.creation_date)
        end_s = self._clock.at(float(schedule.end_date)) if schedule.end_date else None
        state = (schedule.schedule_expression, zone, schedule.start_date, schedule.end_date)
        for shown_s in self._fired(schedule.arn, state, expression, since_s, now_s, end_s):
            self._send(schedule, shown_s)

    def _fired(
        self,
        arn: str,
        state: tuple[object, ...],
        expression: schedule_expressions.Expression,
        since_s: float,
        now_s: float,
        end_s: float | None,
    ) -> Iterator[float]:
        """The moments since the last tick at which it was due."""
        due = self._due.get(arn)
        if due is None or due.state != state:
            first_s = max(since_s, now_s) if due is not None else since_s
            due = self._due[arn] = Due(state, since_s, expression.after(first_s, since_s))
        for _ in range(MOST_A_TICK):
            if due.next_s is not None and end_s is not None and due.next_s > end_s:
                due.next_s = None
            if due.next_s is None or due.next_s > now_s:
                return
            shown_s = due.next_s
            due.next_s = expression.after(shown_s, due.since_s)
            yield shown_s

    def _is_over(self, schedule: Any) -> bool:
        due = self._due.get(schedule.arn)
        return due is not None and due.next_s is None

    def _send(self, schedule: Any, shown_s: float) -> None:
        window_s = 60 * (schedule.flexible_time_window.get("MaximumWindowInMinutes") or 0)
        # Anywhere in the window, as on AWS, and the same place for the same moment of the same schedule.
        wait_s = zlib.crc32(f"{schedule.arn}{shown_s}".encode()) % window_s if window_s else 0
        self._account.processes.spawn(lambda: self._deliver(schedule, shown_s, wait_s), "schedule")

    def _deliver(self, schedule: Any, shown_s: float, wait_s: float) -> None:
        closing = self._account.processes.closing
        if wait_s and closing.wait(wait_s / self._clock.speed):
            return
        target = schedule.target
        policy = target.get("RetryPolicy") or {}
        attempts = policy.get("MaximumRetryAttempts", DEFAULT_ATTEMPTS)
        expires_s = self._clock.now_s() + policy.get("MaximumEventAgeInSeconds", DEFAULT_AGE_S)
        scheduled = datetime.fromtimestamp(self._clock.real(shown_s), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        execution = str(uuid.uuid4())
        for attempt in range(attempts + 1):
            text = self._input(schedule, scheduled, execution, attempt)
            try:
                self._destinations.send(target["Arn"], text, {**target, "Token": execution})
                return
            except DeliveryFailed as failure:
                expired = self._clock.now_s() > expires_s
                if attempt == attempts or expired or not failure.retried:
                    exhausted = "MaximumEventAgeInSeconds" if expired else "MaximumRetryAttempts"
                    self._give_up(schedule, text, failure, attempt, exhausted, scheduled)
                    return
            if closing.wait(min(LONGEST_RETRY_S, FIRST_RETRY_S * 2**attempt)):
                return

    def _input(self, schedule: Any, scheduled: str, execution: str, attempt: int) -> str:
        """What a target is sent, with the scheduler's own words filled in; without an Input, an event."""
        text = schedule.target.get("Input")
        if not text:
            if service_of(schedule.target["Arn"]) not in ("lambda", "sqs", "sns", "states", "kinesis"):
                return "{}"
            text = json.dumps(
                {
                    "version": "0",
                    "id": execution,
                    "detail-type": "Scheduled Event",
                    "source": "aws.scheduler",
                    "account": self._account.account_id,
                    "time": scheduled,
                    "region": self._account.region,
                    "resources": [schedule.arn],
                    "detail": "{}",
                }
            )
        words = {
            "<aws.scheduler.schedule-arn>": schedule.arn,
            "<aws.scheduler.scheduled-time>": scheduled,
            "<aws.scheduler.execution-id>": execution,
            "<aws.scheduler.attempt-number>": str(attempt + 1),
        }
        for word, value in words.items():
            text = text.replace(word, value)
        return text

    def _give_up(
        self, schedule: Any, text: str, failure: DeliveryFailed, attempt: int, exhausted: str, scheduled: str
    ) -> None:
        attributes: Params = {
            "SCHEDULE_ARN": schedule.arn,
            "TARGET_ARN": schedule.target["Arn"],
            "SCHEDULED_TIME": scheduled,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure)[:1024],
            "RETRY_ATTEMPTS": attempt,
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if failure.retried else {}),
        }
        dead_letter(self._account, (schedule.target.get("DeadLetterConfig") or {}).get("Arn"), text, attributes)
