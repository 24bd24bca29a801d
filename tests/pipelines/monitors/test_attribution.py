import numpy
import pytest

from contracts.monitors import AttributionMonitor
from pipelines import modelling, workload
from pipelines.explaining import explain
from pipelines.monitors import attribution
from pipelines.monitors.attribution import Explanation
from pipelines.monitors.findings import Status

BOUNDS = AttributionMonitor()
# The example of SageMaker's Developer Guide, "Feature attribution drift for models in production".
COLLEGE = {"SAT": 0.70, "GPA": 0.50, "rank": 0.05}
REVERSED = {"SAT": 0.10, "GPA": 0.20, "rank": 0.70}


def values(seed: int, scales: list[float], rows: int = 500) -> numpy.ndarray:
    return numpy.random.default_rng(seed).normal(0, scales, (rows, len(scales)))


def test_the_score_weighs_the_live_order_with_the_trained_values():
    best = 0.70 / 1 + 0.50 / numpy.log2(3) + 0.05 / 2
    turned = 0.05 / 1 + 0.50 / numpy.log2(3) + 0.70 / 2
    assert attribution.ndcg(COLLEGE, REVERSED) == pytest.approx(turned / best)
    assert attribution.ndcg(COLLEGE, COLLEGE) == 1.0


def watched(scales: list[float], rows: int = 500):
    before = attribution.explanation("abc", values(1, [1.0, 0.5, 0.1]))
    return attribution.watch(BOUNDS, before, attribution.explanation("abc", values(2, scales, rows)))


def test_like_reasons_are_no_drift():
    found = watched([1.0, 0.5, 0.1])
    assert (found.status, found.metrics) == (Status.CLEAN, {"AttributionDriftedFeatures": 0.0})


def test_reasons_that_moved_are_named_and_counted():
    found = watched([0.1, 0.5, 1.0])
    assert found.metrics == {"AttributionDriftedFeatures": 2.0}
    (violation,) = found.violations
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert found.documents["analysis.json"]["moved"] == ["a", "c"]


def test_few_rows_conclude_nothing():
    found = watched([0.1, 0.5, 1.0], rows=99)
    assert (found.status, found.metrics) == (Status.INCONCLUSIVE, {})


def test_the_shares_errors_are_those_of_repeated_samples():
    shares = [attribution.explanation("abc", values(seed, [1.0, 0.5, 0.1])).shares["a"] for seed in range(300)]
    error = attribution.explanation("abc", values(1, [1.0, 0.5, 0.1])).errors["a"]
    assert error == pytest.approx(numpy.std(shares), rel=0.2)


def test_a_document_is_read_as_it_was_written():
    import json

    found = Explanation(3, {"a": 1.0}, {"a": 0.1})
    assert attribution.parse(json.dumps(attribution.document(found))) == found
    assert attribution.parse(json.dumps(attribution.document(None))) is None


def test_shap_values_add_up_to_the_prediction():
    eta = workload.load("delivery-eta").contract
    random = numpy.random.default_rng(1)
    rows = {name: random.normal(size=300) for name in eta.features}
    label = 3 * rows["distance_km"] + rows["items"]
    model = modelling.train(eta, {**rows, eta.data.label: label}, {"rounds": 20}, "s")
    shap, predictions = explain(model, rows), modelling.predict(model, rows)
    rest = predictions - shap.sum(axis=1)
    assert shap.shape == (300, len(eta.features))
    assert rest == pytest.approx(numpy.full(300, rest[0]), abs=1e-3)
    shares = attribution.explanation(list(eta.features), shap).shares
    assert max(shares, key=lambda name: shares[name]) == "distance_km"
