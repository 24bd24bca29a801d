"""What a stage is, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Evidence = dict[str, Any]


class StageFailed(Exception):
    """What a stage was to show did not happen. The message says what; `evidence` is what was seen."""

    def __init__(self, message: str, evidence: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.evidence = dict(evidence or {})


class StageSkipped(Exception):
    """A stage has nothing to show here. The message says why."""


class Status(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """One stage's result; its dictionary is the JSON that `estate rehearse --json` writes."""

    name: str
    status: Status
    seconds: float
    evidence: Evidence = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "status": self.status.value,
            "seconds": round(self.seconds, 3),
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class Report:
    """A whole rehearsal. `notes` is what the page shows beside the evidence, and the JSON leaves out."""

    environment: str
    seconds: float
    outcomes: tuple[Outcome, ...]
    notes: dict[str, Any]

    @property
    def failed(self) -> bool:
        return any(outcome.status is Status.FAILED for outcome in self.outcomes)

    def to_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "seconds": round(self.seconds, 3),
            "stages": [outcome.to_json() for outcome in self.outcomes],
        }


def require(condition: bool, message: str, evidence: Mapping[str, Any] | None = None) -> None:
    """Fails the stage unless `condition` holds."""
    if not condition:
        raise StageFailed(message, evidence)
