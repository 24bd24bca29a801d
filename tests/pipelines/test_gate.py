import numpy
import pytest

from pipelines import gate, workload

ETA = workload.load("delivery-eta").contract  # mae at most 5, a gain of 0.3 over the baseline, 0.02 worse than champion
TUMOR = workload.load("tumor-screening").contract


@pytest.mark.parametrize(
    ("value", "baseline", "champion", "margin", "message"),
    [
        (4.0, 8.0, None, 0.2, "delivery-eta: the gate is met"),
        (5.0, 8.0, None, 0.0, "delivery-eta: the gate is met"),
        (5.5, 20.0, None, -0.1, "delivery-eta: mae is 5.5; the gate asks for at most 5"),
        (4.0, 5.0, None, -0.1, "a gain of 0.2; the gate asks for 0.3"),
        (4.0, 8.0, 4.0, 0.02, "the gate is met"),
        (4.0, 8.0, 3.2, -0.23, "the served release's 3.2"),
    ],
)
def test_the_worst_condition_decides(value, baseline, champion, margin, message):
    found = gate.judge(ETA, value, baseline, champion)
    assert found["margin"] == pytest.approx(margin)
    assert found["passed"] is (margin >= 0)
    assert message in str(found["message"])


def test_a_higher_roc_auc_is_better():
    assert gate.judge(TUMOR, 0.99, 0.5, None)["passed"] is True
    assert gate.judge(TUMOR, 0.94, 0.5, None)["passed"] is False


def test_the_naive_baseline_of_a_missing_history_is_the_mean_label():
    rows = {"delivery_minutes": numpy.array([30.0, 40.0]), "restaurant_minutes_7d": numpy.array([numpy.nan, 36.0])}
    assert gate.naive(ETA, rows, mean_label=33.0) == pytest.approx((3 + 4) / 2)


def test_the_naive_roc_auc_is_chance():
    assert gate.naive(TUMOR, {"malignant": numpy.array([0.0, 1.0])}, 0.4) == 0.5
