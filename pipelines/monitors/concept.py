"""Concept drift: whether the label still follows from the features as it did on the rows that were held out.

Not by comparing errors as such: where requests have become harder the errors grow, and nothing need have changed in
what a request means. Rows are compared with held-out rows of like predictions, in strata of all predictions, so that a
change of the requests alone does not count. In each stratum two things may move: where the label lies beside the
prediction, and how far from it. A permutation within strata tells how likely as large a move is without any change;
it asks nothing of the errors' distribution, which for probabilities near 0 and 1 is far from normal. Differences are
taken in their standard errors, so that errors that only spread are not taken for labels that moved (Chung and Romano
2013, "Exact and asymptotically robust permutation tests").
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy

from contracts.metrics import Metric
from contracts.monitors import LabelMonitor, Monitor
from pipelines.monitors import figures
from pipelines.monitors.corrections import holm
from pipelines.monitors.findings import Document, Finding, unknown, verdict
from pipelines.monitors.labels import Pairs

MONITOR = Monitor.CONCEPT
STRATA = 10
ROWS_A_STRATUM = 20
MOST_ROWS = 4000  # of each side; more cost time and change nothing
PERMUTATIONS = 2000
ENOUGH = 20  # exceedances after which no verdict can change (Besag and Clifford 1991)
BATCH = 50
SEED = 5
FLOOR, TINY = 0.05, 1e-12  # least variance of a part of a stratum, as a share of the whole stratum's
LOCATION, SIZE = "location", "size"
Permuted = Callable[[numpy.random.Generator], numpy.ndarray]
TEXTS = {LOCATION: "labels lie elsewhere beside like predictions", SIZE: "labels lie otherwise far from predictions"}


@dataclass(frozen=True)
class Moved:
    """How far a mean moved at like predictions, in held-out errors, and the chance of as much without change.

    `rows` are the live rows that have held-out rows of like predictions.
    """

    effect: float
    p_value: float
    rows: int


def watch(bounds: LabelMonitor, before: Pairs, now: Pairs) -> Finding:
    count = int(now.labels.size)
    if count < bounds.minimum_rows:
        return unknown(MONITOR, f"{count} labelled rows; {bounds.minimum_rows} are needed", count)
    moved = compare(_thinned(before), _thinned(now))
    compared = min(found.rows for found in moved.values())
    if compared < min(bounds.minimum_rows, MOST_ROWS):
        return unknown(MONITOR, f"only {compared} labelled rows have predictions like held-out ones", count)
    certain = holm({name: found.p_value for name, found in moved.items()}, bounds.significance)
    drifted = [name for name, found in moved.items() if name in certain and found.effect >= bounds.effect]
    reason = "; ".join(
        f"{name} moved by {found.effect:.3f} held-out errors, bound {bounds.effect:g}, p {found.p_value:.2g}"
        for name, found in moved.items()
    )
    violations: list[Document] = [
        {
            "metric_name": name,
            "constraint_check_type": "concept_drift_check",
            "description": f"{TEXTS[name]}: by {moved[name].effect:.3f} of the held-out mean absolute error",
        }
        for name in drifted
    ]
    residuals = [side.labels - side.predictions for side in (before, now)]
    return Finding(
        MONITOR,
        verdict(violations),
        reason,
        count,
        violations,
        {Metric.CONCEPT_DRIFT: float(bool(drifted))},
        {"analysis.json": {name: {"effect": f.effect, "p_value": f.p_value} for name, f in moved.items()}},
        [figures.histogram("Label less prediction: held-out rows and live traffic", *residuals)],
    )


def compare(before: Pairs, now: Pairs) -> dict[str, Moved]:
    """Both looks: at the residuals, and at their sizes."""
    strata = max(1, min(STRATA, min(before.labels.size, now.labels.size) // ROWS_A_STRATUM))
    both = numpy.concatenate([before.predictions, now.predictions])
    edges = numpy.unique(numpy.quantile(both, numpy.arange(1, strata) / strata))
    places = [numpy.searchsorted(edges, side.predictions, side="left") for side in (before, now)]
    residuals = [side.labels - side.predictions for side in (before, now)]
    unit = float(numpy.abs(residuals[0]).mean()) or 1.0
    return {
        name: _moved([shape(values) / unit for values in residuals], places)
        for name, shape in ((LOCATION, numpy.asarray), (SIZE, numpy.abs))
    }


def _moved(values: list[numpy.ndarray], places: list[numpy.ndarray]) -> Moved:
    """Strata without rows of both sides say nothing and are left out."""
    together, place = numpy.concatenate(values), numpy.concatenate(places)
    live = numpy.concatenate([numpy.zeros(values[0].size), numpy.ones(values[1].size)])
    order = numpy.argsort(place, kind="stable")
    together, place, live = together[order], place[order], live[order]
    starts = numpy.concatenate([[0], numpy.flatnonzero(numpy.diff(place)) + 1])
    ends = numpy.append(starts[1:], place.size)
    sizes, lives = ends - starts, numpy.add.reduceat(live, starts)
    counts = lives.astype(int).tolist()
    usable = (lives > 0) & (lives < sizes)
    if not usable.any():
        return Moved(0.0, 1.0, 0)
    lives, rests = lives[usable], (sizes - lives)[usable]
    sums, squares = numpy.add.reduceat(together, starts), numpy.add.reduceat(together**2, starts)
    floor = FLOOR * numpy.maximum(squares / sizes - (sums / sizes) ** 2, TINY)[usable]

    def compared(live_sums: numpy.ndarray, live_squares: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
        """The difference of the means in each usable stratum, and its variance; the last axis are the strata."""
        first, first_squares = live_sums[..., usable], live_squares[..., usable]
        second, second_squares = (sums - live_sums)[..., usable], (squares - live_squares)[..., usable]
        spread = _variance(first, first_squares, lives, floor) / lives
        spread = spread + _variance(second, second_squares, rests, floor) / rests
        return first / lives - second / rests, spread

    def permuted(random: numpy.random.Generator) -> numpy.ndarray:
        drawn = numpy.zeros((2, BATCH, starts.size))
        for at in numpy.flatnonzero(usable).tolist():
            block = numpy.tile(together[starts[at] : ends[at]], (BATCH, 1))
            chosen = random.permuted(block, axis=1)[:, : counts[at]]
            drawn[:, :, at] = chosen.sum(axis=1), (chosen**2).sum(axis=1)
        differences, spread = compared(*drawn)
        return (differences**2 / spread).sum(axis=1)

    difference, spread = compared(
        numpy.add.reduceat(together * live, starts), numpy.add.reduceat(together**2 * live, starts)
    )
    # What the strata's differences come to by chance is taken off, or few rows would look like a large move.
    square = float(((difference**2 - spread) * lives).sum() / lives.sum())
    return Moved(
        math.sqrt(max(0.0, square)), _p_value(float((difference**2 / spread).sum()), permuted), int(lives.sum())
    )


def _variance(sums: numpy.ndarray, squares: numpy.ndarray, count: numpy.ndarray, floor: numpy.ndarray) -> numpy.ndarray:
    """Of samples, by their sums; not below `floor`, so that a stratum of equal labels has no endless weight."""
    return numpy.maximum((squares - sums**2 / count) / numpy.maximum(count - 1, 1), floor)


def _p_value(seen: float, permuted: Permuted) -> float:
    """Of a permutation test, never 0 (Phipson and Smyth 2010); stopped where it cannot become small any more."""
    random = numpy.random.default_rng(SEED)
    exceeded = drawn = 0
    while drawn < PERMUTATIONS and exceeded < ENOUGH:
        exceeded += int((permuted(random) >= seen * (1 - 1e-12)).sum())
        drawn += BATCH
    return (exceeded + 1) / (drawn + 1)


def _thinned(pairs: Pairs) -> Pairs:
    """At most MOST_ROWS, evenly over time."""
    if pairs.labels.size <= MOST_ROWS:
        return pairs
    kept = numpy.linspace(0, pairs.labels.size - 1, MOST_ROWS).astype(int)
    return Pairs(pairs.predictions[kept], pairs.labels[kept])
