"""Alerts of Prometheus: an alert manager's messages, which come by SNS in the form that the estate's templates give."""

import json
from collections.abc import Mapping
from typing import Any

from .observation import ALARM, OK, MalformedEvent, Naming, Observation, made, text, utc

STATES = {"firing": ALARM, "resolved": OK}


def speaks(event: object) -> bool:
    """Whether the event is a message of SNS; alarms, endpoints and pipelines speak through EventBridge."""
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and all(isinstance(r, dict) and r.get("EventSource") == "aws:sns" for r in records)


def read(event: Mapping[str, Any], naming: Naming) -> list[Observation]:
    """The observations of a message, one an alert. Raises MalformedEvent."""
    return [_observation(alert, naming) for record in event["Records"] for alert in _alerts(record)]


def _alerts(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    try:
        message = json.loads(text(record, "Sns", "Message"))
    except json.JSONDecodeError as error:
        raise MalformedEvent(f"the message is no JSON: {error}") from None
    if not isinstance(message, dict) or message.get("source") != "alertmanager":
        raise MalformedEvent("the message is not an alert manager's: its source is not `alertmanager`")
    alerts = message.get("alerts")
    if not isinstance(alerts, list) or not all(isinstance(alert, dict) for alert in alerts):
        raise MalformedEvent("the message lacks alerts")
    return alerts


def _observation(alert: Mapping[str, Any], naming: Naming) -> Observation:
    status = text(alert, "status")
    if status not in STATES:
        raise MalformedEvent(f"the alert's status is {status!r}; known are {', '.join(STATES)}")
    signal, subject = text(alert, "signal"), naming.subject(text(alert, "subject"))
    # Who holds the alert tells it from CloudWatch's alarm on the same signal: each of the two recovers by itself.
    name = "/".join(part for part in ("prometheus", text(alert, "name"), subject, alert.get("slo")) if part)
    at = utc(text(alert, "startsAt" if STATES[status] == ALARM else "endsAt"))
    reason = alert.get("summary") or f"{name} is {status}"
    return made("alarm", name, STATES[status], at, signal, subject, naming.severity(signal), reason)
