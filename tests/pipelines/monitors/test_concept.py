import numpy
import pytest

from contracts.monitors import LabelMonitor, Monitor
from pipelines.monitors import concept
from pipelines.monitors.findings import Status
from pipelines.monitors.labels import Pairs

BOUNDS = LabelMonitor()


def regression(seed: int, rows: int, harder: float = 0.0, slope: float = 1.0, noise: float = 3.0) -> Pairs:
    """Predictions of a model that is right on average; `harder` requests have larger predictions."""
    random = numpy.random.default_rng(seed)
    predictions = random.gamma(9, 4, rows) * (1 + harder)
    return Pairs(predictions, predictions * slope + random.normal(0, noise, rows))


def classification(seed: int, rows: int, flipped: float = 0.0) -> Pairs:
    random = numpy.random.default_rng(seed)
    chances = random.beta(0.2, 0.4, rows)
    labels = random.random(rows) < chances
    return Pairs(chances, (labels ^ (random.random(rows) < flipped)).astype(float))


@pytest.mark.parametrize(("kind", "rows"), [(regression, 100), (regression, 1500), (classification, 100)])
def test_without_a_change_few_runs_are_certain(kind, rows):
    seeds = 40
    certain = sum(
        min(found.p_value for found in concept.compare(kind(seed, 1500), kind(seed + 1000, rows)).values()) <= 0.025
        for seed in range(seeds)
    )
    assert certain <= 7  # of 40 at a rate of 5 percent, all but one time in a thousand


def test_harder_requests_are_no_concept_drift():
    found = concept.watch(BOUNDS, regression(1, 2000), regression(2, 1000, harder=0.3))
    assert found.status is Status.CLEAN


@pytest.mark.parametrize(
    ("live", "metrics"),
    [
        (regression(2, 500, slope=1.15), ["location", "size"]),
        (regression(2, 500, noise=6.0), ["size"]),
        (classification(2, 500, flipped=0.2), ["location", "size"]),
    ],
)
def test_labels_that_follow_otherwise_are_concept_drift(live, metrics):
    held = classification(1, 2000) if live.predictions.max() <= 1 else regression(1, 2000)
    found = concept.watch(BOUNDS, held, live)
    assert found.status is Status.VIOLATED
    assert [item["metric_name"] for item in found.violations] == metrics
    assert found.metrics == {"ConceptDrift": 1.0}


def test_few_labels_conclude_nothing():
    found = concept.watch(BOUNDS, regression(1, 500), regression(2, 99, slope=2))
    assert (found.status, found.metrics) == (Status.INCONCLUSIVE, {})
    assert found.reason == "99 labelled rows; 100 are needed"


def test_strata_without_rows_of_both_sides_say_nothing():
    apart = Pairs(numpy.arange(100.0) + 1000, numpy.zeros(100))
    found = concept.watch(BOUNDS, Pairs(numpy.arange(100.0), numpy.arange(100.0)), apart)
    assert (found.status, found.metrics) == (Status.INCONCLUSIVE, {})
    assert found.reason == "only 20 labelled rows have predictions like held-out ones"


def test_the_verdict_is_the_same_each_time():
    pairs = regression(1, 500), regression(2, 300, slope=1.05)
    assert concept.compare(*pairs) == concept.compare(*pairs)
    assert concept.MONITOR is Monitor.CONCEPT
