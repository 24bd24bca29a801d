"""What a monitor found: a verdict, why, and what goes into documents, metrics and the page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from contracts.monitors import Monitor
from pipelines.monitors.figures import Figure

Document = dict[str, object]
VERSION = "1.0"


class Status(StrEnum):
    CLEAN = "clean"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"  # too few rows, or nothing to compare with: no verdict
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Finding:
    """`violations` are entries of its `constraint_violations.json`; `documents` further files, by name.

    `metrics` are put to CloudWatch; a finding without a verdict has none, because 0 would be one.
    """

    monitor: Monitor
    status: Status
    reason: str
    rows: int = 0
    violations: list[Document] = field(default_factory=list)
    metrics: Mapping[str, float] = field(default_factory=dict)  # by `Metric`, or the name of a business metric
    documents: Mapping[str, Document] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)

    def summary(self) -> Document:
        """Its entry in File.MONITORS."""
        return {
            "status": self.status.value,
            "reason": self.reason,
            "rows": self.rows,
            "violations": len(self.violations),
            "metrics": {str(metric): value for metric, value in self.metrics.items()},
        }


def unknown(monitor: Monitor, reason: str, rows: int = 0) -> Finding:
    return Finding(monitor, Status.INCONCLUSIVE, reason, rows)


def verdict(violations: list[Document]) -> Status:
    return Status.VIOLATED if violations else Status.CLEAN


def violations_document(found: list[Document]) -> Document:
    return {"version": VERSION, "violations": found}
