"""A rehearsal in a few lines: one a stage."""

from typing import Any

from rich.table import Table
from rich.text import Text

from estate.rehearsal.stage import Report, Status

STYLES = {Status.PASSED: "green", Status.FAILED: "bold red", Status.SKIPPED: "dim"}

MOST = 10  # values of one mapping that are told; of more, how many


def table(report: Report) -> Table:
    """Stage, status, seconds and evidence, for the terminal."""
    made = Table(title=f"Rehearsal of {report.environment}: {report.seconds:.1f} s", title_justify="left")
    made.add_column("stage")
    made.add_column("status")
    made.add_column("seconds", justify="right")
    made.add_column("evidence", overflow="fold")
    for outcome in report.outcomes:
        made.add_row(
            outcome.name,
            Text(outcome.status.value, style=STYLES[outcome.status]),
            f"{outcome.seconds:.1f}",
            Text(summary(outcome.evidence)),
        )
    return made


def summary(evidence: dict[str, Any]) -> str:
    """One line of a stage's evidence: its reason or error, or its values, by model where there are several.

    Of a list, and of a long mapping, how many there are.
    """
    if "error" in evidence:
        return str(evidence["error"]).splitlines()[0]
    if "reason" in evidence:
        return str(evidence["reason"])
    return "; ".join(_part(key, value) for key, value in evidence.items())


def _part(key: str, value: object) -> str:
    if isinstance(value, dict):
        inner = [f"{k} {_short(v)}" for k, v in value.items() if not isinstance(v, dict)]
        return f"{key}: {', '.join(inner)}" if 0 < len(inner) <= MOST else f"{key} {len(value)}"
    return f"{key} {_short(value)}"


def _short(value: object) -> str:
    if isinstance(value, list):
        return str(len(value))
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    if text.startswith("arn:"):  # what the resource is called, without account and kind
        return text.rpartition(":")[2].partition("/")[2] or text
    return text if len(text) <= 48 else text[:45] + "..."
