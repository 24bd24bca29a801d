import numpy
import pytest
from sklearn.datasets import load_breast_cancer

from pipelines import workload

TUMOR = workload.load("tumor-screening")


def test_the_rows_are_those_of_scikit_learn():
    table = TUMOR.data.rows({})
    real = load_breast_cancer()
    order = table["sample_id"].to_numpy()
    for name, column in zip(TUMOR.contract.features, real.data.T, strict=True):
        assert numpy.array_equal(table[name].to_numpy(), column[order]), name
    assert numpy.array_equal(table["malignant"].to_numpy(), 1 - real.target[order])


def test_feature_names_are_those_of_scikit_learn():
    real = [name.replace(" ", "_") for name in load_breast_cancer().feature_names]
    ours = [
        name.replace("error_", "") + "_error" if name.startswith("error_") else name for name in TUMOR.contract.features
    ]
    assert ours == real


def test_the_assigned_times_are_the_same_in_every_run():
    table = TUMOR.data.rows({})
    assert str(table["sampled_at"][0]) == "2026-01-05 00:00:00"
    assert str(table["diagnosed_at"][0]) == "2026-01-07 00:00:00"
    assert str(table["arrived_at"][-1]) == "2026-02-23 09:00:00"
    assert table == TUMOR.data.rows({})


def test_shuffled_labels_are_the_same_labels_elsewhere():
    real, shuffled = (
        TUMOR.data.rows({})["malignant"].to_numpy(),
        TUMOR.data.rows({"shuffle_labels": 1})["malignant"].to_numpy(),
    )
    assert real.sum() == shuffled.sum() == 212
    assert (real != shuffled).sum() > 100


def test_an_unknown_option_is_refused():
    with pytest.raises(ValueError, match="Extra inputs are not permitted"):
        TUMOR.data.rows({"rows": 3})
