import json

import numpy
import pytest
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error, precision_score, r2_score, recall_score

from pipelines import workload
from pipelines.monitors import performance
from pipelines.monitors.findings import Status
from pipelines.monitors.labels import Pairs

ETA = workload.load("delivery-eta").contract
TUMOR = workload.load("tumor-screening").contract


def orders(error: float, rows: int = 400, seed: int = 1) -> Pairs:
    """Mean absolute error `error`, about."""
    random = numpy.random.default_rng(seed)
    predictions = random.gamma(9, 4, rows)
    return Pairs(predictions, predictions + random.normal(0, error / 0.7979, rows))


def tumours(noise: float, rows: int = 400, seed: int = 1) -> Pairs:
    random = numpy.random.default_rng(seed)
    labels = (random.random(rows) < 0.4).astype(float)
    return Pairs(1 / (1 + numpy.exp(-(labels * 4 - 2 + random.normal(0, noise, rows)))), labels)


@pytest.mark.parametrize(
    ("live", "checks"),
    [
        (orders(3.0, seed=2), []),
        (orders(4.4), ["the held-out"]),
        (orders(8.0), ["the gate's threshold", "the held-out"]),
        (orders(5.3, rows=200), ["the held-out"]),  # above the threshold, but not for certain
    ],
)
def test_a_metric_violates_where_it_is_certainly_worse(live, checks):
    found = performance.watch(ETA, orders(3.0, rows=3000, seed=9), live)
    assert [item["constraint_check_type"] for item in found.violations] == ["GreaterThanThreshold"] * len(checks)
    assert all(check in str(item["description"]) for check, item in zip(checks, found.violations, strict=True))
    assert found.metrics == {"ModelQualityViolations": float(len(checks))}


def test_a_worse_ranking_violates_the_lower_bound():
    found = performance.watch(TUMOR, tumours(1.0, rows=2000), tumours(6.0, seed=3))
    assert {item["constraint_check_type"] for item in found.violations} == {"LessThanThreshold"}
    document = json.loads(json.dumps(found.documents["constraints.json"]))
    assert document["binary_classification_constraints"]["auc"] == {
        "threshold": pytest.approx(0.95, abs=0.05),
        "comparison_operator": "LessThanThreshold",
    }


def test_rows_of_one_class_conclude_nothing():
    live = Pairs(numpy.linspace(0, 1, 200), numpy.zeros(200))
    found = performance.watch(TUMOR, tumours(1.0), live)
    assert (found.status, found.metrics) == (Status.INCONCLUSIVE, {})


def test_de_longs_error_is_that_of_repeated_samples():
    pairs = [tumours(3.0, rows=300, seed=seed) for seed in range(200)]
    seen = numpy.std([performance.estimate("roc_auc", one).value for one in pairs])
    assert performance.estimate("roc_auc", pairs[0]).error == pytest.approx(seen, rel=0.25)


def test_the_statistics_are_scikit_learns():
    pairs = orders(4.0)
    found = json.loads(json.dumps(performance.watch(ETA, pairs, pairs).documents["statistics.json"]))
    values = {name: its["value"] for name, its in found["regression_metrics"].items()}
    assert found["dataset"]["item_count"] == 400
    assert values["mse"] == pytest.approx(mean_squared_error(pairs.labels, pairs.predictions))
    assert values["r2"] == pytest.approx(r2_score(pairs.labels, pairs.predictions))
    pairs = tumours(4.0)
    said = pairs.predictions >= 0.5
    found = json.loads(json.dumps(performance.watch(TUMOR, pairs, pairs).documents["statistics.json"]))
    for name, score in {
        "accuracy": accuracy_score,
        "precision": precision_score,
        "recall": recall_score,
        "f1": f1_score,
    }.items():
        assert found["binary_classification_metrics"][name]["value"] == pytest.approx(score(pairs.labels, said))
