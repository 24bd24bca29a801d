"""Whether live rows still look like the rows that a model learned from.

Numbers: a two-sample Kolmogorov-Smirnov test, and a test of homogeneity over the baseline's quantiles, which sees
what moves mass without moving the middle. Categories: the test of homogeneity over their levels. Holm's correction
over all features keeps the chance of any false alarm in a run at `significance`. What is certain must also be large,
because with many rows every difference is certain: a distance must exceed its bound by more than a sample of this
size shows by itself.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from contracts.monitors import DriftMonitor
from contracts.workload import Workload
from pipelines.modelling import Columns
from pipelines.monitors import distances, samples
from pipelines.monitors.corrections import any_of, holm
from pipelines.monitors.distances import Table
from pipelines.monitors.samples import Numbers, Sample


@dataclass(frozen=True)
class Distance:
    """A distance of two distributions, and from where on it is drift for samples of this size."""

    value: float
    threshold: float

    @property
    def exceeded(self) -> bool:
        return self.value >= self.threshold


@dataclass(frozen=True)
class Shift:
    """What was found of one column.

    `statistic` is the KS distance of numbers, or the largest change of a category's share (0 to 1); `p_value` the
    chance of such samples without drift, over all tests of this column, not yet corrected for other columns.
    """

    statistic: float
    p_value: float
    drifted: bool
    distances: Mapping[str, Distance] = field(default_factory=dict)


@dataclass(frozen=True)
class Tested:
    p_value: float
    distances: dict[str, Distance]

    @property
    def large(self) -> bool:
        return any(distance.exceeded for distance in self.distances.values())


def watched(workload: Workload) -> list[str]:
    return [name for name, feature in workload.features.items() if feature.drift]


def examine_feature(workload: Workload, name: str, baseline: Columns, live: Numbers) -> Tested:
    """One feature of the workload against its baseline."""
    before = samples.numbers(baseline[name])
    if workload.features[name].categorical:
        return examine(workload.drift, samples.levels_of(before), samples.levels_of(live))
    return examine(workload.drift, before, live)


def examine(bounds: DriftMonitor, baseline: Sample, live: Sample) -> Tested:
    """Both tests and all distances of one column. The first distance is the one whose bound is `bounds.effect`."""
    cells = distances.table(baseline, live)
    changed = distances.homogeneity(cells)
    if isinstance(baseline, Numbers) and isinstance(live, Numbers):
        statistic, moved = distances.kolmogorov_smirnov(baseline, live)
        main, p_value = {"kolmogorov_smirnov": Distance(statistic, bounds.effect)}, any_of(moved, changed)
    else:
        main, p_value = {"l_infinity": Distance(distances.largest_change(cells), bounds.effect)}, changed
    return Tested(p_value, {**main, **_divergences(bounds, cells)})


def _divergences(bounds: DriftMonitor, cells: Table) -> dict[str, Distance]:
    """PSI and Jensen-Shannon: by their second-order terms, psi = 8 ln(2) js^2, so that one bound serves both."""
    threshold = bounds.psi + cells.noise
    return {
        "population_stability_index": Distance(distances.psi(cells), threshold),
        "jensen_shannon": Distance(distances.jensen_shannon(cells), min(1.0, math.sqrt(threshold / (8 * math.log(2))))),
    }


def verdicts(significance: float, tested: Mapping[str, Tested]) -> dict[str, Shift]:
    certain = holm({name: found.p_value for name, found in tested.items()}, significance)
    return {
        name: Shift(
            next(iter(found.distances.values())).value, found.p_value, name in certain and found.large, found.distances
        )
        for name, found in tested.items()
    }


def report(rows: int, shifts: Mapping[str, Shift]) -> dict[str, object]:
    """File.DRIFT."""
    return {
        "rows": rows,
        "features": {name: asdict(shift) for name, shift in shifts.items()},
        "drifted": [name for name, shift in shifts.items() if shift.drifted],
    }
