import json

import numpy

from pipelines import workload
from pipelines.monitors import data, drift

TUMOR = workload.load("tumor-screening").contract


def rows(count: int, shift: float, seed: int) -> dict[str, numpy.ndarray]:
    random = numpy.random.default_rng(seed)
    return {name: random.normal(shift, 1, count) for name in TUMOR.features}


def test_few_rows_conclude_nothing():
    assert data.look(TUMOR, None, rows(400, 0, 1), rows(99, 5, 2)).shifts == {}


def test_a_certain_but_small_difference_is_no_drift():
    shifts = data.look(TUMOR, None, rows(200_000, 0, 1), rows(200_000, 0.05, 2)).shifts
    assert max(shift.p_value for shift in shifts.values()) < 1e-6
    assert not any(shift.drifted for shift in shifts.values())


def test_the_report_names_what_drifted():
    live = rows(200, 0, 2)
    live["mean_area"] = live["mean_area"] + 2
    report = json.loads(json.dumps(drift.report(200, data.look(TUMOR, None, rows(400, 0, 1), live).shifts)))
    assert report["drifted"] == ["mean_area"]
    assert set(report["features"]) == set(TUMOR.features)
    found = report["features"]["mean_area"]
    assert set(found) == {"statistic", "p_value", "drifted", "distances"}
    assert set(found["distances"]) == {"kolmogorov_smirnov", "population_stability_index", "jensen_shannon"}
    assert all(set(its) == {"value", "threshold"} for its in found["distances"].values())
