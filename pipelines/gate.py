"""Whether a candidate may be registered."""

from dataclasses import dataclass

import numpy

from contracts.workload import Direction, Workload
from pipelines.modelling import Columns
from pipelines.scores import SCORES, gain

CHANCE = 0.5  # ROC AUC of any estimate that is the same for all rows


@dataclass(frozen=True)
class Margin:
    """How far a condition is exceeded, as a share of what it asks for; negative where it is not met."""

    margin: float
    message: str


def naive(workload: Workload, rows: Columns, mean_label: float) -> float:
    """The gate's metric of the naive baseline: a feature that is itself an estimate, or the mean label.

    Where the feature is missing, the mean label stands in.
    """
    labels = rows[workload.data.label]
    if workload.gate.baseline is None and workload.gate.metric == "roc_auc":
        return CHANCE
    guesses = numpy.full(labels.size, mean_label)
    if workload.gate.baseline is not None:
        feature = rows[workload.gate.baseline]
        guesses = numpy.where(numpy.isnan(feature), mean_label, feature)
    return SCORES[workload.gate.metric](labels, guesses)


def judge(workload: Workload, value: float, baseline: float, champion: float | None) -> dict[str, object]:
    """The `gate` of File.EVALUATION. `margin` is that of the condition that is met worst; 0 or more passes."""
    gate = workload.gate
    up = gate.direction is Direction.MAXIMIZE
    scale = abs(gate.threshold) or 1.0
    won = gain(workload, value, baseline)
    bound = "at least" if up else "at most"
    margins = [
        Margin(
            (value - gate.threshold if up else gate.threshold - value) / scale,
            f"{gate.metric} is {value:.6g}; the gate asks for {bound} {gate.threshold:g}",
        ),
        Margin(
            won - gate.baseline_gain,
            f"{gate.metric} is {value:.6g}, the naive baseline's {baseline:.6g}: a gain of {won:.3g}; "
            f"the gate asks for {gate.baseline_gain:g}",
        ),
    ]
    if champion is not None:
        lost = (champion - value if up else value - champion) / (abs(champion) or 1.0)
        margins.append(
            Margin(
                gate.champion_tolerance - lost,
                f"{gate.metric} is {value:.6g}, the served release's {champion:.6g}: worse by more than the share "
                f"{gate.champion_tolerance:g} that the gate tolerates",
            )
        )
    worst = min(margins, key=lambda found: found.margin)
    return {
        "metric": gate.metric,
        "direction": gate.direction.value,
        "value": value,
        "threshold": gate.threshold,
        "gain": won,
        "baseline_gain": gate.baseline_gain,
        "margin": worst.margin,
        "passed": worst.margin >= 0,
        "message": f"{workload.name}: " + ("the gate is met" if worst.margin >= 0 else worst.message),
    }
