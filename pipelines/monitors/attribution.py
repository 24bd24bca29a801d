"""Attribution drift: whether the model answers for other reasons than it did on the rows it was judged on.

Two looks at the mean absolute SHAP values. The normalised discounted cumulative gain of the features' order, as
SageMaker Clarify scores it, with its bound of 0.9. And each feature's share of the explanation, tested with Holm's
correction: the score alone says neither which feature moved nor whether few rows could have done it.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from contracts.metrics import Metric
from contracts.monitors import AttributionMonitor, Monitor
from contracts.workload import Workload
from pipelines.modelling import Columns, Model
from pipelines.monitors.corrections import holm
from pipelines.monitors.figures import Bars
from pipelines.monitors.findings import VERSION, Document, Finding, unknown, verdict
from pipelines.workload import Explain

METHOD = "tree_shap"
LABEL = "label0"
ROWS = 1000  # at most, explained: the shares of larger samples change in the third digit
MONITOR = Monitor.ATTRIBUTION


@dataclass(frozen=True)
class Explanation:
    """Mean absolute SHAP values and their shares' standard errors, by feature."""

    rows: int
    means: Mapping[str, float]
    errors: Mapping[str, float]

    @property
    def shares(self) -> dict[str, float]:
        total = sum(self.means.values()) or 1.0
        return {name: mean / total for name, mean in self.means.items()}


def document(found: Explanation | None) -> Document:
    """File.EXPLANATION, in the format of SageMaker Clarify's `analysis.json`; without explanations where None."""
    if found is None:
        return {"version": VERSION, "rows": 0, "explanations": {}}
    values = {"global_shap_values": dict(found.means), "share_errors": dict(found.errors)}
    return {"version": VERSION, "rows": found.rows, "explanations": {METHOD: {LABEL: values}}}


def parse(text: str) -> Explanation | None:
    """The inverse of `document`."""
    read = json.loads(text)
    if METHOD not in read["explanations"]:
        return None
    values = read["explanations"][METHOD][LABEL]
    return Explanation(read["rows"], values["global_shap_values"], values["share_errors"])


def explanation(features: Sequence[str], values: numpy.ndarray) -> Explanation:
    """Of SHAP values, rows by features. The errors are those of a ratio of means, by its linear terms."""
    absolute = numpy.abs(values.astype(float))
    means = absolute.mean(axis=0)
    total = float(means.sum()) or 1.0
    deviations = (absolute - absolute.sum(axis=1, keepdims=True) * (means / total)) / total
    errors = deviations.std(axis=0, ddof=1) / math.sqrt(len(values)) if len(values) > 1 else numpy.full(len(means), 1.0)
    return Explanation(
        len(values),
        dict(zip(features, means.tolist(), strict=True)),
        dict(zip(features, errors.tolist(), strict=True)),
    )


def of_model(workload: Workload, explain: Explain | None, model: Model, rows: Columns) -> Explanation | None:
    """Of the newest ROWS rows; None where the model cannot be explained, or there are no rows."""
    if explain is None or not len(next(iter(rows.values()))):
        return None
    features = tuple(workload.features)
    return explanation(features, explain(model, {name: rows[name][-ROWS:] for name in features}))


def ndcg(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    """The order of `now`, scored with the values of `before`, as a share of the best score; 1 is the same order."""

    def gain(order: Sequence[str]) -> float:
        return sum(before[name] / math.log2(place + 2) for place, name in enumerate(order))

    best = gain(sorted(before, key=lambda name: -before[name]))
    return gain(sorted(before, key=lambda name: -now[name])) / best if best > 0 else 1.0


def watch(bounds: AttributionMonitor, before: Explanation, now: Explanation) -> Finding:
    if now.rows < min(bounds.minimum_rows, ROWS):
        return unknown(MONITOR, f"{now.rows} rows; {bounds.minimum_rows} are needed", now.rows)
    score, old, new = ndcg(before.means, now.means), before.shares, now.shares
    normal = {name: _p_value(new[name] - old[name], before.errors[name], now.errors[name]) for name in old}
    certain = holm(normal, bounds.significance)
    moved = [name for name in old if name in certain and abs(new[name] - old[name]) >= bounds.share]
    if score < bounds.ndcg and not moved:
        # The order has turned by many small steps: the feature whose share moved most stands for them.
        moved = [max(old, key=lambda name: abs(new[name] - old[name]))] if certain else []
    violations: list[Document] = []
    if moved:
        text = f"Feature attribution score {score:.4f}, bound {bounds.ndcg:g}; shares moved: "
        text += ", ".join(f"{name} from {old[name]:.1%} to {new[name]:.1%}" for name in moved)
        violations.append(
            {
                "label": LABEL,
                "metric_name": METHOD,
                "constraint_check_type": "feature_attribution_drift_check",
                "description": text,
            }
        )
    names = sorted(old, key=lambda name: -max(old[name], new[name]))[:20]
    figure = Bars(
        "Share of the explanation by feature",
        tuple(names),
        tuple(old[name] for name in names),
        tuple(new[name] for name in names),
        f"order score (nDCG) {score:.4f}, bound {bounds.ndcg:g}",
    )
    reason = violations[0]["description"] if violations else f"order score {score:.4f}, no share has moved"
    analysis = {**document(now), "ndcg": score, "moved": moved}
    return Finding(
        MONITOR,
        verdict(violations),
        str(reason),
        now.rows,
        violations,
        {Metric.ATTRIBUTION_DRIFT: float(len(moved))},
        {"analysis.json": analysis, "baseline.json": document(before)},
        [figure],
    )


def _p_value(difference: float, first: float, second: float) -> float:
    """Two-sided, of a difference of two means with these standard errors."""
    error = math.hypot(first, second)
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    return math.erfc(abs(difference) / error / math.sqrt(2))
