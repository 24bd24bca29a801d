"""How far two samples are apart, and how likely that is without any change.

Plain NumPy: SciPy's statistics take 1.6 s to import, in every run of every monitor. Tests compare each with SciPy's.
"""

import math
from dataclasses import dataclass

import numpy

from pipelines.monitors.samples import Levels, Numbers, Sample

MOST_BINS = 10
ROWS_A_BIN = 10  # at least, in the smaller sample
COARSE = 4096  # values at which two distributions are first compared
LEAST_EXPECTED = 5.0  # of the chi-square approximation, in each cell (Cochran 1954)


@dataclass(frozen=True)
class Table:
    """Rows of two samples in the same cells."""

    first: numpy.ndarray
    second: numpy.ndarray

    @property
    def noise(self) -> float:
        """What the squared distance is expected to be without any change: its mean under chi-square's limit."""
        degrees = max(0, int(((self.first + self.second) > 0).sum()) - 1)
        return degrees * (1 / max(1, self.first.sum()) + 1 / max(1, self.second.sum()))


def table(first: Sample, second: Sample) -> Table:
    """Numbers by the first's quantiles, levels by name; rows without a value are a cell of their own."""
    if isinstance(first, Numbers) and isinstance(second, Numbers):
        return _binned(first, second)
    if isinstance(first, Levels) and isinstance(second, Levels):
        names = list(dict.fromkeys([*first.counts, *second.counts]))
        rows = [[sample.counts.get(name, 0) for name in names] + [sample.missing] for sample in (first, second)]
        return _without_empty(numpy.array(rows[0], dtype=float), numpy.array(rows[1], dtype=float))
    raise TypeError("a sample of numbers and one of levels have no distance")


def _binned(first: Numbers, second: Numbers) -> Table:
    bins = max(2, min(MOST_BINS, min(first.size, second.size) // ROWS_A_BIN))
    edges = quantiles(first, bins)
    rows = []
    for sample in (first, second):
        ends = numpy.searchsorted(sample.values, edges, side="right")
        inside = numpy.diff(numpy.concatenate([[0], ends, [sample.values.size]]))
        rows.append(numpy.append(inside, sample.missing).astype(float))
    return _without_empty(*rows)


def quantiles(sample: Numbers, bins: int) -> numpy.ndarray:
    """The values, each once, that part the sample into `bins` as equal as its ties allow."""
    if not sample.values.size:
        return numpy.empty(0)
    places = numpy.ceil(numpy.arange(1, bins) * sample.values.size / bins).astype(int) - 1
    return numpy.unique(sample.values[numpy.clip(places, 0, None)])


def _without_empty(first: numpy.ndarray, second: numpy.ndarray) -> Table:
    kept = (first + second) > 0
    return Table(first[kept], second[kept])


def psi(cells: Table) -> float:
    """Population stability index: the sum of (q - p) ln(q / p). Half a row is added to each cell, so none is empty."""
    p, q = _shares(cells.first, 0.5), _shares(cells.second, 0.5)
    return float(((q - p) * numpy.log(q / p)).sum())


def jensen_shannon(cells: Table) -> float:
    """Jensen-Shannon distance, base 2: the root of the divergence; from 0 to 1."""
    p, q = _shares(cells.first), _shares(cells.second)
    middle = (p + q) / 2
    divergence = sum(
        float((part[part > 0] * numpy.log2(part[part > 0] / middle[part > 0])).sum()) / 2 for part in (p, q)
    )
    return math.sqrt(max(0.0, divergence))


def largest_change(cells: Table) -> float:
    """The largest change of a cell's share: the distance that SageMaker Model Monitor calls LInfinity."""
    if not cells.first.size:
        return 0.0
    return float(numpy.abs(_shares(cells.first) - _shares(cells.second)).max())


def homogeneity(cells: Table) -> float:
    """The chance of cells as unlike as these without a change; 1 where there are too few rows to tell.

    Cells with fewer than five rows expected in either sample are joined. Of Pearson's statistic and the likelihood
    ratio (G) the one that says less is taken: the former alarms too often for rare cells that grow, the latter for
    rare cells that vanish.
    """
    joined = _joined(cells)
    count = joined.first.size
    if count < 2:
        return 1.0
    seen = numpy.stack([joined.first, joined.second])
    expected = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0) / seen.sum()
    pearson = float(((seen - expected) ** 2 / expected).sum())
    likelihood = 2 * float((seen[seen > 0] * numpy.log(seen[seen > 0] / expected[seen > 0])).sum())
    return max(chi_square(pearson, count - 1), chi_square(likelihood, count - 1))


def _joined(cells: Table) -> Table:
    """Rare cells added up, from the rarest on, until each joint cell is expected often enough."""
    together = cells.first + cells.second
    total, smaller = together.sum(), min(cells.first.sum(), cells.second.sum())
    if not smaller:
        return Table(numpy.empty(0), numpy.empty(0))
    least = LEAST_EXPECTED * total / smaller
    order = numpy.argsort(together, kind="stable")
    sums = numpy.cumsum(together[order])
    rare = int((together[order] < least).sum())
    if rare:
        rare = max(rare, int(numpy.searchsorted(sums, least)) + 1)
    first, second = cells.first[order], cells.second[order]
    parts = [(side[:rare].sum(), side[rare:]) for side in (first, second)]
    joint = [numpy.concatenate([[head], tail]) if rare else tail for head, tail in parts]
    return Table(joint[0], joint[1])


def kolmogorov_smirnov(first: Numbers, second: Numbers) -> tuple[float, float]:
    """Largest distance of the two empirical distributions, and its two-sided p-value by Kolmogorov's limit.

    The limit is what `scipy.stats.ks_2samp(method="asymp")` refines. With ties, as whole numbers have, and with few
    rows, the test is conservative. Rows without a value sort below all others, so that a change in them counts.
    """
    if not first.size or not second.size:
        return 0.0, 1.0
    one, two = (first, second) if first.values.size >= second.values.size else (second, first)
    statistic = abs(one.missing / one.size - two.missing / two.size)
    if two.values.size:
        # The distance is largest at a value of either sample, or just before one; the fewer suffice for both.
        coarse = numpy.unique(numpy.linspace(0, two.values.size - 1, min(COARSE, two.values.size)).astype(int))
        statistic = max(statistic, _largest_at(one, two, coarse))
        between = _open_places(one, two, coarse, statistic)
        if between.size:
            statistic = max(statistic, _largest_at(one, two, between))
    effective = one.size * two.size / (one.size + two.size)
    return statistic, kolmogorov(statistic * math.sqrt(effective))


def _largest_at(one: Numbers, two: Numbers, places: numpy.ndarray) -> float:
    """The largest distance at, or just before, these values of `two`; at ties, the last or first of them counts."""
    values = two.values[places]
    right = numpy.searchsorted(one.values, values, side="right")
    tied = bool((one.values[numpy.maximum(right - 1, 0)] == values).any())
    left = numpy.searchsorted(one.values, values, side="left") if tied else right
    above = (two.missing + places + 1) / two.size - (one.missing + right) / one.size
    below = (one.missing + left) / one.size - (two.missing + places) / two.size
    return max(float(above.max()), float(below.max()))


def _open_places(one: Numbers, two: Numbers, coarse: numpy.ndarray, reached: float) -> numpy.ndarray:
    """Places between the coarse ones where the distance could still exceed what is reached.

    Between two values each distribution stays between what it is at either, which bounds their distance. With a
    million rows, this leaves a few percent of them to look up.
    """
    values = two.values[coarse]
    right = numpy.searchsorted(one.values, values, side="right")
    left = numpy.searchsorted(one.values, values, side="left")
    above = (two.missing + coarse[1:] + 1) / two.size - (one.missing + right[:-1]) / one.size
    below = (one.missing + left[1:]) / one.size - (two.missing + coarse[:-1]) / two.size
    hopeful = numpy.flatnonzero(numpy.maximum(above, below) > reached)
    spans = [numpy.arange(coarse[at] + 1, coarse[at + 1]) for at in hopeful.tolist()]
    return numpy.concatenate(spans) if spans else numpy.empty(0, dtype=int)


def kolmogorov(value: float) -> float:
    """Survival function of Kolmogorov's distribution."""
    if value < 0.2:  # the series does not settle there, and the chance is 1 to twelve digits
        return 1.0
    terms = numpy.arange(1, 101)
    return float(min(1.0, max(0.0, 2 * numpy.sum((-1.0) ** (terms - 1) * numpy.exp(-2 * (terms * value) ** 2)))))


def chi_square(value: float, degrees: int) -> float:
    """Survival function of the chi-square distribution with a whole number of degrees of freedom.

    The finite sums of Abramowitz and Stegun, 26.4.4 and 26.4.5.
    """
    if value <= 0:
        return 1.0
    half = value / 2
    odd = degrees % 2
    term = math.exp(-half) * (math.sqrt(half) / math.gamma(1.5) if odd else 1.0)
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    for place in range(degrees // 2):
        total += term
        term *= half / (place + (1.5 if odd else 1.0))
    return min(1.0, total)


def _shares(counts: numpy.ndarray, added: float = 0.0) -> numpy.ndarray:
    return (counts + added) / max(1e-300, float(counts.sum()) + added * counts.size)
