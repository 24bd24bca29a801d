"""Which of two releases that served side by side is the better one.

An A/B test splits requests between two variants, a shadow variant answers copies of the requests of the other. The
read-out may be looked at as often as one likes: its intervals are asymptotic confidence sequences, which hold at all
sample sizes at once (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas: "Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics 2024, theorem 2.2). They are wider than an interval that is looked at once.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy

from contracts.workload import Direction, Workload
from pipelines.errors import JobError
from pipelines.scores import SCORES

FAILURES = "failed_share"
LEAST_ROWS = 100  # labelled rows an arm, below which the normal approximation is not to be trusted
LEAST_REQUESTS = 100
LEAST_OF_A_CLASS = 30  # an arm: an area over one positive row is certain of nothing, whatever its spread says
TIGHTEST_AT = 2_000  # rows at which a confidence sequence is narrowest, beside an interval that is looked at once


@dataclass(frozen=True)
class Arm:
    """What one variant did: requests of clients (copies, for a shadow), those that failed, and the rows with a label.

    `labels` and `predictions` have a number a row, in the same order. In a shadow test both arms have the same rows.
    """

    name: str
    requests: int
    failed: int
    labels: numpy.ndarray
    predictions: numpy.ndarray


@dataclass(frozen=True)
class Effect:
    """What the challenger adds to the control's value, and the interval that holds it."""

    metric: str
    control: float
    challenger: float
    samples: tuple[int, int]
    effect: float
    low: float
    high: float


class Decision(StrEnum):
    CHALLENGER = "challenger"
    CONTROL = "control"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class ReadOut:
    """The effects that could be measured, and what to do. `confidence` is that of each interval."""

    confidence: float
    effects: tuple[Effect, ...]
    decision: Decision
    reason: str


def read_out(workload: Workload, control: Arm, challenger: Arm, *, paired: bool, confidence: float = 0.95) -> ReadOut:
    """Compares failures, and the gate's metric on the rows whose label is known by now.

    With `paired` the arms answered the same rows, as a shadow does. Raises JobError where they then have not.
    """
    if paired and not numpy.array_equal(control.labels, challenger.labels):
        raise JobError(f"{control.name} and {challenger.name} were to answer the same rows, and did not")
    alpha = 1 - confidence
    effects = []
    if min(control.requests, challenger.requests) >= LEAST_REQUESTS:
        effects.append(_failures(control, challenger, alpha))
    if min(control.labels.size, challenger.labels.size) >= LEAST_ROWS and _measurable(workload, control, challenger):
        effects.append(_quality(workload, control, challenger, paired, alpha))
    decision, reason = _decide(workload, control, challenger, {effect.metric: effect for effect in effects})
    return ReadOut(confidence, tuple(effects), decision, reason)


def _decide(workload: Workload, control: Arm, challenger: Arm, effects: dict[str, Effect]) -> tuple[Decision, str]:
    failures, quality = effects.get(FAILURES), effects.get(workload.gate.metric)
    if failures is not None and failures.low > 0:
        return (
            Decision.CONTROL,
            f"{challenger.name} fails more often: {failures.challenger:.2%} against {failures.control:.2%}",
        )
    if quality is None:
        rows = min(control.labels.size, challenger.labels.size)
        if rows >= LEAST_ROWS:
            needed = (
                f"finite predictions, and for an area {LEAST_OF_A_CLASS} rows of each class, are needed in each arm"
            )
            return Decision.UNDECIDED, f"{rows} rows of the smaller arm have labels; {needed}"
        return Decision.UNDECIDED, f"{rows} rows of the smaller arm have labels; at least {LEAST_ROWS} are needed"
    better = quality.effect if workload.gate.direction is Direction.MAXIMIZE else -quality.effect
    matters = workload.gate.champion_tolerance * abs(quality.control)
    told = f"{quality.metric} {quality.challenger:.4g} against {quality.control:.4g}"
    if quality.low > 0 or quality.high < 0:
        if better > 0:
            return Decision.CHALLENGER, f"{challenger.name} is better: {told}"
        return Decision.CONTROL, f"{challenger.name} is worse: {told}"
    if max(abs(quality.low), abs(quality.high)) <= matters:
        return Decision.CONTROL, f"no difference that matters ({matters:.3g}): {told}"
    return (
        Decision.UNDECIDED,
        f"{told}; the interval {quality.low:.3g} to {quality.high:.3g} holds both 0 and more than {matters:.3g}",
    )


def _failures(control: Arm, challenger: Arm, alpha: float) -> Effect:
    arms = (control, challenger)
    shares = [min(1.0, arm.failed / arm.requests) for arm in arms]  # the two counts arrive one after the other
    # Half a failure more and half a success more: a share of 0 is not certain to be 0.
    smoothed = [(min(arm.failed, arm.requests) + 0.5) / (arm.requests + 1) for arm in arms]
    variance = sum(share * (1 - share) / arm.requests for share, arm in zip(smoothed, arms, strict=True))
    return _effect(FAILURES, shares[0], shares[1], (control.requests, challenger.requests), variance, alpha)


def _measurable(workload: Workload, control: Arm, challenger: Arm) -> bool:
    """Predictions are numbers, and a ROC AUC has rows enough of both classes."""
    arms = (control, challenger)
    if not all(numpy.isfinite(arm.predictions).all() for arm in arms):
        return False
    positives = [int((arm.labels > 0.5).sum()) for arm in arms]
    return workload.gate.metric != "roc_auc" or all(
        min(count, arm.labels.size - count) >= LEAST_OF_A_CLASS for count, arm in zip(positives, arms, strict=True)
    )


def _quality(workload: Workload, control: Arm, challenger: Arm, paired: bool, alpha: float) -> Effect:
    metric = workload.gate.metric
    values = [SCORES[metric](arm.labels, arm.predictions) for arm in (control, challenger)]
    parts = [_influence(metric, arm) for arm in (control, challenger)]
    variance = _variance(parts[1] - parts[0]) if paired else sum(map(_variance, parts))
    sizes = (control.labels.size, challenger.labels.size)
    return _effect(metric, values[0], values[1], sizes, variance, alpha)


def _influence(metric: str, arm: Arm) -> numpy.ndarray:
    """What each row adds to the metric, centred; the metric's variance is that of their mean."""
    if metric == "mae":
        losses = numpy.abs(arm.labels - arm.predictions)
        return losses - losses.mean()
    # DeLong, DeLong, Clarke-Pearson 1988: a positive row's share of the negatives below it, and the reverse.
    positive = arm.labels > 0.5
    above, below = numpy.sort(arm.predictions[positive]), numpy.sort(arm.predictions[~positive])
    found = numpy.empty(arm.labels.size)
    found[positive] = _share_below(below, arm.predictions[positive])
    found[~positive] = 1 - _share_below(above, arm.predictions[~positive])
    area = found[positive].mean()
    weights = numpy.where(positive, arm.labels.size / above.size, arm.labels.size / below.size)
    return (found - area) * weights


def _share_below(ordered: numpy.ndarray, values: numpy.ndarray) -> numpy.ndarray:
    """For each value the share of `ordered` below it; ties count half."""
    places = numpy.searchsorted(ordered, values, "left") + numpy.searchsorted(ordered, values, "right")
    return places / (2 * ordered.size)


def _variance(parts: numpy.ndarray) -> float:
    """Of the mean of `parts`."""
    return float((parts**2).sum() / (parts.size - 1) / parts.size)


def _effect(
    metric: str, control: float, challenger: float, samples: tuple[int, int], variance: float, alpha: float
) -> Effect:
    effect = challenger - control
    half = math.sqrt(variance) * _width(min(samples), alpha)
    return Effect(metric, control, challenger, samples, effect, effect - half, effect + half)


def _width(rows: int, alpha: float) -> float:
    """Half the width of the confidence sequence after `rows` rows, in standard errors."""
    rho = (-2 * math.log(alpha) + math.log(-2 * math.log(alpha)) + 1) / TIGHTEST_AT  # the square of the paper's rho
    scale = rows * rho
    return math.sqrt(2 * (scale + 1) / scale * math.log(math.sqrt(scale + 1) / alpha))
