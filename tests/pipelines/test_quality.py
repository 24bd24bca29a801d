import json
from typing import Any

import numpy

from pipelines import quality
from pipelines.monitors import data
from tests.pipelines.test_contract import WORKLOAD

BASELINE = {"size": numpy.array([0.0, 1.0, 2.0, 5.0])}


def found(values):
    constraints = quality.constraints(WORKLOAD, BASELINE)
    looked = data.look(WORKLOAD, constraints, BASELINE, {"size": numpy.array(values)})
    return [(item["constraint_check_type"], item["description"]) for item in looked.violations]


def statistics_of(sizes: list[float]) -> dict[str, Any]:
    """The statistics of the one feature, as whoever reads the file finds them."""
    (feature,) = json.loads(json.dumps(quality.statistics(WORKLOAD, {"size": numpy.array(sizes)})))["features"]
    return feature


def test_statistics_count_what_is_there_and_what_is_not():
    feature = statistics_of([1.0, 3.0, numpy.nan])
    numbers = feature["numerical_statistics"]
    assert feature["inferred_type"] == "Fractional"
    assert numbers["common"] == {"num_present": 2, "num_missing": 1}
    assert (numbers["mean"], numbers["sum"], numbers["std_dev"], numbers["min"], numbers["max"]) == (
        2.0,
        4.0,
        1.0,
        1.0,
        3.0,
    )
    assert sum(bucket["count"] for bucket in numbers["distribution"]["kll"]["buckets"]) == 2


def test_statistics_of_nothing_have_no_numbers():
    feature = statistics_of([])
    assert feature["numerical_statistics"] == {"common": {"num_present": 0, "num_missing": 0}}


def test_the_baseline_does_not_violate_itself():
    assert found(BASELINE["size"]) == []


def test_missing_values_violate_completeness():
    assert found([1.0, numpy.nan]) == [("completeness_check", "Data is 50.00% complete, the baseline 100.00%")]


def test_a_negative_value_where_there_was_none_and_out_of_bounds():
    assert [kind for kind, _ in found([-1.0])] == ["non_negative_check", "bounds_check"]


def test_a_value_beyond_the_contract():
    assert found([11.0]) == [("bounds_check", "0 values are below 0.0 and 1 above 10.0, the bounds of the contract")]


def test_a_level_that_the_baseline_lacks():
    features = {"size": WORKLOAD.features["size"].model_copy(update={"categorical": True})}
    described = WORKLOAD.model_copy(update={"features": features})
    baseline = {"size": numpy.array([0.0, 1.0, 1.0])}
    constraints = quality.constraints(described, baseline)
    assert json.loads(json.dumps(constraints))["features"][0]["string_constraints"] == {"domains": ["0", "1"]}

    def levels(share: float) -> list[str]:
        rows = {"size": numpy.where(numpy.arange(1000) < 1000 * share, 2.0, 1.0)}
        looked = data.look(described, constraints, baseline, rows)
        return [str(item["constraint_check_type"]) for item in looked.violations]

    assert levels(0.005) == []
    assert levels(0.02) == ["categorical_values_check"]
