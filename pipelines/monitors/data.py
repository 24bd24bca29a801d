"""Data quality and data drift, as findings."""

import numpy

from contracts.metrics import Metric
from contracts.monitors import Monitor
from contracts.workload import Workload
from pipelines import quality
from pipelines.modelling import Columns
from pipelines.monitors import drift, figures
from pipelines.monitors.drift import Shift
from pipelines.monitors.figures import Figure
from pipelines.monitors.findings import Document, Finding, Status, unknown, verdict

DRAWN = 12  # features, those that moved most first


def watch_quality(
    workload: Workload, constraints: Document | None, rows: Columns, unreadable: int, broken: int, asked: int
) -> Finding:
    """`unreadable` lines of the capture, `broken` of the `asked` requests; `constraints` are None without rows."""
    count = len(next(iter(rows.values())))
    found = quality.violations(workload, constraints, rows) if constraints is not None else []
    for wrong, text in (
        (broken, f"{broken} of {asked} requests could not be understood"),
        (unreadable, f"{unreadable} captured records could not be read"),
    ):
        if wrong:
            check = "data_type_check"
            found.append({"feature_name": "request", "constraint_check_type": check, "description": text})
    if not count and not found:
        return unknown(Monitor.QUALITY, "no captured rows")
    return Finding(
        Monitor.QUALITY,
        verdict(found),
        "; ".join(f"{item['feature_name']}: {item['description']}" for item in found) or "no constraint is violated",
        count,
        found,
        {Metric.QUALITY_VIOLATIONS: float(len(found))},
    )


def watch_drift(workload: Workload, baseline: Columns, rows: Columns) -> tuple[Finding, dict[str, Shift]]:
    """The finding, and the shift of each feature for File.DRIFT; empty where nothing is concluded."""
    count = len(next(iter(rows.values())))
    shifts = drift.compare(workload, baseline, rows)
    if not shifts:
        needed = f"{workload.drift.minimum_rows} are needed" if drift.watched(workload) else "no feature is watched"
        status = Status.INCONCLUSIVE if drift.watched(workload) else Status.NOT_APPLICABLE
        return Finding(Monitor.DRIFT, status, f"{count} rows; {needed}", count), shifts
    moved = [name for name, shift in shifts.items() if shift.drifted]
    violations: list[Document] = [
        {
            "feature_name": name,
            "constraint_check_type": "baseline_drift_check",
            "description": f"Distance {shifts[name].statistic:.3f} from the baseline, p {shifts[name].p_value:.2g}: "
            + ", ".join(f"{kind} {its.value:.3g}" for kind, its in shifts[name].distances.items() if its.exceeded),
        }
        for name in moved
    ]
    order = sorted(shifts, key=lambda name: (not shifts[name].drifted, -shifts[name].statistic))
    return Finding(
        Monitor.DRIFT,
        verdict(violations),
        f"drifted: {', '.join(moved)}" if moved else f"none of {len(shifts)} features has drifted",
        count,
        violations,
        {Metric.DRIFTED_FEATURES: float(len(moved))},
        figures=[_figure(workload, name, shifts[name], baseline[name], rows[name]) for name in order[:DRAWN]],
    ), shifts


def _figure(workload: Workload, name: str, shift: Shift, before: numpy.ndarray, now: numpy.ndarray) -> Figure:
    said = "drifted" if shift.drifted else "steady"
    note = f"{said}; p {shift.p_value:.2g}; " + "; ".join(
        f"{kind.replace('_', ' ')} {its.value:.3g} of {its.threshold:.3g}" for kind, its in shift.distances.items()
    )
    draw = figures.levels if workload.features[name].categorical else figures.histogram
    return draw(name, before, now, note)
