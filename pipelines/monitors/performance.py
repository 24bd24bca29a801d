"""Model quality on labels that arrived later: the gate's metric, against its threshold and the held-out value.

A metric of few rows is uncertain: it is a violation only where the whole confidence interval is on the wrong side.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy

from contracts.metrics import Metric
from contracts.monitors import Monitor
from contracts.workload import Direction, Workload
from pipelines.errors import JobError
from pipelines.monitors.figures import Interval, Intervals
from pipelines.monitors.findings import Document, Finding, unknown, verdict
from pipelines.monitors.labels import Pairs
from pipelines.scores import SCORES

MONITOR = Monitor.PERFORMANCE


@dataclass(frozen=True)
class Estimate:
    value: float
    error: float  # standard error


def estimate(metric: str, pairs: Pairs) -> Estimate:
    """The gate's metric and its standard error. Raises JobError where all rows are of one class."""
    value = SCORES[metric](pairs.labels, pairs.predictions)
    if metric == "roc_auc":
        return Estimate(value, de_long(pairs.labels, pairs.predictions))
    misses = numpy.abs(pairs.labels - pairs.predictions)
    return Estimate(value, float(misses.std(ddof=1)) / math.sqrt(misses.size))


def de_long(labels: numpy.ndarray, scores: numpy.ndarray) -> float:
    """Standard error of a ROC AUC (DeLong, DeLong and Clarke-Pearson 1988)."""
    positive, negative = (numpy.sort(scores[labels > 0.5]), numpy.sort(scores[labels <= 0.5]))

    def placements(values: numpy.ndarray, others: numpy.ndarray) -> numpy.ndarray:
        below = numpy.searchsorted(others, values, side="left") + numpy.searchsorted(others, values, side="right")
        return below / (2 * others.size)

    parts = [placements(positive, negative), placements(negative, positive)]
    return math.sqrt(sum(float(part.var(ddof=1)) / part.size if part.size > 1 else 0.25 for part in parts))


def watch(workload: Workload, before: Pairs, now: Pairs) -> Finding:
    bounds, gate, count = workload.monitors.labels, workload.gate, int(now.labels.size)
    if count < bounds.minimum_rows:
        return unknown(MONITOR, f"{count} labelled rows; {bounds.minimum_rows} are needed", count)
    try:
        live, held = estimate(gate.metric, now), estimate(gate.metric, before)
    except JobError as error:
        return unknown(MONITOR, str(error), count)
    worse = "LessThanThreshold" if gate.direction is Direction.MAXIMIZE else "GreaterThanThreshold"
    quantile = NormalDist().inv_cdf(1 - bounds.significance / 2)  # one-sided, for each of the two limits
    allowed = _allowed(gate.direction, held.value, bounds.tolerance)
    checks = (
        ("the gate's threshold", gate.threshold, live.error),
        (f"the held-out {held.value:.6g} and its tolerance", allowed, math.hypot(live.error, held.error)),
    )
    violations: list[Document] = []
    for name, limit, error in checks:
        beyond = limit - live.value if gate.direction is Direction.MAXIMIZE else live.value - limit
        if beyond > quantile * error:
            text = f"Metric {gate.metric} with {live.value:.6g} +/- {live.error:.2g} was {worse} {limit:.6g}, {name}"
            violations.append({"metric_name": gate.metric, "constraint_check_type": worse, "description": text})
    low, high = live.value - quantile * live.error, live.value + quantile * live.error
    up = gate.direction is Direction.MAXIMIZE
    least, most = (max(gate.threshold, allowed), math.inf) if up else (-math.inf, min(gate.threshold, allowed))
    reason = f"{gate.metric} {live.value:.6g} +/- {live.error:.2g}; held out {held.value:.6g}"
    return Finding(
        MONITOR,
        verdict(violations),
        f"{reason}, threshold {gate.threshold:g}",
        count,
        violations,
        {Metric.MODEL_QUALITY: float(len(violations))},
        {
            "statistics.json": statistics(workload, now, live),
            "constraints.json": constraints(workload, worse, allowed),
        },
        [
            Intervals(
                "Live metric, its confidence interval, and what is allowed",
                (Interval(gate.metric, live.value, low, high, least, most),),
                reason,
            )
        ],
    )


def _allowed(direction: Direction, held: float, tolerance: float) -> float:
    """The held-out value with its error grown by the tolerance; the error of a ROC AUC is its distance from 1."""
    return 1 - (1 - held) * (1 + tolerance) if direction is Direction.MAXIMIZE else held * (1 + tolerance)


def statistics(workload: Workload, pairs: Pairs, gate: Estimate) -> Document:
    """`statistics.json` of SageMaker's model quality monitor."""
    if workload.task == "regression":
        misses = pairs.labels - pairs.predictions
        spread = float(((pairs.labels - pairs.labels.mean()) ** 2).mean())
        squared = float((misses**2).mean())
        values = {
            "mae": (float(numpy.abs(misses).mean()), gate.error),
            "mse": (squared, None),
            "rmse": (math.sqrt(squared), None),
            "r2": (1 - squared / spread if spread > 0 else 0.0, None),
        }
        return _document("regression_metrics", pairs.labels.size, values)
    said, true = pairs.predictions >= 0.5, pairs.labels > 0.5
    hits, alarms, misses = int((said & true).sum()), int((said & ~true).sum()), int((~said & true).sum())
    values = {
        "auc": (gate.value, gate.error),
        "accuracy": (float((said == true).mean()), None),
        "precision": (hits / max(1, hits + alarms), None),
        "recall": (hits / max(1, hits + misses), None),
        "f1": (2 * hits / max(1, 2 * hits + alarms + misses), None),
    }
    return _document("binary_classification_metrics", pairs.labels.size, values)


def constraints(workload: Workload, worse: str, allowed: float) -> Document:
    """`constraints.json` of SageMaker's model quality monitor: the tighter of the two limits."""
    gate = workload.gate
    tighter = max if gate.direction is Direction.MAXIMIZE else min
    section = "regression_constraints" if workload.task == "regression" else "binary_classification_constraints"
    name = "auc" if gate.metric == "roc_auc" else gate.metric
    limit = {"threshold": tighter(gate.threshold, allowed), "comparison_operator": worse}
    return {"version": 0.0, section: {name: limit}}


def _document(section: str, rows: int, values: dict[str, tuple[float, float | None]]) -> Document:
    found = {
        name: {"value": value, "standard_deviation": "NaN" if error is None else error}
        for name, (value, error) in values.items()
    }
    return {"version": 0.0, "dataset": {"item_count": int(rows)}, section: found}
