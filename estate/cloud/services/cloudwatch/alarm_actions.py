"""What an alarm does when it changes: its event, and its actions, if those let CloudWatch in."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account
from estate.cloud.services.cloudwatch.alarm_records import Alarm, AlarmBook, Change
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.grants import allows
from estate.cloud.services.wire import AwsError, Params

EVENT = "CloudWatch Alarm State Change"
Handler = Callable[[str, Change], None]  # the action's ARN, and what happened


class Actions:
    """Does the actions of alarms. `handlers` by the service in an action's ARN are for services that act on alarms."""

    def __init__(self, account: Account, functions: Functions, book: AlarmBook) -> None:
        self._account = account
        self._functions = functions
        self._book = book
        self.handlers: dict[str, Handler] = {"sns": self._publish, "lambda": self._invoke}

    def tell(self, change: Change) -> None:
        self._account.emit("aws.cloudwatch", EVENT, _detail(change), [change.alarm.alarm_arn])

    def act(self, change: Change) -> None:
        for arn in change.alarm.actions(change.state) if change.alarm.enabled else ():
            handler = self.handlers.get(arn.split(":")[2])
            try:
                if handler is None:
                    raise AwsError("Unsupported", "actions of this service do nothing offline")
                handler(arn, change)
            except AwsError as error:
                said = f"Failed to execute action {arn}. Received error: {error.message}"
            else:
                said = f"Successfully executed action {arn}"
            with self._account.lock:
                data = {"actionState": "Succeeded" if said.startswith("S") else "Failed", "notificationResource": arn}
                self._book.note(change.alarm, "Action", said, data)

    def _source(self, alarm: Alarm) -> dict[str, str]:
        owner = self._account.account_id
        return {"aws:sourcearn": alarm.alarm_arn, "aws:sourceaccount": owner, "aws:sourceowner": owner}

    def _publish(self, arn: str, change: Change) -> None:
        topic = self._account.backend("sns").topics.get(arn)
        if topic is None:
            raise AwsError("NotFound", "Topic does not exist")
        if not allows(topic.policy, "cloudwatch.amazonaws.com", "sns:Publish", self._source(change.alarm)):
            raise AwsError("AuthorizationError", "CloudWatch Alarms is not authorized to publish to the topic")
        self._account.client("sns").publish(
            TopicArn=arn,
            Subject=f'{change.state}: "{change.alarm.name}" in {self._account.region}'[:100],
            Message=json.dumps(_message(change, self._account)),
        )

    def _invoke(self, arn: str, change: Change) -> None:
        function = self._functions.find(arn)
        source = self._source(change.alarm)
        if not self._functions.may_be_invoked(function, "lambda.alarms.cloudwatch.amazonaws.com", source):
            raise AwsError("AccessDenied", "CloudWatch Alarms is not authorized to invoke lambda function")
        event = {
            "source": "aws.cloudwatch",
            "alarmArn": change.alarm.alarm_arn,
            "accountId": self._account.account_id,
            "time": _stamp(change.time),
            "region": self._account.region,
            "alarmData": _detail(change),
        }
        self._functions.invoke_later(function, json.dumps(event).encode())


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _detail(change: Change) -> Params:
    """The detail of CloudWatch's event."""
    alarm = change.alarm
    described = {"description": alarm.given["AlarmDescription"]} if alarm.given.get("AlarmDescription") else {}
    if alarm.composite:
        suppressor = alarm.given.get("ActionsSuppressor")
        configuration: dict[str, Any] = {"alarmRule": alarm.given["AlarmRule"]}
        if suppressor:
            configuration["actionsSuppressor"] = suppressor
            configuration["actionsSuppressorWaitPeriod"] = alarm.given["ActionsSuppressorWaitPeriod"]
            configuration["actionsSuppressorExtensionPeriod"] = alarm.given["ActionsSuppressorExtensionPeriod"]
    else:
        configuration = {"metrics": _metrics(alarm)}
    return {
        "alarmName": alarm.name,
        "configuration": {**configuration, **described},
        "previousState": {
            "reason": change.before_reason,
            "reasonData": change.before_data,
            "timestamp": _stamp(change.before_time),
            "value": change.before,
        },
        "state": {
            "reason": change.reason,
            "reasonData": change.data,
            "timestamp": _stamp(change.time),
            "value": change.state,
        },
    }


def _metrics(alarm: Alarm) -> list[Params]:
    given = alarm.given
    if "Metrics" not in given:
        stat = {
            "metric": _metric(given["Namespace"], given["MetricName"], given.get("Dimensions") or []),
            "period": given["Period"],
            "stat": given.get("ExtendedStatistic") or given["Statistic"],
        }
        id = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.alarm_arn))
        return [{"id": id, "metricStat": stat, "returnData": True}]
    found = []
    for query in given["Metrics"]:
        item: Params = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
        if query.get("Label"):
            item["label"] = query["Label"]
        if "Expression" in query:
            item["expression"] = query["Expression"]
        else:
            stat = query["MetricStat"]
            metric = stat["Metric"]
            named = _metric(metric["Namespace"], metric["MetricName"], metric.get("Dimensions") or [])
            item["metricStat"] = {"metric": named, "period": stat["Period"], "stat": stat["Stat"]}
        found.append(item)
    return found


def _metric(namespace: str, name: str, dimensions: list[dict[str, str]]) -> Params:
    return {"dimensions": {item["Name"]: item["Value"] for item in dimensions}, "name": name, "namespace": namespace}


def _message(change: Change, account: Account) -> Params:
    """What CloudWatch publishes to a topic."""
    alarm, given = change.alarm, change.alarm.given
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": given.get("AlarmDescription"),
        "AWSAccountId": account.account_id,
        "NewStateValue": change.state,
        "NewStateReason": change.reason,
        "StateChangeTime": _stamp(change.time),
        "Region": account.region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": change.before,
        "OKActions": alarm.actions("OK"),
        "AlarmActions": alarm.actions("ALARM"),
        "InsufficientDataActions": alarm.actions("INSUFFICIENT_DATA"),
    }
    if alarm.composite:
        triggering = json.loads(change.data or "{}").get("triggeringAlarms", [])
        return message | {
            "AlarmRule": given["AlarmRule"],
            "TriggeringChildren": [
                {
                    "Arn": item["arn"],
                    "State": {"Value": item["state"]["value"], "Timestamp": item["state"]["timestamp"]},
                }
                for item in triggering
            ],
        }
    trigger: Params = {
        "Period": given.get("Period"),
        "EvaluationPeriods": given["EvaluationPeriods"],
        "DatapointsToAlarm": given.get("DatapointsToAlarm"),
        "ComparisonOperator": given["ComparisonOperator"],
        "Threshold": given.get("Threshold"),
        "ThresholdMetricId": given.get("ThresholdMetricId"),
        "TreatMissingData": given.get("TreatMissingData", "missing"),
        "Metrics": given.get("Metrics"),
        "MetricName": given.get("MetricName"),
        "Namespace": given.get("Namespace"),
        "Statistic": given.get("ExtendedStatistic") or given.get("Statistic"),
        "Unit": given.get("Unit"),
    }
    found = {key: value for key, value in trigger.items() if value is not None}
    if "Metrics" not in found:
        found["Dimensions"] = [{"name": item["Name"], "value": item["Value"]} for item in given.get("Dimensions") or []]
    return message | {"Trigger": found}
