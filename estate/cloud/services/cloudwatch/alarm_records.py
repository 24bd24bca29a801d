"""Alarms as they are kept and described."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.cloudwatch.alarm_math import State
from estate.cloud.services.wire import AwsError, Params

INITIAL = "Unchecked: Initial alarm creation"
ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
HISTORY_KEPT = 10_000
METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"


@dataclass
class Alarm:
    """A metric alarm or a composite one. `given` is its configuration as it was put."""

    name: str
    alarm_arn: str
    given: Params
    composite: bool
    state_value: State = "INSUFFICIENT_DATA"
    state_reason: str = INITIAL
    state_reason_data: str = "{}"
    updated: datetime = field(default_factory=now)
    transitioned: datetime = field(default_factory=now)
    configured: datetime = field(default_factory=now)
    suppressed_by: str = ""
    suppressed_reason: str = ""

    @property
    def kind(self) -> str:
        return COMPOSITE if self.composite else METRIC

    @property
    def enabled(self) -> bool:
        return bool(self.given.get("ActionsEnabled", True))

    def actions(self, state: str) -> list[str]:
        return list(self.given.get(ACTIONS[state]) or [])

    def describe(self) -> Params:
        """As DescribeAlarms answers it."""
        answer: Params = {
            "ActionsEnabled": True,
            **{name: [] for name in ACTIONS.values()},
            **self.given,
            "AlarmArn": self.alarm_arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "StateValue": self.state_value,
            "StateReason": self.state_reason,
            "StateReasonData": self.state_reason_data,
            "StateUpdatedTimestamp": self.updated,
            "StateTransitionedTimestamp": self.transitioned,
        }
        if not self.composite and "Metrics" not in self.given:
            answer.setdefault("Dimensions", [])
        if self.suppressed_by:
            answer |= {"ActionsSuppressedBy": self.suppressed_by, "ActionsSuppressedReason": self.suppressed_reason}
        return answer


@dataclass(frozen=True)
class Change:
    """An alarm that went from one state to another."""

    alarm: Alarm
    before: State
    before_reason: str
    before_data: str
    before_time: datetime
    state: State
    reason: str
    data: str
    time: datetime


class AlarmBook:
    """All alarms, with their history. They lie in moto's backend, where the tagging API and snapshots find them."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._history: list[Params] = []

    @property
    def alarms(self) -> dict[str, Alarm]:
        return self._account.backend("cloudwatch").alarms

    def keep(self, name: str, given: Params, *, composite: bool) -> Alarm:
        """A new alarm, or the old one with a new configuration and the state that it had."""
        found = self.alarms.get(name)
        if found is not None:
            found.given, found.configured = given, now()
            self.note(found, "ConfigurationUpdate", f'Alarm "{name}" updated', {"type": "Update"})
            return found
        alarm = Alarm(name, self._account.arn("cloudwatch", f"alarm:{name}"), given, composite)
        self.alarms[name] = alarm
        self.note(alarm, "ConfigurationUpdate", f'Alarm "{name}" created', {"type": "Create"})
        return alarm

    def drop(self, name: str) -> None:
        alarm = self.alarms.pop(name)
        self._account.backend("cloudwatch").tagger.delete_all_tags_for_resource(alarm.alarm_arn)
        self.note(alarm, "ConfigurationUpdate", f'Alarm "{name}" deleted', {"type": "Delete"})

    def move(self, alarm: Alarm, state: State, reason: str, data: str) -> Change | None:
        """Puts an alarm into a state; None where it was in it already."""
        moment = now()
        before = Change(
            alarm, alarm.state_value, alarm.state_reason, alarm.state_reason_data, alarm.updated,
            state, reason, data, moment,
        )  # fmt: skip
        alarm.state_value, alarm.state_reason, alarm.state_reason_data, alarm.updated = state, reason, data, moment
        if before.before == state:
            return None
        alarm.transitioned = moment
        said = {
            "version": "1.0",
            "oldState": {"stateValue": before.before, "stateReason": before.before_reason},
            "newState": {"stateValue": state, "stateReason": reason, "stateReasonData": _loaded(data)},
        }
        self.note(alarm, "StateUpdate", f"Alarm updated from {before.before} to {state}", said)
        return before

    def note(self, alarm: Alarm, kind: str, summary: str, data: Params) -> None:
        self._history.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": alarm.kind,
                "Timestamp": now(),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data, default=str),
            }
        )
        del self._history[:-HISTORY_KEPT]

    def history(self, params: Params) -> Params:
        """DescribeAlarmHistory. Without AlarmTypes, of metric alarms only, as on AWS."""
        types = params.get("AlarmTypes") or [METRIC]
        start, end = params.get("StartDate"), params.get("EndDate")
        found = [
            item
            for item in self._history
            if item["AlarmType"] in types
            and params.get("AlarmName") in (None, item["AlarmName"])
            and params.get("HistoryItemType") in (None, item["HistoryItemType"])
            and (start is None or item["Timestamp"].timestamp() >= start)
            and (end is None or item["Timestamp"].timestamp() <= end)
        ]
        if params.get("ScanBy") != "TimestampAscending":
            found.reverse()
        return page("AlarmHistoryItems", found, params)


def page(member: str, found: list[Any], params: Params, default: int = 100) -> Params:
    """One page of a listing; its token is the position that the next one starts at."""
    token, most = params.get("NextToken") or "0", int(params.get("MaxRecords") or default)
    if not token.isdigit() or int(token) > len(found):
        raise AwsError("InvalidNextToken", "The next token specified is invalid.")
    start = int(token)
    more = {"NextToken": str(start + most)} if start + most < len(found) else {}
    return {member: found[start : start + most], **more}


def _loaded(text: str) -> object:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text
