"""The stated rates, over seeds: how often clean samples alarm, and whether stated shifts are caught."""

import numpy
import pytest

from contracts.monitors import DriftMonitor
from pipelines.monitors import drift, samples
from pipelines.monitors.drift import Shift

RATE = 0.05
# Next to nothing counts as large, so that what is tested is how certain a verdict is.
STRICT = DriftMonitor(significance=RATE, effect=1e-6, psi=1e-6, minimum_rows=20)
SHARES = {2: [0.9, 0.1], 4: [0.7, 0.2, 0.07, 0.03], 30: numpy.random.default_rng(3).dirichlet(numpy.full(30, 0.5))}


def column(random: numpy.random.Generator, kind: int, count: int) -> samples.Sample:
    """Five kinds take turns: bell, skew, whole numbers, a few levels, many levels."""
    if kind == 0:
        return samples.numbers(random.normal(size=count))
    if kind == 1:
        return samples.numbers(random.lognormal(size=count))
    if kind == 2:
        return samples.numbers(random.poisson(1.8, count).astype(float))
    shares = SHARES[4 if kind == 3 else 30]
    return samples.levels_of(samples.numbers(random.choice(len(shares), count, p=shares)))


def run(seed: int, baseline: int, live: int, features: int) -> dict[str, Shift]:
    random = numpy.random.default_rng((seed, baseline, live, features))
    tested = {
        str(place): drift.examine(STRICT, column(random, place % 5, baseline), column(random, place % 5, live))
        for place in range(features)
    }
    return drift.verdicts(RATE, tested)


@pytest.mark.parametrize("live", [30, 100, 500, 2000])
@pytest.mark.parametrize(("features", "seeds"), [(5, 100), (50, 15), (200, 5)])
def test_runs_without_a_change_alarm_at_most_at_the_stated_rate(live, features, seeds):
    alarms = sum(any(shift.drifted for shift in run(seed, 2000, live, features).values()) for seed in range(seeds))
    # What a fair draw at the stated rate stays under, but for one in a thousand.
    limit = numpy.random.default_rng(1).binomial(seeds, RATE, 20_000)
    assert alarms <= numpy.quantile(limit, 0.999)


def moved(kind: str, random: numpy.random.Generator, count: int) -> samples.Sample:
    if kind == "middle":
        return samples.numbers(random.normal(0.6, 1, count))
    if kind == "spread":  # the middle stays: Kolmogorov-Smirnov's distance is 0.12 at most
        return samples.numbers(random.normal(0, 2, count))
    if kind == "missing":
        return samples.numbers(numpy.where(random.random(count) < 0.25, numpy.nan, random.normal(size=count)))
    return samples.levels_of(samples.numbers(random.choice(4, count, p=[0.5, 0.2, 0.07, 0.23])))


@pytest.mark.parametrize("kind", ["middle", "spread", "missing", "levels"])
@pytest.mark.parametrize("features", [5, 200])
def test_a_stated_shift_of_one_feature_is_caught_among_many(kind, features):
    bounds = DriftMonitor()
    caught = 0
    for seed in range(20):
        random = numpy.random.default_rng((seed, features))
        plain = column(random, 3 if kind == "levels" else 0, 2000)
        tested = {"moved": drift.examine(bounds, plain, moved(kind, random, 300))}
        steady = drift.examine(bounds, column(random, 0, 2000), column(random, 0, 300))
        tested |= {str(place): steady for place in range(features - 1)}
        caught += drift.verdicts(bounds.significance, tested)["moved"].drifted
    assert caught >= 19
