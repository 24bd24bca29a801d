"""What an alarm is about, and whom it wakes. The signal starts the alarm's name, so that one event rule finds all."""

from enum import StrEnum

from components.base import Placement


class Severity(StrEnum):
    PAGE = "page"  # someone acts now
    TICKET = "ticket"  # someone acts on a working day


class Signal(StrEnum):
    ERRORS = "errors"  # takes a rollout back; by itself it wakes nobody, as one request of three may have failed
    LATENCY = "latency"
    OUTAGE = "outage"  # errors or latency, and enough traffic that somebody is harmed
    DRIFT = "drift"
    QUALITY = "quality"
    DEAD_LETTERS = "dead-letters"
    PREDICTION_DRIFT = "prediction-drift"
    CONCEPT_DRIFT = "concept-drift"
    MODEL_QUALITY = "model-quality"
    BIAS = "bias"
    ATTRIBUTION = "attribution"
    ANOMALY = "anomaly"
    BURN_FAST = "burn-fast"  # a service level objective whose budget is gone within days at this pace
    BURN_SLOW = "burn-slow"  # within the objective's window
    HANDLER_ERRORS = "handler-errors"
    PIPELINE_FAILED = "pipeline-failed"
    DATA_LATE = "data-late"  # rows that streamed in, or were curated, are not where they should be
    BUSINESS = "business"  # what the model is for: a metric of its workload is beyond its bound
    CANARY = "canary"  # a request that is sent on purpose is not answered as it should be
    LOG_PATTERNS = "log-patterns"  # a log has lines that are unlike all that it had before
    GPU_ERRORS = "gpu-errors"  # a GPU that its driver holds for broken
    GPU_IDLE = "gpu-idle"  # a GPU that is paid for and computes nothing
    QUEUE_WAIT = "queue-wait"  # jobs wait for GPUs
    NODE_HEALTH = "node-health"
    BACKUP_FAILED = "backup-failed"


SEVERITIES = {
    Signal.ERRORS: Severity.TICKET,
    Signal.LATENCY: Severity.TICKET,
    Signal.OUTAGE: Severity.PAGE,
    Signal.DRIFT: Severity.TICKET,
    Signal.QUALITY: Severity.TICKET,
    Signal.DEAD_LETTERS: Severity.TICKET,
    Signal.PREDICTION_DRIFT: Severity.TICKET,
    Signal.CONCEPT_DRIFT: Severity.TICKET,
    Signal.MODEL_QUALITY: Severity.TICKET,
    Signal.BIAS: Severity.TICKET,
    Signal.ATTRIBUTION: Severity.TICKET,
    Signal.ANOMALY: Severity.TICKET,
    Signal.BURN_FAST: Severity.PAGE,
    Signal.BURN_SLOW: Severity.TICKET,
    Signal.HANDLER_ERRORS: Severity.PAGE,
    Signal.PIPELINE_FAILED: Severity.TICKET,
    Signal.DATA_LATE: Severity.TICKET,
    Signal.BUSINESS: Severity.TICKET,
    Signal.CANARY: Severity.PAGE,
    Signal.LOG_PATTERNS: Severity.TICKET,
    Signal.GPU_ERRORS: Severity.TICKET,
    Signal.GPU_IDLE: Severity.TICKET,
    Signal.QUEUE_WAIT: Severity.TICKET,
    Signal.NODE_HEALTH: Severity.TICKET,
    Signal.BACKUP_FAILED: Severity.TICKET,
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
