"""Schedule expressions, without a cloud."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from estate.cloud.services.events.schedule_expressions import ExpressionError, read

NOW = datetime(2026, 3, 28, 22, 15, 30, tzinfo=ZoneInfo("UTC"))  # a Saturday, before the clocks change in Europe


def next_after(text: str, zone: str = "UTC") -> str:
    found = read(text, ZoneInfo(zone), once=True).after(NOW.timestamp(), NOW.timestamp())
    assert found is not None
    return datetime.fromtimestamp(found, ZoneInfo("UTC")).strftime("%Y-%m-%d %H:%M:%S")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("rate(5 minutes)", "2026-03-28 22:20:30"),
        ("rate(1 hour)", "2026-03-28 23:15:30"),
        ("cron(0/15 * * * ? *)", "2026-03-28 22:30:00"),
        ("cron(0 3 * * ? *)", "2026-03-29 03:00:00"),
        ("cron(0 8 ? * MON-FRI *)", "2026-03-30 08:00:00"),
        ("cron(30 6 1,15 * ? *)", "2026-04-01 06:30:00"),
        ("cron(0 0 L * ? *)", "2026-03-31 00:00:00"),
        ("cron(0 0 31W * ? *)", "2026-03-31 00:00:00"),
        ("cron(0 0 ? * 2#1 *)", "2026-04-06 00:00:00"),
        ("cron(0 0 ? * 6L *)", "2026-04-24 00:00:00"),
        ("cron(0 12 29 2 ? *)", "2028-02-29 12:00:00"),
        ("cron(0 12 1 JAN ? 2030)", "2030-01-01 12:00:00"),
        ("at(2026-04-01T08:00:00)", "2026-04-01 08:00:00"),
    ],
)
def test_the_next_moment(text: str, moment: str) -> None:
    assert next_after(text) == moment


def test_a_local_time_that_the_change_of_clocks_leaves_out_does_not_come() -> None:
    assert next_after("cron(30 2 * * ? *)", "Europe/Berlin") == "2026-03-30 00:30:00"
    assert next_after("cron(30 3 * * ? *)", "Europe/Berlin") == "2026-03-29 01:30:00"


def test_what_is_over_does_not_come_again() -> None:
    for text in ("at(2026-03-01T08:00:00)", "cron(0 12 1 1 ? 2025)"):
        assert read(text, once=True).after(NOW.timestamp(), 0) is None


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 hours)", "rate(5 minute)", "rate(0 minutes)", "rate(1 week)", "every day", "cron(0 3 * * *)",
        "cron(0 3 * * * *)", "cron(0 3 ? * ? *)", "cron(60 3 * * ? *)", "cron(0 24 * * ? *)", "cron(0 3 32 * ? *)",
        "cron(0 3 * 13 ? *)", "cron(0 3 ? * XYZ *)", "cron(0/0 3 * * ? *)", "at(tomorrow)", "at(2026-02-30T00:00:00)",
    ],
)  # fmt: skip
def test_a_wrong_expression_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError):
        read(text, once=True)
