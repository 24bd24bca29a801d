"""What an alarm is about, and whom it wakes. The signal starts the alarm's name, so that one event rule finds all."""

from enum import StrEnum

from components.base import Placement


class Severity(StrEnum):
    PAGE = "page"  # someone acts now
    TICKET = "ticket"  # someone acts on a working day


class Signal(StrEnum):
    ERRORS = "errors"
    LATENCY = "latency"
    DRIFT = "drift"
    QUALITY = "quality"
    DEAD_LETTERS = "dead-letters"


SEVERITIES = {
    Signal.ERRORS: Severity.PAGE,
    Signal.LATENCY: Severity.PAGE,
    Signal.DRIFT: Severity.TICKET,
    Signal.QUALITY: Severity.TICKET,
    Signal.DEAD_LETTERS: Severity.TICKET,
}


def alarm_name(placement: Placement, signal: Signal, subject: str) -> str:
    """Name of the alarm on `signal` of a model or handler."""
    return placement.named(signal, subject)


def alarm_prefix(placement: Placement, signal: Signal) -> str:
    """What the names of all alarms on `signal` start with, and no other alarm's of any environment."""
    return f"{placement.prefix}-{signal}-"


def alarm_events(placement: Placement, *signals: Signal) -> dict[str, object]:
    """EventBridge pattern of alarms on these signals that go off.

    By prefix and not by name, because a pattern holds 2,048 characters, which is about 40 names.
    """
    return {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {
            "alarmName": [{"prefix": alarm_prefix(placement, signal)} for signal in signals],
            "state": {"value": ["ALARM"]},
        },
    }
