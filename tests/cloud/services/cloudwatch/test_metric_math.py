"""Metric math, without a cloud: series by period of 60 seconds."""

import pytest

from estate.cloud.services.cloudwatch.metric_math import compute
from estate.cloud.services.cloudwatch.metric_values import Band, MathError, Scope, Value

ERRORS = {0: 1.0, 1: 0.0, 2: 4.0}
CALLS = {0: 10.0, 1: 0.0, 2: 20.0, 3: 5.0}


def answer(expression: str) -> Value | Band:
    values: dict[str, Value] = {"errors_a": ERRORS, "calls": CALLS, "e1": 2.0}
    return compute(expression, Scope(values, ["errors_a", "calls"], 60, range(5)))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("errors_a / calls * 100", {0: 10.0, 2: 20.0}),
        ("100 * (1 - errors_a/calls)", {0: 90.0, 2: 80.0}),
        ("-errors_a + 1e1", {0: 9.0, 1: 10.0, 2: 6.0}),
        ("errors_a ^ 2", {0: 1.0, 1: 0.0, 2: 16.0}),
        ("errors_a > 0 AND calls >= 20", {0: 0.0, 1: 0.0, 2: 1.0}),
        ("errors_a == 0 || calls == 20", {0: 0.0, 1: 1.0, 2: 1.0}),
        ("IF(calls > 6, errors_a, 7)", {0: 1.0, 1: 7.0, 2: 4.0, 3: 7.0}),
        ("IF(calls > 6, errors_a)", {0: 1.0, 2: 4.0}),
        ("IF(e1 > 1, errors_a, calls)", ERRORS),
        ("FILL(errors_a, 0)", {0: 1.0, 1: 0.0, 2: 4.0, 3: 0.0, 4: 0.0}),
        ("FILL(errors_a, REPEAT)", {0: 1.0, 1: 0.0, 2: 4.0, 3: 4.0, 4: 4.0}),
        ("FILL(IF(calls > 6, calls), LINEAR)", {0: 10.0, 1: 15.0, 2: 20.0}),
        ("SUM(METRICS())", {0: 11.0, 1: 0.0, 2: 24.0, 3: 5.0}),
        ('MAX(METRICS("errors"))', ERRORS),
        ("AVG([errors_a, calls])", {0: 5.5, 1: 0.0, 2: 12.0, 3: 5.0}),
        ("calls - AVG(calls)", {0: 1.25, 1: -8.75, 2: 11.25, 3: -3.75}),
        ("MIN(calls) + e1", 2.0),
        ("DIFF(errors_a)", {1: -1.0, 2: 4.0}),
        ("RATE(calls)", {1: -10 / 60, 2: 20 / 60, 3: -15 / 60}),
        ("RUNNING_SUM(calls)", {0: 10.0, 1: 10.0, 2: 30.0, 3: 35.0}),
        ("calls / PERIOD(calls)", {0: 10 / 60, 1: 0.0, 2: 20 / 60, 3: 5 / 60}),
        ("ABS(CEIL(errors_a / 3))", {0: 1.0, 1: 0.0, 2: 2.0}),
        ("MINUTE(errors_a)", {0: 0.0, 1: 1.0, 2: 2.0}),
        ("TIME_SERIES(3)", {0: 3.0, 1: 3.0, 2: 3.0, 3: 3.0, 4: 3.0}),
        ("METRIC_COUNT(METRICS())", 2.0),
        ("DATAPOINT_COUNT(calls)", 4.0),
        ("SORT(METRICS(), MAX, DESC, 1)", [CALLS]),
        ("SLICE([errors_a, calls], 1)", [CALLS]),
        ("METRICS() * 2", [{0: 2.0, 1: 0.0, 2: 8.0}, {0: 20.0, 1: 0.0, 2: 40.0, 3: 10.0}]),
    ],
)
def test_expressions(expression: str, value: Value) -> None:
    found = answer(expression)
    assert found == (value if isinstance(value, list) else pytest.approx(value))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("PERCENTILE(calls)", "unsupported function: PERCENTILE"),
        ("SEARCH('{A}', 'Sum', 60)", "SEARCH is not emulated: search expressions"),
        ("calls +", "is not a valid expression"),
        ("nothing * 2", "undefined metric id: nothing"),
        ("calls; e1", "unexpected '; e1'"),
        ("calls.real", "unexpected '.real'"),
        ("[calls] * [calls]", "two arrays cannot be combined"),
        ("IF(calls)", "IF takes two or three arguments, not 1"),
        ("'text' + 1", "a text stands only in METRICS"),
        ("FILL(3, 0)", "FILL takes a time series"),
        ("1 < calls < 3", "a comparison has two sides"),
        ("1 / 0", "the result is not a number"),
        ("ANOMALY_DETECTION_BAND(calls) + 1", "cannot be part of another expression"),
        ("calls if calls else 1", "unexpected"),
    ],
)
def test_what_metric_math_has_not_is_refused(expression: str, message: str) -> None:
    with pytest.raises(MathError) as found:
        answer(expression)
    assert message in str(found.value)
