"""The report: one HTML file that needs no network."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from estate.rehearsal import figures
from estate.rehearsal.stage import Report
from estate.rehearsal.summary import summary

FILE = "index.html"
FAULT = "fault:"  # what a fault's outcome is named with


def write_page(report: Report, folder: Path) -> Path:
    """Writes the page into `folder`, which is made where it is missing; returns the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=PackageLoader("estate.rehearsal", "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["clock"] = lambda text: datetime.fromisoformat(text).strftime("%H:%M:%S")
    environment.filters["short"] = short
    notes = report.notes
    drawn = {
        "figures": figures.distributions(notes.get("distributions", {})),
        "rollouts": figures.rollouts(notes.get("rollouts", [])),
        "alarms": _alarms(report),
    }
    page = environment.get_template("report.html").render(
        environment=report.environment,
        seconds=report.seconds,
        failed=report.failed,
        outcomes=[{**outcome.to_json(), "summary": summary(outcome.evidence)} for outcome in report.outcomes],
        faults=_faults(report),
        evidence={outcome.name: outcome.evidence for outcome in report.outcomes},
        notes=notes,
        plotly=figures.library() if any(drawn.values()) else "",
        **drawn,
    )
    file = folder / FILE
    file.write_text(page)
    return file


def _alarms(report: Report) -> str:
    if not report.notes.get("alarms"):
        return ""
    ended = datetime.fromisoformat(report.notes["told_at"])
    first = min(datetime.fromisoformat(each["at"]) for each in report.notes["alarms"])
    began = min(first, datetime.now(UTC) - timedelta(seconds=report.seconds))
    return figures.alarms(report.notes["alarms"], began, ended)


def _faults(report: Report) -> list[dict[str, Any]]:
    return [
        {"name": each.name.removeprefix(FAULT), "status": each.status.value, **each.evidence}
        for each in report.outcomes
        if each.name.startswith(FAULT)
    ]


def short(subject: str) -> str:
    """A suspect as people say it: the resource's own name, or what the subject names."""
    return subject.rpartition("::")[2]
