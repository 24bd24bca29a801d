"""What happened, read from one event: an alarm, an endpoint or a pipeline changed its state."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

MEASURED = "measured"  # alarms that composite ones are made of; each speaks for itself only through these
ALARM, OK, UNKNOWN = "alarm", "ok", "unknown"
ALARM_EVENT = "CloudWatch Alarm State Change"
ENDPOINT_EVENTS = ("SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change")
PIPELINE_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
# SageMaker spells a status as `InService` in answers and as `IN_SERVICE` in events.
BAD_ENDPOINT = ("FAILED", "ROLLINGBACK", "UPDATEROLLBACKFAILED", "OUTOFSERVICE")
GOOD_ENDPOINT = ("INSERVICE",)


class MalformedEvent(ValueError):
    """The event lacks what its kind must have; it is never worth a retry."""


@dataclass(frozen=True)
class Observation:
    """One change of state. `key` is the same however often the event is delivered; `at` is ISO 8601 in UTC."""

    key: str
    at: str
    name: str  # of the alarm, endpoint or pipeline
    kind: str  # `alarm`, `endpoint` or `pipeline`
    state: str  # `alarm`, `ok` or `unknown`
    signal: str
    subject: str
    severity: str
    reason: str

    def to_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class Naming:
    """How names tell what they are about: the environment's prefix, its signals' severities, its models."""

    prefix: str
    severities: Mapping[str, str]
    models: tuple[str, ...]

    def of_alarm(self, alarm: str) -> tuple[str, str]:
        """Signal and subject of an alarm that is named `<prefix>-<signal>-<subject>`."""
        rest = alarm.removeprefix(f"{self.prefix}-")
        for signal in sorted(self.severities, key=len, reverse=True):
            if rest.startswith(f"{signal}-"):
                return signal, self.subject(rest[len(signal) + 1 :])
        return "alarm", self.subject(rest)

    def subject(self, text: str) -> str:
        """The model whose name starts `text`, the longest one; else the text itself."""
        found = [model for model in self.models if text == model or text.startswith(f"{model}-")]
        return max(found, key=len, default=text)

    def severity(self, signal: str) -> str:
        return self.severities.get(signal, "ticket")


def read(event: object, naming: Naming) -> Observation | None:
    """The observation of an event; None where it says neither good nor bad by itself. Raises MalformedEvent."""
    if not isinstance(event, dict):
        raise MalformedEvent(f"the event is {type(event).__name__}; an object is expected")
    kind = event.get("detail-type")
    if kind == ALARM_EVENT:
        return _alarm(event, naming)
    if kind in ENDPOINT_EVENTS:
        return _endpoint(event, naming)
    if kind == PIPELINE_EVENT:
        return _pipeline(event, naming)
    known = ", ".join((ALARM_EVENT, *ENDPOINT_EVENTS, PIPELINE_EVENT))
    raise MalformedEvent(f"the event's detail-type is {kind!r}; known are {known}")


def _alarm(event: dict[str, Any], naming: Naming) -> Observation | None:
    name, value = text(event, "detail", "alarmName"), text(event, "detail", "state", "value")
    if name.startswith(f"{naming.prefix}-{MEASURED}-"):
        return None
    state = {"ALARM": ALARM, "OK": OK}.get(value, UNKNOWN)
    at = utc(_or(event, "time", "detail", "state", "timestamp"))
    signal, subject = naming.of_alarm(name)
    reason = _or(event, "", "detail", "state", "reason") or f"{name} is {value}"
    return made("alarm", name, state, at, signal, subject, naming.severity(signal), reason)


def _endpoint(event: dict[str, Any], naming: Naming) -> Observation | None:
    name, status = text(event, "detail", "EndpointName"), text(event, "detail", "EndpointStatus")
    spelled = status.replace("_", "").upper()
    if spelled not in (*BAD_ENDPOINT, *GOOD_ENDPOINT):
        return None  # it is on its way
    subject = naming.subject(name.removeprefix(f"{naming.prefix}-"))
    reason = _or(event, "", "detail", "FailureReason") or f"endpoint {name} is {status}"
    state = OK if spelled in GOOD_ENDPOINT else ALARM
    return made("endpoint", name, state, utc(text(event, "time")), "endpoint-failed", subject, "page", reason)


def _pipeline(event: dict[str, Any], naming: Naming) -> Observation | None:
    name = text(event, "detail", "pipelineArn").rpartition("/")[2]
    status = text(event, "detail", "currentPipelineExecutionStatus")
    if status not in ("Failed", "Succeeded"):
        return None
    at = utc(_or(event, "time", "detail", "executionEndTime"))
    subject = naming.subject(name.removeprefix(f"{naming.prefix}-"))
    execution = _or(event, "", "detail", "pipelineExecutionArn").rpartition("/")[2]
    state = OK if status == "Succeeded" else ALARM
    severity = naming.severity("pipeline-failed")
    reason = f"execution {execution} of {name} is {status}"
    return made("pipeline", name, state, at, "pipeline-failed", subject, severity, reason)


def made(
    kind: str, name: str, state: str, at: str, signal: str, subject: str, severity: str, reason: str
) -> Observation:
    key = hashlib.sha256("\x00".join((kind, name, state, at)).encode()).hexdigest()[:24]
    return Observation(key, at, name, kind, state, signal, subject, severity, reason[:1024])


def text(event: Mapping[str, Any], *path: str) -> str:
    """The text at `path`. Raises MalformedEvent where there is none."""
    value: object = event
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, str) or not value:
        raise MalformedEvent(f"the event lacks {'.'.join(path)}")
    return value


def _or(event: Mapping[str, Any], other: str, *path: str) -> str:
    """The text at `path`, or else that of the event's member `other`; empty where `other` is."""
    try:
        return text(event, *path)
    except MalformedEvent:
        return text(event, other) if other else ""


def utc(stamp: str) -> str:
    """A moment as ISO 8601 in UTC with milliseconds. Raises MalformedEvent."""
    # CloudWatch writes +0000, which Python reads from 3.11 on.
    try:
        moment = datetime.fromisoformat(re.sub(r"Z$", "+00:00", stamp))
    except ValueError:
        raise MalformedEvent(f"{stamp!r} is no time") from None
    return written(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def seconds(stamp: str) -> float:
    """Seconds since 1970 of a moment that `utc` wrote."""
    return datetime.fromisoformat(stamp).timestamp()
