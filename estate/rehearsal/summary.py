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
    """One line of a stage's evidence: its reason or error, or its plain values, by model where there are several."""
    if "error" in evidence:
        return str(evidence["error"]).splitlines()[0]
    if "reason" in evidence:
        return str(evidence["reason"])
    parts = []
    for key, value in evidence.items():
        if isinstance(value, dict):
            inner = [f"{k} {_short(v)}" for k, v in value.items() if isinstance(v, int | float | str)]
            parts.append(f"{key}: {', '.join(inner)}" if 0 < len(inner) <= MOST else f"{key} {len(value)}")
        elif isinstance(value, list):
            parts.append(f"{key} {len(value)}")
        else:
            parts.append(f"{key} {_short(value)}")
    return "; ".join(parts)


def _short(value: float | str) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    # Of an ARN, its last part tells it apart.
    return text.rpartition(":")[2] if text.startswith("arn:") else text if len(text) <= 48 else text[:45] + "..."
