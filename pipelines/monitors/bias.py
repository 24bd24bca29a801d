"""Bias on delayed labels: whether the groups that a workload names fare like everybody else.

Which groups, and how unlike they may fare, is the workload's to say; where its data tells no groups apart, it says
that instead, and nothing is invented. A metric alarms where its whole confidence interval lies outside its bounds.
"""

import numpy

from contracts.metrics import Metric
from contracts.monitors import BiasMonitor, Facet, Monitor
from contracts.workload import Workload
from pipelines.monitors.fairness import CLASS_KINDS, VALUE_KINDS, Kind, Measured, decisions, of_classes, of_values
from pipelines.monitors.figures import Figure, Interval, Intervals
from pipelines.monitors.findings import VERSION, Document, Finding, unknown, verdict
from pipelines.monitors.labels import Labelled

MONITOR = Monitor.BIAS
CHECK = "bias_drift_check"


def columns(workload: Workload) -> list[str]:
    """Columns of the data contract that facets need and requests do not have."""
    facets = workload.monitors.bias.facets.values()
    return sorted({facet.column for facet in facets} - workload.features.keys())


def member(facet: Facet, column: numpy.ndarray) -> numpy.ndarray:
    """Whether each row belongs to the group; a row without a value does not."""
    if facet.levels:
        if column.dtype.kind == "O":
            wanted = set(map(str, facet.levels))
            return numpy.array([value is not None and str(value) in wanted for value in column.tolist()], dtype=bool)
        return numpy.isin(column, [level for level in facet.levels if not isinstance(level, str)])
    low = facet.at_least if facet.at_least is not None else -numpy.inf
    high = facet.below if facet.below is not None else numpy.inf
    values = column.astype(float)
    return (values >= low) & (values < high)


def watch(workload: Workload, labelled: Labelled) -> Finding:
    bounds, count = workload.monitors.bias, int(labelled.labels.size)
    known = {**labelled.rows, **labelled.columns}
    # Rows that lack the column belong to neither side.
    present = {name: _present(known[facet.column]) for name, facet in bounds.facets.items()}
    members = {name: member(facet, known[facet.column]) for name, facet in bounds.facets.items()}
    enough = [
        name
        for name, inside in members.items()
        if min((inside & present[name]).sum(), (~inside & present[name]).sum()) >= bounds.minimum_rows
    ]
    if not enough:
        return unknown(MONITOR, f"{count} labelled rows; each group and its others need {bounds.minimum_rows}", count)
    confidence = 1 - bounds.significance / (len(bounds.bounds) * len(enough))
    measured = {name: _measured(workload, labelled, members[name], present[name], confidence) for name in enough}
    violations = [document for name, metrics in measured.items() for document in _violations(bounds, name, metrics)]
    sizes = ", ".join(f"{name} {int((members[name] & present[name]).sum())} rows" for name in enough)
    left = [name for name in bounds.facets if name not in enough]
    reason = f"{sizes} of {count}" + (f"; too few rows to judge {', '.join(left)}" if left else "")
    return Finding(
        MONITOR,
        verdict(violations),
        reason,
        count,
        violations,
        {Metric.BIAS_VIOLATIONS: float(len(violations))},
        {"analysis.json": _analysis(workload, measured)},
        [_figure(bounds, name, metrics) for name, metrics in measured.items()],
    )


def _present(column: numpy.ndarray) -> numpy.ndarray:
    if column.dtype.kind == "O":
        return numpy.array([value is not None for value in column.tolist()], dtype=bool)
    return ~numpy.isnan(column)


def _measured(
    workload: Workload, labelled: Labelled, inside: numpy.ndarray, present: numpy.ndarray, confidence: float
) -> dict[str, Measured]:
    predictions, labels, inside = labelled.predictions[present], labelled.labels[present], inside[present]
    bounds = workload.monitors.bias
    if workload.task == "regression":
        return of_values(predictions, labels, inside, confidence)
    return of_classes(decisions(predictions, labels, bounds.decision, bounds.favourable), inside, confidence)


def kinds(workload: Workload) -> dict[str, Kind]:
    return dict(VALUE_KINDS) if workload.task == "regression" else dict(CLASS_KINDS)


def _violations(bounds: BiasMonitor, facet: str, metrics: dict[str, Measured]) -> list[Document]:
    found: list[Document] = []
    for name, (least, most) in bounds.bounds.items():
        measured = metrics[name]
        if measured.high < least or measured.low > most:
            text = (
                f"{name} of {facet} is {measured.value:.4g}, between {measured.low:.4g} and {measured.high:.4g}; "
                f"allowed is {least:g} to {most:g}"
            )
            found.append(
                {
                    "facet": facet,
                    "facet_value": _shown(bounds.facets[facet]),
                    "metric_name": name,
                    "constraint_check_type": CHECK,
                    "description": text,
                }
            )
    return found


def _shown(facet: Facet) -> str:
    if facet.levels:
        return ", ".join(map(str, facet.levels))
    low = "" if facet.at_least is None else f"{facet.at_least:g}"
    return f"[{low}, {'' if facet.below is None else f'{facet.below:g}'})"


def _analysis(workload: Workload, measured: dict[str, dict[str, Measured]]) -> Document:
    """In the format of SageMaker Clarify's `analysis.json`, with our intervals."""
    described, facets = kinds(workload), workload.monitors.bias.facets
    found = {
        name: [
            {
                "value_or_threshold": _shown(facets[name]),
                "metrics": [
                    {
                        "name": described[metric].clarify or metric,
                        "metric": metric,
                        "description": described[metric].text,
                        "value": _number(its.value),
                        "interval": [_number(its.low), _number(its.high)],
                    }
                    for metric, its in metrics.items()
                ],
            }
        ]
        for name, metrics in measured.items()
    }
    return {
        "version": VERSION,
        "post_training_bias_metrics": {"label": workload.data.label, "facets": found},
    }


def _number(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return value if numpy.isfinite(value) else None


def _figure(bounds: BiasMonitor, facet: str, metrics: dict[str, Measured]) -> Figure:
    infinite = (-numpy.inf, numpy.inf)
    rows = [
        Interval(name, its.value, its.low, its.high, *bounds.bounds.get(name, infinite))
        for name, its in metrics.items()
        if numpy.isfinite(its.value)
    ]
    return Intervals(f"{facet}: against all others", tuple(rows), f"rows with {_shown(bounds.facets[facet])}")
