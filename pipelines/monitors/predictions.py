"""Prediction drift: whether a release answers live requests as it answered the rows that were held out."""

import numpy

from contracts.metrics import Metric
from contracts.monitors import DriftMonitor, Monitor
from pipelines.monitors import drift, figures, samples
from pipelines.monitors.findings import Document, Finding, unknown, verdict

MONITOR = Monitor.PREDICTIONS
PREDICTION = "prediction"


def watch(bounds: DriftMonitor, before: numpy.ndarray, now: numpy.ndarray) -> Finding:
    """`now` has NaN where an answer was not captured; those rows do not count."""
    now = now[~numpy.isnan(now)]
    if now.size < bounds.minimum_rows:
        return unknown(MONITOR, f"{now.size} captured predictions; {bounds.minimum_rows} are needed", int(now.size))
    tested = drift.examine(bounds, samples.numbers(before), samples.numbers(now))
    shift = drift.verdicts(bounds.significance, {PREDICTION: tested})[PREDICTION]
    reason = (
        f"distance {shift.statistic:.3f}, bound {bounds.effect:g}; p {shift.p_value:.2g}; "
        f"mean {float(before.mean()):.4g} before, {float(now.mean()):.4g} now"
    )
    violations: list[Document] = []
    if shift.drifted:
        violations.append(
            {
                "feature_name": PREDICTION,
                "constraint_check_type": "baseline_drift_check",
                "description": f"Predictions have moved: {reason}",
            }
        )
    return Finding(
        MONITOR,
        verdict(violations),
        reason,
        int(now.size),
        violations,
        {Metric.PREDICTION_DRIFT: float(shift.drifted)},
        {"analysis.json": drift.report(int(now.size), {PREDICTION: shift})},
        [figures.histogram("Predictions: held-out rows and live traffic", before, now)],
    )
