"""CloudWatch alarms on static thresholds: evaluated when data comes and on a ticker; changes are told and acted on.

moto keeps alarms and metrics. An alarm on metric math or on other alarms is stored and stays INSUFFICIENT_DATA.
"""

import json
import re
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import MetricAggregatedDatum

from estate.cloud.services.account import Account
from estate.cloud.services.alarm_math import Datum, Rule, Verdict, evaluate
from estate.cloud.services.clock import Clock
from estate.cloud.services.functions import Functions
from estate.cloud.services.grants import allows
from estate.cloud.services.measures import Measures
from estate.cloud.services.wire import Params, Table

INITIAL = "Unchecked: Initial alarm creation"
STATISTIC = re.compile(r"SampleCount|Sum|Minimum|Maximum|Average|p\d{1,2}(\.\d{1,10})?|p100")
WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TICK_S = 5.0
Key = tuple[str, str, frozenset[tuple[str, str]]]


class Alarms:
    def __init__(self, account: Account, functions: Functions, measures: Measures, clock: Clock) -> None:
        self._account = account
        self._functions = functions
        self._measures = measures
        self._clock = clock
        self._seen: dict[str, tuple[str, str]] = {}  # by name: state and reason that were told
        self._configured: dict[str, datetime] = {}
        self._evaluated = 0.0

    def register(self, table: Table) -> None:
        table.after["monitoring", "PutMetricData"] = self.evaluate
        table.after["monitoring", "PutMetricAlarm"] = self.evaluate
        table.after["monitoring", "SetAlarmState"] = self._tell_changes

    def flush(self) -> None:
        """Hands over what services measured of themselves; evaluates if that is anything, or if it is time."""
        measured = self._measures.flush()
        if measured or time.monotonic() - self._evaluated > TICK_S / self._clock.speed:
            self.evaluate()

    def tripped(self, names: tuple[str, ...]) -> dict[str, str]:
        """Those of the named alarms that are in ALARM now, each with its reason."""
        self.flush()
        with self._account.lock:
            alarms = self._account.backend("cloudwatch").alarms
            found = {name: alarms[name] for name in names if name in alarms}
            return {name: alarm.state_reason for name, alarm in found.items() if alarm.state_value == "ALARM"}

    def evaluate(self) -> None:
        """Brings every alarm into the state that its metric asks for."""
        with self._account.lock:
            self._evaluated = time.monotonic()
            cloudwatch = self._account.backend("cloudwatch")
            alarms = list(cloudwatch.alarms.values())
            for alarm in alarms:
                self._begin(alarm)
            rules = [(alarm, rule) for alarm in alarms if (rule := _rule(alarm)) is not None]
            data = _data({_key(alarm) for alarm, _ in rules}, list(cloudwatch.metric_data), self._clock)
            for alarm, rule in rules:
                found = [datum for unit, datum in data.get(_key(alarm), []) if alarm.unit in (None, unit)]
                verdict = evaluate(rule, found, self._clock.now_s())
                if verdict.state is not None and verdict.state != alarm.state_value:
                    reason, reason_data = _reason(rule, verdict, self._clock)
                    alarm.update_state(reason, json.dumps(reason_data), verdict.state)
        self._tell_changes()

    def _begin(self, alarm: Any) -> None:
        """A new alarm has no data yet; moto makes it OK."""
        if alarm.name not in self._seen:
            if alarm.state_reason == INITIAL:
                alarm.state_value = "INSUFFICIENT_DATA"
            self._seen[alarm.name] = (alarm.state_value, alarm.state_reason)

    def _tell_changes(self) -> None:
        with self._account.lock:
            alarms = self._account.backend("cloudwatch").alarms
            for name in [name for name in self._seen if name not in alarms]:
                del self._seen[name]
            changed = []
            for name, alarm in alarms.items():
                before = self._seen.get(name, ("INSUFFICIENT_DATA", INITIAL))
                if alarm.state_value != before[0]:
                    changed.append((alarm, before))
                self._seen[name] = (alarm.state_value, alarm.state_reason)
        for alarm, (state, reason) in changed:
            detail = _detail(alarm, state, reason)
            self._account.publish("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [alarm.alarm_arn])
            if alarm.actions_enabled:
                self._act(alarm, state, detail)

    def _act(self, alarm: Any, before: str, detail: Params) -> None:
        actions = {
            "ALARM": alarm.alarm_actions,
            "OK": alarm.ok_actions,
            "INSUFFICIENT_DATA": alarm.insufficient_data_actions,
        }[alarm.state_value]
        source = {
            "aws:sourcearn": alarm.alarm_arn,
            "aws:sourceaccount": self._account.account_id,
            "aws:sourceowner": self._account.account_id,
        }
        for arn in actions or []:
            if ":sns:" in arn:
                topic = self._account.backend("sns").topics.get(arn)
                if topic is not None and allows(topic.policy, "cloudwatch.amazonaws.com", "sns:Publish", source):
                    self._account.client("sns").publish(
                        TopicArn=arn,
                        Subject=f'{alarm.state_value}: "{alarm.name}" in {self._account.region}'[:100],
                        Message=json.dumps(_message(alarm, before, self._account)),
                    )
            elif ":lambda:" in arn:
                function = self._functions.find(arn)
                if self._functions.may_be_invoked(function, "lambda.alarms.cloudwatch.amazonaws.com", source):
                    event = {"source": "aws.cloudwatch", "alarmArn": alarm.alarm_arn, "alarmData": detail}
                    self._functions.invoke_later(function, json.dumps(event).encode())


def _rule(alarm: Any) -> Rule | None:
    name = alarm.extended_statistic or alarm.statistic
    if alarm.rule or alarm.metric_data_queries or not alarm.metric_name or not STATISTIC.fullmatch(name or ""):
        return None
    periods = int(alarm.evaluation_periods)
    return Rule(
        int(alarm.period),
        periods,
        int(alarm.datapoints_to_alarm) if alarm.datapoints_to_alarm is not None else periods,
        name,
        alarm.comparison_operator,
        float(alarm.threshold),
        alarm.treat_missing_data or "missing",
    )


def _key(alarm: Any) -> Key:
    return alarm.namespace, alarm.metric_name, frozenset((item.name, item.value) for item in alarm.dimensions)


def _data(keys: set[Key], metric_data: Iterable[Any], clock: Clock) -> dict[Key, list[tuple[str | None, Datum]]]:
    """Data of the wanted metrics, by metric: exactly the alarm's dimensions, as CloudWatch wants it."""
    names = {(namespace, name) for namespace, name, _ in keys}
    found: dict[Key, list[tuple[str | None, Datum]]] = {}
    for item in metric_data:
        if (item.namespace, item.name) not in names:
            continue
        key = item.namespace, item.name, frozenset((part.name, part.value) for part in item.dimensions)
        if key in keys:
            found.setdefault(key, []).append((item.unit, _datum(item, clock)))
    return found


def _datum(item: Any, clock: Clock) -> Datum:
    moment = item.timestamp if item.timestamp.tzinfo is not None else item.timestamp.replace(tzinfo=UTC)
    shown_s = clock.at(moment.timestamp())
    if isinstance(item, MetricAggregatedDatum):
        return Datum(shown_s, item.sample_count, item.sum, item.min, item.max)
    return Datum(shown_s, 1.0, item.value, item.value, item.value)


def _reason(rule: Rule, verdict: Verdict, clock: Clock) -> tuple[str, Params]:
    """CloudWatch's words and its machine-readable reason."""
    count = len(verdict.values)
    stamps = [datetime.fromtimestamp(clock.real(start), UTC) for start in verdict.starts]
    shown = ", ".join(
        f"{value} ({stamp:%d/%m/%y %H:%M:%S})" for value, stamp in zip(verdict.values, stamps, strict=True)
    )
    words = WORDS[rule.operator]
    if verdict.state == "INSUFFICIENT_DATA":
        text = f"Insufficient Data: {rule.periods} datapoints were unknown."
    elif count == 0:
        text = (
            f"Threshold Crossed: no datapoints were received for {rule.periods} periods and missing data is "
            f"{rule.missing}."
        )
    else:
        verb = "was" if count == 1 else "were"
        negated = "" if verdict.state == "ALARM" else "not "
        text = (
            f"Threshold Crossed: {count} out of the last {rule.periods} datapoints [{shown}] {verb} {negated}{words} "
            f"the threshold ({rule.threshold})."
        )
    data = {
        "version": "1.0",
        "queryDate": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f%z"),
        "statistic": rule.statistic,
        "period": rule.period_s,
        "recentDatapoints": list(reversed(verdict.values)),
        "threshold": rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": f"{stamp:%Y-%m-%dT%H:%M:%S}.000+0000", "value": value}
            for value, stamp in zip(verdict.values, stamps, strict=True)
        ],
    }
    return text, data


def _detail(alarm: Any, before: str, before_reason: str) -> Params:
    """The detail of CloudWatch's event."""
    metric = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn)),
        "metricStat": {
            "metric": {
                "dimensions": {item.name: item.value for item in alarm.dimensions},
                "name": alarm.metric_name,
                "namespace": alarm.namespace,
            },
            "period": alarm.period,
            "stat": alarm.extended_statistic or alarm.statistic,
        },
        "returnData": True,
    }
    stamp = alarm.state_updated_timestamp.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {
        "alarmName": alarm.name,
        "configuration": {
            "metrics": [metric] if alarm.metric_name else [],
            **({"description": alarm.description} if alarm.description else {}),
        },
        "previousState": {"reason": before_reason, "timestamp": stamp, "value": before},
        "state": {
            "reason": alarm.state_reason,
            "reasonData": alarm.state_reason_data,
            "timestamp": stamp,
            "value": alarm.state_value,
        },
    }


def _message(alarm: Any, before: str, account: Account) -> Params:
    """What CloudWatch publishes to a topic."""
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": account.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": alarm.state_updated_timestamp.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "Region": account.region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "Trigger": {
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Statistic": alarm.extended_statistic or alarm.statistic,
            "Unit": alarm.unit,
            "Dimensions": [{"name": item.name, "value": item.value} for item in alarm.dimensions],
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "ComparisonOperator": alarm.comparison_operator,
            "Threshold": alarm.threshold,
            "TreatMissingData": alarm.treat_missing_data or "missing",
        },
    }
