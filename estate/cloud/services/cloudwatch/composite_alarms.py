"""Composite alarms: a state made of other alarms' states, and actions that another alarm can hold back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from estate.cloud.services.clock import Clock
from estate.cloud.services.cloudwatch import alarm_checks
from estate.cloud.services.cloudwatch.alarm_checks import invalid
from estate.cloud.services.cloudwatch.alarm_records import Alarm, AlarmBook, Change
from estate.cloud.services.cloudwatch.composite_rules import Rule, RuleError, children, holds, read
from estate.cloud.services.wire import AwsError, Params

MOST_CHILDREN = 100


@dataclass
class Held:
    """A change whose actions wait: until `until_s` of the clock, or with None until the suppressor is no ALARM."""

    change: Change
    by: str  # WaitPeriod, Alarm or ExtensionPeriod, as CloudWatch names them
    until_s: float | None


class Composites:
    """Holds what composite alarms need beyond their record. Called with the account's lock held."""

    def __init__(self, book: AlarmBook, clock: Clock) -> None:
        self._book = book
        self._clock = clock
        self._rules: dict[str, Rule] = {}
        self._held: dict[str, Held] = {}

    def put(self, params: Params) -> None:
        """PutCompositeAlarm."""
        name = params["AlarmName"]
        before = self._book.alarms.get(name)
        if before is not None and not before.composite:
            raise invalid(f"An alarm with the name {name} exists already, and is a metric alarm.")
        alarm_checks.actions(params, ("sns", "lambda", "ssm", "ssm-incidents", "aiops"))
        try:
            rule = read(params["AlarmRule"])
        except RuleError as error:
            raise invalid(f"AlarmRule is invalid: {error}") from None
        found = children(rule)
        unknown = [child for child in found if child not in self._book.alarms and child != name]
        if unknown:
            raise invalid(f"AlarmRule: could not find alarms: {', '.join(unknown)}")
        if len(found) > MOST_CHILDREN:
            raise invalid(f"AlarmRule: at most {MOST_CHILDREN} alarms are allowed, not {len(found)}")
        # CloudWatch takes a circle, and then stops to evaluate it: a mistake in any case.
        if any(self._leads_to(child, name) for child in found):
            raise invalid(f"AlarmRule: {name} would depend on itself")
        given = {key: value for key, value in params.items() if key != "Tags"}
        self._suppressor(given)
        self._rules[name] = rule
        self._book.keep(name, given, composite=True)

    def users(self, name: str) -> list[str]:
        """Composite alarms that look at an alarm, or that it holds back."""
        return [
            other
            for other, alarm in self._book.alarms.items()
            if alarm.composite and (name in children(self._rules[other]) or self._suppressor_of(alarm) == name)
        ]

    def forget(self, name: str) -> None:
        self._rules.pop(name, None)
        self._held.pop(name, None)

    def children(self, name: str) -> tuple[str, ...]:
        return children(self._rules[name]) if name in self._rules else ()

    def evaluate(self, told: Callable[[Change], None]) -> None:
        """Brings every composite into the state that its rule gives, children first."""
        for name in self._ordered():
            alarm = self._book.alarms[name]
            states = {child: self._book.alarms[child].state_value for child in self.children(name)}
            state = "ALARM" if holds(self._rules[name], states) else "OK"
            if state != alarm.state_value:
                reason, data = self._reason(alarm, state)
                change = self._book.move(alarm, state, reason, json.dumps(data))
                if change is not None:
                    told(change)

    def hold_back(self, change: Change) -> bool:
        """Whether the actions of a change are not to be done now."""
        alarm = change.alarm
        suppressor = self._suppressor_of(alarm)
        self._held.pop(alarm.name, None)
        if suppressor is None:
            return False
        if self._state(suppressor) == "ALARM":
            self._hold(change, "Alarm", None)
            return True
        wait = alarm.given["ActionsSuppressorWaitPeriod"]
        if wait > 0:
            self._hold(change, "WaitPeriod", self._clock.now_s() + wait)
            return True
        self._release(alarm)
        return False

    def due(self) -> list[Change]:
        """Changes whose actions were held back, and are to be done now."""
        found = []
        for name, held in list(self._held.items()):
            alarm = held.change.alarm
            suppressor = self._suppressor_of(alarm)
            if name not in self._book.alarms or suppressor is None:
                del self._held[name]
                continue
            if self._state(suppressor) == "ALARM":
                if held.by != "Alarm":
                    self._hold(held.change, "Alarm", None)
            elif held.by == "Alarm":
                extension = alarm.given["ActionsSuppressorExtensionPeriod"]
                self._hold(held.change, "ExtensionPeriod", self._clock.now_s() + extension)
            held = self._held[name]
            if held.until_s is not None and self._clock.now_s() >= held.until_s:
                del self._held[name]
                self._release(alarm)
                found.append(held.change)
        return found

    def _hold(self, change: Change, by: str, until_s: float | None) -> None:
        self._held[change.alarm.name] = Held(change, by, until_s)
        change.alarm.suppressed_by = by
        change.alarm.suppressed_reason = {
            "Alarm": f"Actions suppressed by {change.alarm.given['ActionsSuppressor']}",
            "WaitPeriod": f"Waiting for {change.alarm.given['ActionsSuppressor']} to go into ALARM",
            "ExtensionPeriod": f"Waiting after {change.alarm.given['ActionsSuppressor']} went out of ALARM",
        }[by]

    def _release(self, alarm: Alarm) -> None:
        alarm.suppressed_by = alarm.suppressed_reason = ""

    def _suppressor(self, given: Params) -> None:
        suppressor = given.get("ActionsSuppressor")
        periods = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
        if suppressor is None:
            if any(given.get(period) is not None for period in periods):
                raise invalid(f"{' and '.join(periods)} are only allowed with an ActionsSuppressor")
            return
        for period in periods:
            if given.get(period) is None:
                raise invalid(f"{period} is required with an ActionsSuppressor")
        if _plain(suppressor) not in self._book.alarms:
            raise invalid(f"ActionsSuppressor: could not find alarm {suppressor}")

    def _suppressor_of(self, alarm: Alarm) -> str | None:
        given = alarm.given.get("ActionsSuppressor")
        return _plain(given) if given is not None else None

    def _state(self, name: str) -> str:
        found = self._book.alarms.get(name)
        return found.state_value if found is not None else "INSUFFICIENT_DATA"

    def _leads_to(self, name: str, goal: str) -> bool:
        return name == goal or any(self._leads_to(child, goal) for child in self.children(name))

    def _ordered(self) -> list[str]:
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            for child in self.children(name):
                if child in self._rules and child not in found:
                    visit(child)
            found[name] = None

        for name in list(self._rules):
            visit(name)
        return [name for name in found if name in self._book.alarms]

    def _reason(self, alarm: Alarm, state: str) -> tuple[str, Params]:
        """Named after the child that changed last, as CloudWatch names what triggered it."""
        listed = [self._book.alarms[child] for child in self.children(alarm.name) if child in self._book.alarms]
        if not listed:
            return f"Alarm rule is evaluated to {state}", {"triggeringAlarms": []}
        latest = max(listed, key=lambda child: child.transitioned)
        stamp = f"{latest.transitioned:%A %d %B, %Y %H:%M:%S UTC}"
        reason = f"{latest.alarm_arn} transitioned to {latest.state_value} at {stamp}"
        told = {
            "arn": latest.alarm_arn,
            "state": {"value": latest.state_value, "timestamp": f"{latest.transitioned:%Y-%m-%dT%H:%M:%S.000+0000}"},
        }
        return reason, {"triggeringAlarms": [told]}


def _plain(name: str) -> str:
    return name.split(":alarm:", 1)[1] if ":alarm:" in name else name


def filtered(alarms: Mapping[str, Alarm], params: Params, composites: Composites) -> list[Alarm]:
    """What DescribeAlarms answers, sorted by name; without AlarmTypes, metric alarms only, as on AWS."""
    if params.get("AlarmNames") and params.get("AlarmNamePrefix"):
        raise AwsError("InvalidParameterCombination", "AlarmNames and AlarmNamePrefix are mutually exclusive.")
    wanted = {name for member in ("ChildrenOfAlarmName", "ParentsOfAlarmName") if (name := params.get(member))}
    missing = wanted - set(alarms)
    if missing:
        raise AwsError("ResourceNotFound", f"Alarm {missing.pop()} does not exist")
    names = set(params.get("AlarmNames") or alarms)
    if params.get("ChildrenOfAlarmName"):
        names &= set(composites.children(params["ChildrenOfAlarmName"]))
    if params.get("ParentsOfAlarmName"):
        names &= set(composites.users(params["ParentsOfAlarmName"]))
    types = params.get("AlarmTypes") or ["MetricAlarm"]
    prefix, state, action = (params.get(name) for name in ("AlarmNamePrefix", "StateValue", "ActionPrefix"))
    return [
        alarm
        for name, alarm in sorted(alarms.items())
        if name in names
        and (alarm.kind in types or bool(wanted))
        and (not prefix or name.startswith(prefix))
        and state in (None, alarm.state_value)
        and (not action or any(arn.startswith(action) for arn in alarm.actions("ALARM")))
    ]
