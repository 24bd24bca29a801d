import json

import numpy
import pytest

from contracts.metrics import business_metric
from contracts.monitors import BusinessMetric
from pipelines import workload
from pipelines.capture import Traffic
from pipelines.errors import JobError
from pipelines.monitors import business
from pipelines.monitors.findings import Status

ETA = workload.load("delivery-eta").contract


def traffic(predictions: list[float], items: list[float] | None = None) -> Traffic:
    count = len(predictions)
    rows = {name: numpy.zeros(count) for name in ETA.features}
    if items is not None:
        rows["items"] = numpy.array(items)
    return Traffic(rows, numpy.array(predictions), [None] * count, count, 0)


def counting(**metrics: dict):
    given = {name.replace("_", "-"): {"description": "said", "minimum_rows": 2, **its} for name, its in metrics.items()}
    business_metrics = {name: BusinessMetric.model_validate(its) for name, its in given.items()}
    return ETA.model_copy(update={"monitors": ETA.monitors.model_copy(update={"business": business_metrics})})


def test_a_metric_is_an_aggregate_over_questions_and_answers():
    described = counting(
        long={"sql": "avg(CASE WHEN prediction > 60 THEN 1 ELSE 0 END)", "above": 0.5},
        dishes={"sql": "sum(items) / count(*)", "below": 1, "unit": "count"},
    )
    found = business.watch(described, traffic([61, 62, 59, 70], items=[1, 2, 3, 4]))

    assert found.metrics == {"Business-dishes": 2.5, "Business-long": 0.75}
    assert found.status is Status.VIOLATED
    assert [each["description"] for each in found.violations] == ["said: 0.75 is above 0.5"]
    assert found.reason == "1 of 2 beyond their bounds: dishes 2.5, long 0.75"


def test_what_was_not_answered_does_not_count():
    described = counting(mean={"sql": "avg(prediction)", "below": 1})
    found = business.watch(described, traffic([10, float("nan"), 30]))

    assert (found.rows, found.metrics[business_metric("mean")]) == (2, 20)


def test_of_too_few_rows_nothing_is_said():
    described = counting(mean={"sql": "avg(prediction)", "below": 1})
    found = business.watch(described, traffic([10]))

    assert (found.status, found.metrics, found.reason) == (Status.INCONCLUSIVE, {}, "1 answered rows; 2 are needed")


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("prediction", "monitors.business.wrong.sql gives None in 2 rows; one number is needed"),
        ("avg(tips)", "monitors.business.wrong.sql: Binder Error"),
        ("max('a')", "monitors.business.wrong.sql gives 'a' in 1 rows"),
        ("sum(prediction) / 0 * 0", "monitors.business.wrong.sql gives"),
        ("(SELECT count(*) FROM read_csv('/etc/passwd'))", "monitors.business.wrong.sql: Permission Error"),
    ],
)
def test_an_expression_that_is_no_number_is_refused_with_its_name(sql, says):
    with pytest.raises(JobError) as error:
        business.watch(counting(wrong={"sql": sql, "above": 1}), traffic([1, 2]))
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        ({"sql": "1"}, "a business metric has one bound"),
        ({"sql": "1", "above": 1, "below": 0}, "a business metric has one bound"),
        ({"sql": "1; DROP TABLE traffic", "above": 1}, "sql is one expression"),
    ],
)
def test_a_metric_has_one_bound_and_one_expression(metric, says):
    with pytest.raises(ValueError, match=says):
        BusinessMetric.model_validate({"description": "d", **metric})


def test_the_value_can_be_written_into_the_report():
    described = counting(mean={"sql": "avg(prediction)", "above": 100})
    found = business.watch(described, traffic([10, 30]))

    assert json.loads(json.dumps(found.summary()))["metrics"] == {"Business-mean": 20.0}
