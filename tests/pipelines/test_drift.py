import json

import numpy
import pytest
from scipy.stats import ks_2samp

from pipelines import drift, workload

TUMOR = workload.load("tumor-screening").contract


@pytest.mark.parametrize(("size", "shift"), [(200, 0.0), (500, 0.1), (2000, 0.05), (300, 1.0)])
def test_the_test_is_scipys(size, shift):
    random = numpy.random.default_rng(size)
    first, second = random.normal(size=1000), random.normal(shift, 1, size)
    statistic, p_value = drift.kolmogorov_smirnov(first, second)
    known = ks_2samp(first, second, method="asymp")
    assert statistic == pytest.approx(known.statistic)
    assert p_value == pytest.approx(known.pvalue, abs=0.02)


def test_values_that_went_missing_are_a_shift():
    values = numpy.random.default_rng(1).normal(size=1000)
    gone = numpy.where(numpy.arange(1000) % 2 == 0, numpy.nan, values)
    assert drift.kolmogorov_smirnov(values, gone)[0] >= 0.45


def test_equal_samples_have_no_distance():
    assert drift.kolmogorov_smirnov(numpy.arange(50.0), numpy.arange(50.0)) == (0.0, 1.0)


def test_holm_stops_at_the_first_that_stands():
    p_values = {"a": 0.001, "b": 0.04, "c": 0.004, "d": 0.02}
    assert drift.holm(p_values, 0.01) == {"a"}
    assert drift.holm({"a": 0.001, "c": 0.003}, 0.01) == {"a", "c"}


def rows(count: int, shift: float, seed: int) -> dict[str, numpy.ndarray]:
    random = numpy.random.default_rng(seed)
    return {name: random.normal(shift, 1, count) for name in TUMOR.features}


def test_few_rows_conclude_nothing():
    assert drift.compare(TUMOR, rows(400, 0, 1), rows(99, 5, 2)) == {}


def test_a_certain_but_small_difference_is_no_drift():
    shifts = drift.compare(TUMOR, rows(200_000, 0, 1), rows(200_000, 0.05, 2))
    assert max(shift.p_value for shift in shifts.values()) < 1e-6
    assert not any(shift.drifted for shift in shifts.values())


def test_the_report_names_what_drifted():
    live = rows(200, 0, 2)
    live["mean_area"] = live["mean_area"] + 2
    report = json.loads(json.dumps(drift.report(200, drift.compare(TUMOR, rows(400, 0, 1), live))))
    assert report["drifted"] == ["mean_area"]
    assert set(report["features"]) == set(TUMOR.features)
    assert set(report["features"]["mean_area"]) == {"statistic", "p_value", "drifted"}
