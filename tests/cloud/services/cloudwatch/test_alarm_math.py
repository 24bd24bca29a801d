"""The arithmetic of alarms, without a cloud."""

from collections.abc import Sequence

import pytest

from estate.cloud.services.cloudwatch.alarm_math import (
    Datum,
    Point,
    Rule,
    Verdict,
    is_breaching,
    judge,
    series,
    statistic,
)

NOW = 1_000_020.0
PERIOD = 60


def single(value: float, periods_ago: int = 0) -> Datum:
    return Datum(NOW - periods_ago * PERIOD, 1.0, value, value, value)


def rule(n: int, m: int, missing: str = "missing") -> Rule:
    return Rule(PERIOD, n, m, missing)


def evaluate(rule: Rule, data: Sequence[Datum], now_s: float, operator: str = "GreaterThanThreshold") -> Verdict:
    values = series(data, "Average", rule.period_s)
    points = {i: Point(value, (1.0,), is_breaching(operator, value, (1.0,))) for i, value in values.items()}
    return judge(rule, points, now_s)


X, O = 2.0, 0.0  # noqa: E741 - as in AWS's own tables: X breaches, O does not


@pytest.mark.parametrize(
    ("n", "m", "missing", "newest_first", "state"),
    [
        (1, 1, "missing", [X], "ALARM"),
        (1, 1, "missing", [O], "OK"),
        (1, 1, "missing", [None], "INSUFFICIENT_DATA"),
        (1, 1, "ignore", [None], None),
        (1, 1, "breaching", [None], "ALARM"),
        (1, 1, "notBreaching", [None], "OK"),
        (3, 3, "missing", [X, X, X], "ALARM"),
        (3, 3, "missing", [X, X, O], "OK"),
        (3, 3, "missing", [None, X, None], None),
        (3, 3, "missing", [None, None, X], "ALARM"),
        (3, 3, "ignore", [None, X, None], None),
        (3, 3, "breaching", [None, X, None], "ALARM"),
        (3, 3, "notBreaching", [None, X, None], "OK"),
        (3, 2, "missing", [X, O, X], "ALARM"),
        (3, 2, "missing", [O, O, X], "OK"),
        (3, 2, "notBreaching", [X, X, None], "ALARM"),
        (3, 2, "breaching", [O, X, None], "ALARM"),
    ],
)
def test_m_out_of_n_with_missing_data(
    n: int, m: int, missing: str, newest_first: list[float | None], state: str | None
) -> None:
    data = [single(value, ago) for ago, value in enumerate(newest_first) if value is not None]
    if newest_first[0] is None:
        # The current period is not looked at before it has data: what lacks is the one before it.
        data = [single(value, ago + 1) for ago, value in enumerate(newest_first) if value is not None]
    assert evaluate(rule(n, m, missing), data, NOW).state == state


@pytest.mark.parametrize(
    ("m", "oldest_first", "missing", "ignore", "breaching", "not_breaching"),
    [
        (3, "O-X-X", "OK", "OK", "OK", "OK"),
        (3, "O----", "OK", "OK", "OK", "OK"),
        (3, "-----", "INSUFFICIENT_DATA", None, "ALARM", "OK"),
        (3, "OXX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
        (3, "--X--", "ALARM", None, "ALARM", "OK"),
        (2, "O-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
        (2, "OOXOX", "ALARM", "ALARM", "ALARM", "ALARM"),
        (2, "O-X--", "OK", "OK", "ALARM", "OK"),
        (2, "----O", "OK", "OK", "ALARM", "OK"),
        (2, "---X-", "ALARM", None, "ALARM", "OK"),
    ],
)
def test_the_tables_of_the_user_guide(
    m: int, oldest_first: str, missing: str, ignore: str | None, breaching: str, not_breaching: str
) -> None:
    """Of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, N = 3."""
    values = {"X": X, "O": O}
    # The newest point is of the last whole period: the current one has no data yet.
    data = [single(values[mark], ago) for ago, mark in enumerate(reversed(oldest_first), 1) if mark != "-"]
    states = [evaluate(rule(3, m, way), data, NOW).state for way in ("missing", "ignore", "breaching", "notBreaching")]
    assert states == [missing, ignore, breaching, not_breaching]


@pytest.mark.parametrize(
    ("m", "oldest_first", "state"),
    [(3, "----X", None), (3, "---X-", None), (3, "--X--", "ALARM"), (2, "----X", None), (2, "---XX", "ALARM")],
)
def test_an_alarm_waits_for_more_data_before_it_goes_off_on_less(m: int, oldest_first: str, state: str | None) -> None:
    """The same guide, `Avoiding premature transitions to alarm state`."""
    data = [single(X, ago) for ago, mark in enumerate(reversed(oldest_first), 1) if mark == "X"]
    assert evaluate(rule(3, m), data, NOW).state == state


def test_old_data_is_forgotten() -> None:
    assert evaluate(rule(1, 1), [single(X, 5)], NOW).state == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("operator", "states"),
    [
        ("GreaterThanThreshold", ["OK", "OK", "ALARM"]),
        ("GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]),
        ("LessThanThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]),
    ],
)
def test_operators(operator: str, states: list[str]) -> None:
    found = [evaluate(rule(1, 1), [single(value)], NOW, operator).state for value in (0.5, 1.0, 1.5)]
    assert found == states


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 5.0),
        ("Sum", 16.0),
        ("Minimum", 1.0),
        ("Maximum", 10.0),
        ("Average", 3.2),
        ("p50", 2.0),
        ("p100", 10.0),
        ("p75", 2.0),
        ("PR(:2)", 80.0),
        ("PR(1:2)", 40.0),
        ("PR(2:)", 20.0),
        ("PR(:0.5)", 0.0),
    ],
)
def test_statistics_of_single_values_and_aggregates(name: str, value: float) -> None:
    data = [single(1.0), single(1.0), single(10.0), Datum(NOW, 2.0, 4.0, 1.5, 2.5)]
    assert statistic(name, data) == pytest.approx(value)
