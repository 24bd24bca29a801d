"""Data quality and data drift, as findings."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy

from contracts.metrics import Metric
from contracts.monitors import Monitor
from contracts.workload import Workload
from pipelines import quality
from pipelines.modelling import Columns
from pipelines.monitors import drift, figures, samples
from pipelines.monitors.drift import Shift, Tested
from pipelines.monitors.figures import Figure
from pipelines.monitors.findings import Document, Finding, Status, unknown, verdict

MANY_ROWS = 100_000  # from here on, further threads earn their start
MOST_THREADS = 4
DRAWN = 12  # features, those that moved most first


@dataclass(frozen=True)
class Looked:
    """One pass over all features: the statistics document, what breaks the constraints, the tested shifts."""

    statistics: Document
    violations: list[Document]
    shifts: dict[str, Shift]


def look(workload: Workload, constraints: Mapping[str, object] | None, baseline: Columns, rows: Columns) -> Looked:
    """Each column is read, sorted and let go again, so that files of any length need the memory of a few columns.

    Without constraints, there are no violations; with fewer than `minimum_rows` rows, no shifts.
    """
    count = len(next(iter(rows.values())))
    expected = quality.expectations(constraints) if constraints is not None else None
    watched = set(drift.watched(workload)) if count >= workload.drift.minimum_rows else set()

    def one(name: str) -> tuple[Document, list[Document], Tested | None]:
        feature, found = workload.features[name], samples.numbers(rows[name])
        wrong = quality.violations_of(workload, name, feature, expected.get(name), found) if expected else []
        tested = drift.examine_feature(workload, name, baseline, found) if name in watched else None
        return quality.statistics_of(name, feature, found), wrong, tested

    if count < MANY_ROWS:
        parts = list(map(one, workload.features))
    else:
        with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as pool:
            parts = list(pool.map(one, workload.features))
    tested = {name: part[2] for name, part in zip(workload.features, parts, strict=True) if part[2] is not None}
    return Looked(
        quality.statistics_document(count, [part[0] for part in parts]),
        [item for part in parts for item in part[1]],
        drift.verdicts(workload.drift.significance, tested),
    )


def judge_quality(looked: Looked, rows: int, unreadable: int, broken: int, asked: int) -> Finding:
    """`unreadable` lines of the capture, and `broken` of the `asked` requests, are violations as well."""
    found = list(looked.violations)
    for wrong, text in (
        (broken, f"{broken} of {asked} requests could not be understood"),
        (unreadable, f"{unreadable} captured records could not be read"),
    ):
        if wrong:
            check = "data_type_check"
            found.append({"feature_name": "request", "constraint_check_type": check, "description": text})
    if not rows and not found:
        return unknown(Monitor.QUALITY, "no captured rows")
    return Finding(
        Monitor.QUALITY,
        verdict(found),
        "; ".join(f"{item['feature_name']}: {item['description']}" for item in found) or "no constraint is violated",
        rows,
        found,
        {Metric.QUALITY_VIOLATIONS: float(len(found))},
    )


def judge_drift(workload: Workload, looked: Looked, baseline: Columns, rows: Columns) -> Finding:
    count, shifts = len(next(iter(rows.values()))), looked.shifts
    if not drift.watched(workload):
        return Finding(Monitor.DRIFT, Status.NOT_APPLICABLE, "no feature is watched", count)
    if not shifts:
        return unknown(Monitor.DRIFT, f"{count} rows; {workload.drift.minimum_rows} are needed", count)
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
    )


def _figure(workload: Workload, name: str, shift: Shift, before: numpy.ndarray, now: numpy.ndarray) -> Figure:
    said = "drifted" if shift.drifted else "steady"
    note = f"{said}; p {shift.p_value:.2g}; " + "; ".join(
        f"{kind.replace('_', ' ')} {its.value:.3g} of {its.threshold:.3g}" for kind, its in shift.distances.items()
    )
    draw = figures.levels if workload.features[name].categorical else figures.histogram
    return draw(name, before, now, note)
