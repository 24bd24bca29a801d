import numpy
import pytest
from sklearn.metrics import mean_absolute_error, roc_auc_score

from pipelines import workload
from pipelines.errors import JobError
from pipelines.scores import gain, mae, roc_auc

RANDOM = numpy.random.default_rng(1)


@pytest.mark.parametrize("digits", [0, 1, 8])
def test_roc_auc_is_scikit_learns_with_and_without_ties(digits):
    labels = RANDOM.integers(0, 2, 500)
    values = (labels + RANDOM.normal(0, 1, 500)).round(digits)
    assert roc_auc(labels, values) == pytest.approx(roc_auc_score(labels, values), abs=1e-12)


def test_mae_is_scikit_learns():
    labels, values = RANDOM.normal(size=100), RANDOM.normal(size=100)
    assert mae(labels, values) == pytest.approx(mean_absolute_error(labels, values))


def test_one_class_has_no_roc_auc():
    with pytest.raises(JobError, match="one class only"):
        roc_auc(numpy.ones(5), numpy.arange(5.0))


@pytest.mark.parametrize(
    ("name", "value", "other", "expected"),
    [
        ("delivery-eta", 3.0, 6.0, 0.5),
        ("delivery-eta", 6.0, 3.0, -1.0),
        ("tumor-screening", 0.9, 0.5, 0.8),
        ("tumor-screening", 0.5, 0.5, 0.0),
    ],
)
def test_gain_is_the_share_of_the_error_that_went_away(name, value, other, expected):
    assert gain(workload.load(name).contract, value, other) == pytest.approx(expected)
