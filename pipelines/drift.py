"""Whether live rows still look like the rows that a model learned from.

A two-sample Kolmogorov-Smirnov test per watched feature. Holm's correction keeps the chance of any false alarm in a
run at `significance`; a least distance (`effect`) keeps a difference that is certain but too small to matter from
alarming, which with many rows every difference is. A change in how often a feature is missing is tested as one more
value: missing rows sort below all others.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy

from contracts.workload import Workload
from pipelines.modelling import Columns


@dataclass(frozen=True)
class Shift:
    """The distance of two distributions (0 to 1), the chance of as large a one without drift, the verdict."""

    statistic: float
    p_value: float
    drifted: bool


def watched(workload: Workload) -> list[str]:
    return [name for name, feature in workload.features.items() if feature.drift]


def compare(workload: Workload, baseline: Columns, live: Columns) -> dict[str, Shift]:
    """The shift of each watched feature; none has drifted where there are fewer than `minimum_rows` live rows."""
    names = watched(workload)
    if not names or len(live[names[0]]) < workload.drift.minimum_rows:
        return {}
    tested = {name: kolmogorov_smirnov(baseline[name], live[name]) for name in names}
    certain = holm({name: p_value for name, (_, p_value) in tested.items()}, workload.drift.significance)
    return {
        name: Shift(statistic, p_value, name in certain and statistic >= workload.drift.effect)
        for name, (statistic, p_value) in tested.items()
    }


def report(rows: int, shifts: Mapping[str, Shift]) -> dict[str, object]:
    """File.DRIFT."""
    return {
        "rows": rows,
        "features": {name: asdict(shift) for name, shift in shifts.items()},
        "drifted": [name for name, shift in shifts.items() if shift.drifted],
    }


def kolmogorov_smirnov(first: numpy.ndarray, second: numpy.ndarray) -> tuple[float, float]:
    """Largest distance of the two empirical distributions, and its two-sided p-value by Kolmogorov's limit.

    The limit is what `scipy.stats.ks_2samp(method="asymp")` refines; SciPy's statistics take 1.6 s to import.
    With ties, as whole numbers have, the test is conservative.
    """
    one, two = (numpy.sort(numpy.where(numpy.isnan(values), -numpy.inf, values)) for values in (first, second))
    points = numpy.concatenate([one, two])
    steps = numpy.searchsorted(one, points, side="right") / one.size
    others = numpy.searchsorted(two, points, side="right") / two.size
    statistic = float(numpy.abs(steps - others).max())
    effective = one.size * two.size / (one.size + two.size)
    return statistic, _kolmogorov(statistic * float(numpy.sqrt(effective)))


def holm(p_values: Mapping[str, float], significance: float) -> set[str]:
    """Names whose hypothesis falls, with the chance of any wrong one kept at `significance` (Holm 1979)."""
    fallen: set[str] = set()
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        if p_values[name] > significance / (len(p_values) - rank):
            break
        fallen.add(name)
    return fallen


def _kolmogorov(value: float) -> float:
    """Survival function of Kolmogorov's distribution."""
    if value < 0.2:  # the series does not settle there, and the chance is 1 to twelve digits
        return 1.0
    terms = numpy.arange(1, 101)
    return float(min(1.0, max(0.0, 2 * numpy.sum((-1.0) ** (terms - 1) * numpy.exp(-2 * (terms * value) ** 2)))))
