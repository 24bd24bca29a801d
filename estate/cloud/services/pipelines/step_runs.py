"""A step of an execution that has been started: what is known of it, and what is told about it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services.account import now
from estate.cloud.services.wire import Params

ACTIVE = frozenset({"Executing", "Stopping"})


class StepFailed(Exception):
    """A step did not succeed. The message is its FailureReason; `kind` is what a retry policy may name."""

    def __init__(self, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.kind = kind


class StepStopped(Exception):
    """A step ended because its execution was stopped."""


@dataclass
class StepRun:
    """`key` says what a cached result may stand for; `reused_from` whose result this one is."""

    name: str
    type: str
    display_name: str = ""
    start: datetime = field(default_factory=now)
    status: str = "Executing"
    end: datetime | None = None
    reason: str = ""
    attempts: int = 1
    metadata: Params = field(default_factory=dict)
    properties: Any = None
    key: str = ""
    cached_from: str = ""
    reused_from: str = ""

    def answer(self) -> Params:
        """As ListPipelineExecutionSteps has it."""
        found: Params = {
            "StepName": self.name,
            "StepStatus": self.status,
            "StartTime": self.start,
            "AttemptCount": self.attempts,
            "Metadata": self.metadata,
        }
        if self.display_name:
            found["StepDisplayName"] = self.display_name
        if self.end is not None:
            found["EndTime"] = self.end
        if self.reason:
            found["FailureReason"] = self.reason
        if self.cached_from:
            found["CacheHitResult"] = {"SourcePipelineExecutionArn": self.cached_from}
        if self.reused_from:
            found["SelectiveExecutionResult"] = {"SourcePipelineExecutionArn": self.reused_from}
        return found

    def event(self, before: str) -> Params:
        """What SageMaker's event about the step says of it."""
        small = {f"{key[:1].lower()}{key[1:]}": _small(value) for key, value in self.metadata.items()}
        found = {
            "metadata": small,
            "stepStartTime": self.start.isoformat(),
            "stepName": self.name,
            "stepType": self.type,
            "currentStepStatus": self.status,
        }
        if before:
            found["previousStepStatus"] = before
        if self.end is not None:
            found["stepEndTime"] = self.end.isoformat()
        if self.reason:
            found["failureReason"] = self.reason
        return found


def _small(value: Any) -> Any:
    """Events write the members of a step's metadata with a small first letter."""
    if isinstance(value, dict):
        return {f"{key[:1].lower()}{key[1:]}": _small(item) for key, item in value.items()}
    return value
