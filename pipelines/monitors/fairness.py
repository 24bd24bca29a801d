"""Metrics of how a group fares beside all others, each with its confidence interval.

Classification: from the counts of right and wrong decisions. Regression: from predictions and residuals. Those that
SageMaker Clarify has bear its short name too (Developer Guide, Post-training data and model bias metrics).
Intervals come from a bootstrap within each side; those of ratios and of counts' quotients are on the logarithm.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy

RESAMPLES = 400  # give a standard error to about 4 percent
SEED = 11
TINY = 1e-12

Side = Mapping[str, numpy.ndarray]  # a number, or one for each resample


@dataclass(frozen=True)
class Kind:
    """`measure(group, others)`; where both fare alike, a ratio is 1 and a difference 0."""

    clarify: str
    text: str
    measure: Callable[[Side, Side], numpy.ndarray]
    ratio: bool = False


@dataclass(frozen=True)
class Measured:
    """A metric and its interval; NaN where a side lacks the rows that it is made of."""

    value: float
    low: float
    high: float


def _part(above: str, *below: str) -> Callable[[Side], numpy.ndarray]:
    def share(side: Side) -> numpy.ndarray:
        total = sum(side[name] for name in below)
        return numpy.divide(side[above], total, out=numpy.full(numpy.shape(total), numpy.nan), where=total > 0)

    return share


def _selected(side: Side) -> numpy.ndarray:
    return (side["tp"] + side["fp"]) / side["rows"]


_recall, _fall_out = _part("tp", "tp", "fn"), _part("fp", "fp", "tn")
_precision, _specificity = _part("tp", "tp", "fp"), _part("tn", "tn", "fp")


def _accuracy(side: Side) -> numpy.ndarray:
    return (side["tp"] + side["tn"]) / side["rows"]


def _misses_an_alarm(side: Side) -> numpy.ndarray:
    return (side["fn"] + 0.5) / (side["fp"] + 0.5)  # half a row each, so that a quotient always exists


def _difference(of: Callable[[Side], numpy.ndarray]) -> Callable[[Side, Side], numpy.ndarray]:
    return lambda group, others: of(group) - of(others)


def _ratio(of: Callable[[Side], numpy.ndarray]) -> Callable[[Side, Side], numpy.ndarray]:
    def quotient(group: Side, others: Side) -> numpy.ndarray:
        above, below = numpy.asarray(of(group), float), numpy.asarray(of(others), float)
        return numpy.divide(above, below, out=numpy.full(below.shape, numpy.nan), where=numpy.abs(below) > TINY)

    return quotient


def _odds(group: Side, others: Side) -> numpy.ndarray:
    return (_recall(group) - _recall(others) + _fall_out(group) - _fall_out(others)) / 2


CLASS_KINDS: dict[str, Kind] = {
    "disparate_impact": Kind("DI", "share of the favourable decision, as a ratio", _ratio(_selected), True),
    "demographic_parity_difference": Kind("DPPL", "share of the favourable decision", _difference(_selected)),
    "equal_opportunity_difference": Kind("RD", "recall of the favourable class", _difference(_recall)),
    "average_odds_difference": Kind("", "mean of the differences of recall and fall-out", _odds),
    "predictive_parity_difference": Kind(
        "DAR", "share of favourable decisions that are right", _difference(_precision)
    ),
    "accuracy_difference": Kind("AD", "share of right decisions", _difference(_accuracy)),
    "treatment_equality": Kind(
        "TE", "wrong refusals for each wrong favour, as a ratio", _ratio(_misses_an_alarm), True
    ),
    "specificity_difference": Kind("SD", "share of the unfavourable class that is refused", _difference(_specificity)),
}


def _mean(name: str) -> Callable[[Side], numpy.ndarray]:
    return lambda side: side[name]


VALUE_KINDS: dict[str, Kind] = {
    "prediction_ratio": Kind("", "mean prediction, as a ratio", _ratio(_mean("prediction")), True),
    "prediction_difference": Kind("", "mean prediction", _difference(_mean("prediction"))),
    "error_ratio": Kind("", "mean absolute error, as a ratio", _ratio(_mean("miss")), True),
    "error_difference": Kind("", "mean absolute error", _difference(_mean("miss"))),
    "residual_difference": Kind("", "mean of label less prediction", _difference(_mean("residual"))),
    "underestimation_difference": Kind("", "share of labels above the prediction", _difference(_mean("under"))),
    "squared_error_ratio": Kind("", "mean squared error, as a ratio", _ratio(_mean("square")), True),
}


def decisions(predictions: numpy.ndarray, labels: numpy.ndarray, decision: float, favourable: int) -> numpy.ndarray:
    """Each row's cell: 0 right favour, 1 wrong favour, 2 wrong refusal, 3 right refusal."""
    said = (predictions >= decision) == bool(favourable)
    true = (labels > 0.5) == bool(favourable)
    return numpy.select([said & true, said & ~true, ~said & true], [0, 1, 2], 3)


def of_classes(cells: numpy.ndarray, member: numpy.ndarray, confidence: float) -> dict[str, Measured]:
    """`member` is true for rows of the group. Resampling rows is drawing counts, so it costs next to nothing."""
    random = numpy.random.default_rng(SEED)
    sides: list[Side] = []
    for side in (cells[member], cells[~member]):
        counts = numpy.bincount(side, minlength=4)
        drawn = random.multinomial(side.size, counts / side.size, RESAMPLES)
        both = numpy.vstack([counts, drawn]).astype(float)
        sides.append({**dict(zip(("tp", "fp", "fn", "tn"), both.T, strict=True)), "rows": both.sum(axis=1)})
    return _measure(CLASS_KINDS, sides, confidence)


def of_values(
    predictions: numpy.ndarray, labels: numpy.ndarray, member: numpy.ndarray, confidence: float
) -> dict[str, Measured]:
    random = numpy.random.default_rng(SEED)
    sides: list[Side] = []
    for chosen in (member, ~member):
        residual = (labels - predictions)[chosen]
        each = numpy.stack([predictions[chosen], numpy.abs(residual), residual, residual > 0, residual**2])
        weights = random.multinomial(residual.size, numpy.full(residual.size, 1 / residual.size), RESAMPLES)
        means = numpy.vstack([each.mean(axis=1), weights @ each.T / residual.size])
        sides.append(dict(zip(("prediction", "miss", "residual", "under", "square"), means.T, strict=True)))
    return _measure(VALUE_KINDS, sides, confidence)


def _measure(kinds: Mapping[str, Kind], sides: list[Side], confidence: float) -> dict[str, Measured]:
    """The first place of each number is the sample itself, the others are resamples."""
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    return {name: _interval(kind, numpy.asarray(kind.measure(*sides), float), quantile) for name, kind in kinds.items()}


def _interval(kind: Kind, found: numpy.ndarray, quantile: float) -> Measured:
    value, drawn = float(found[0]), found[1:]
    if kind.ratio:
        # A logarithm needs what is above 0; a ratio of 0 has no interval, and settles nothing.
        drawn = numpy.log(drawn[drawn > 0])
        if not value > 0 or drawn.size < RESAMPLES // 2:
            return Measured(value, 0.0, numpy.inf)
        error = quantile * float(drawn.std(ddof=1))
        return Measured(value, value * float(numpy.exp(-error)), value * float(numpy.exp(error)))
    drawn = drawn[~numpy.isnan(drawn)]
    if math.isnan(value) or drawn.size < RESAMPLES // 2:
        return Measured(value, -numpy.inf, numpy.inf)
    error = quantile * float(drawn.std(ddof=1))
    return Measured(value, value - error, value + error)
