import json

import numpy
import pytest
from pydantic import ValidationError

from contracts.monitors import BiasMonitor, Facet, Monitors
from contracts.workload import Workload
from pipelines import workload
from pipelines.monitors import bias
from pipelines.monitors.fairness import CLASS_KINDS, VALUE_KINDS, decisions, of_classes, of_values
from pipelines.monitors.findings import Status
from pipelines.monitors.labels import Labelled

ETA = workload.load("delivery-eta").contract
TUMOR = workload.load("tumor-screening").contract


def credit(bounds: dict[str, tuple[float, float]], **more: object) -> Workload:
    facets = {"young": Facet(column="mean_radius", below=25)}
    monitor = BiasMonitor.model_validate({"facets": facets, "bounds": bounds, **more})
    return TUMOR.model_copy(update={"monitors": Monitors(bias=monitor)})


def people(rows: int, young_share: float, seed: int = 1) -> Labelled:
    """Half are young; all deserve alike, the young are favoured at `young_share`, others at 0.5."""
    random = numpy.random.default_rng(seed)
    young = random.random(rows) < 0.5
    favoured = random.random(rows) < numpy.where(young, young_share, 0.5)
    labels = (random.random(rows) < 0.5).astype(float)
    age = numpy.where(young, 20.0, 40.0)
    return Labelled(dict.fromkeys(TUMOR.features, age), favoured * 0.8 + 0.1, labels, {})


def test_each_metric_is_its_definition():
    #            group: 3 right favours, 1 wrong favour, 2 wrong refusals, 4 right refusals; others: 6, 2, 1, 1
    cells = numpy.repeat([0, 1, 2, 3, 0, 1, 2, 3], [3, 1, 2, 4, 6, 2, 1, 1])
    member = numpy.arange(20) < 10
    found = {name: its.value for name, its in of_classes(cells, member, 0.95).items()}
    assert found == pytest.approx(
        {
            "disparate_impact": 0.4 / 0.8,
            "demographic_parity_difference": 0.4 - 0.8,
            "equal_opportunity_difference": 3 / 5 - 6 / 7,
            "average_odds_difference": (3 / 5 - 6 / 7 + 1 / 5 - 2 / 3) / 2,
            "predictive_parity_difference": 3 / 4 - 6 / 8,
            "accuracy_difference": 7 / 10 - 7 / 10,
            "treatment_equality": (2.5 / 1.5) / (1.5 / 2.5),
            "specificity_difference": 4 / 5 - 1 / 3,
        }
    )


def test_each_metric_of_values_is_its_definition():
    predictions, labels = numpy.array([10.0, 20.0, 10.0, 10.0]), numpy.array([12.0, 24.0, 9.0, 13.0])
    member = numpy.array([True, True, False, False])
    found = {name: its.value for name, its in of_values(predictions, labels, member, 0.95).items()}
    assert found == pytest.approx(
        {
            "prediction_ratio": 1.5,
            "prediction_difference": 5.0,
            "error_ratio": 1.5,
            "error_difference": 1.0,
            "residual_difference": 2.0,
            "underestimation_difference": 0.5,
            "squared_error_ratio": 2.0,
        }
    )


def test_the_favourable_class_may_be_the_lower_one():
    scores, labels = numpy.array([0.9, 0.1, 0.9, 0.1]), numpy.array([1.0, 0.0, 0.0, 1.0])
    assert decisions(scores, labels, 0.5, 1).tolist() == [0, 3, 1, 2]
    assert decisions(scores, labels, 0.5, 0).tolist() == [3, 0, 2, 1]


@pytest.mark.parametrize("kinds", [CLASS_KINDS, VALUE_KINDS])
def test_there_are_more_than_six_of_each(kinds):
    assert len(kinds) >= 7


def test_intervals_hold_the_true_value_as_often_as_they_say():
    held = 0
    for seed in range(100):
        one = people(400, 0.4, seed)
        cells = decisions(one.predictions, one.labels, 0.5, 1)
        its = of_classes(cells, one.rows["mean_radius"] < 25, 0.95)["disparate_impact"]
        held += its.low <= 0.8 <= its.high
    assert held >= 88


def test_a_group_that_is_refused_more_often_violates_its_bound():
    described = credit({"disparate_impact": (0.8, 1.25), "equal_opportunity_difference": (-0.1, 0.1)})
    found = bias.watch(described, people(2000, 0.25))
    assert [item["metric_name"] for item in found.violations] == ["disparate_impact", "equal_opportunity_difference"]
    assert found.violations[0]["constraint_check_type"] == "bias_drift_check"
    assert (found.violations[0]["facet"], found.violations[0]["facet_value"]) == ("young", "[, 25)")
    assert found.metrics == {"BiasViolations": 2.0}
    facets = json.loads(json.dumps(found.documents["analysis.json"], allow_nan=False))["post_training_bias_metrics"]
    metrics = facets["facets"]["young"][0]["metrics"]
    assert {item["metric"] for item in metrics} == set(CLASS_KINDS)
    assert {item["metric"]: item["name"] for item in metrics}["disparate_impact"] == "DI"


def test_what_few_rows_could_be_by_chance_is_no_violation():
    described = credit({"disparate_impact": (0.8, 1.25)})
    few = people(120, 0.38, seed=4)
    found = bias.watch(described, few)
    value = {item["metric"]: item["value"] for item in _metrics(found)}["disparate_impact"]
    assert value < 0.8
    assert found.status is Status.CLEAN


def _metrics(found):
    return found.documents["analysis.json"]["post_training_bias_metrics"]["facets"]["young"][0]["metrics"]


def test_clean_groups_rarely_alarm():
    described = credit({"disparate_impact": (0.95, 1.05), "accuracy_difference": (-0.01, 0.01)}, significance=0.05)
    alarms = sum(bias.watch(described, people(400, 0.5, seed)).status is Status.VIOLATED for seed in range(60))
    assert alarms <= 8


def test_too_small_a_group_concludes_nothing():
    found = bias.watch(credit({"disparate_impact": (0.8, 1.25)}), people(80, 0.1))
    assert (found.status, found.metrics) == (Status.INCONCLUSIVE, {})


@pytest.mark.parametrize(
    ("facet", "column", "expected"),
    [
        (Facet(column="x", levels=("rain", "snow")), numpy.array(["rain", None, "clear"], object), [1, 0, 0]),
        (Facet(column="x", levels=(1, 2)), numpy.array([1.0, numpy.nan, 3.0]), [1, 0, 0]),
        (Facet(column="x", at_least=2), numpy.array([1.0, 2.0, numpy.nan]), [0, 1, 0]),
        (Facet(column="x", at_least=1, below=2), numpy.array([1.0, 2.0, 0.5]), [1, 0, 0]),
    ],
)
def test_who_belongs_to_a_group(facet, column, expected):
    assert bias.member(facet, column).astype(int).tolist() == expected


def test_columns_that_no_request_has_are_looked_up():
    assert bias.columns(ETA) == ["weather"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"facets": {"a": {"column": "x"}}}, "a facet has either `levels`, or `at_least` or `below` or both"),
        ({"facets": {"a": {"column": "x", "below": 1}}}, "bias has facets and no `bounds`"),
        ({}, "bias needs `facets`, or `not_applicable` with the reason"),
        (
            {"facets": {"a": {"column": "x", "below": 1}}, "bounds": {"disparate_impact": (2, 1)}},
            "bounds of disparate_impact: 2 is not below 1",
        ),
    ],
)
def test_a_wrong_monitor_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        BiasMonitor.model_validate(given)


@pytest.mark.parametrize(
    ("facet", "bounds", "message"),
    [
        ({"column": "age", "below": 1}, {"error_ratio": (0.5, 2)}, "monitors.bias.facets.a: 'age' is no feature"),
        ({"column": "weather", "levels": ["rain"]}, {"disparate_impact": (0.8, 1)}, "is none of regression"),
    ],
)
def test_a_facet_must_be_a_column_and_a_bound_fit_the_task(facet, bounds, message):
    given = ETA.model_dump()
    given["monitors"]["bias"] = {"facets": {"a": facet}, "bounds": bounds}
    with pytest.raises(ValidationError, match=message):
        Workload.model_validate(given)
