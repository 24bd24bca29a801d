"""Schedule expressions of EventBridge: rate(...), cron(...) in AWS's dialect, and the scheduler's at(...)."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
RATE = re.compile(r"rate\((?P<count>\d+) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
AT = re.compile(r"at\((?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")  # 1 to 7
YEARS = (1970, 2199)
SEARCHED_DAYS = 366 * 8  # a 29th of February is at most eight years away


class ExpressionError(Exception):
    """An expression that AWS does not take."""


@dataclass(frozen=True)
class Rate:
    interval_s: int

    def after(self, shown_s: float, since_s: float) -> float | None:
        """The first moment after `shown_s`; the first of all is one interval after `since_s`."""
        passed = max(0, int((shown_s - since_s) // self.interval_s))
        return since_s + (passed + 1) * self.interval_s


@dataclass(frozen=True)
class At:
    """Once, at a local time."""

    moment: datetime

    def after(self, shown_s: float, since_s: float) -> float | None:
        found = self.moment.timestamp()
        return found if found > shown_s else None


@dataclass(frozen=True)
class Cron:
    """Minutes, hours, days of the month, months, days of the week and years, in a time zone."""

    fields: tuple[str, ...]
    zone: ZoneInfo

    @cached_property
    def _times(self) -> list[tuple[int, int]]:
        minutes, hours = _numbers(self.fields[0], 0, 59), _numbers(self.fields[1], 0, 23)
        return [(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)]

    def after(self, shown_s: float, since_s: float) -> float | None:
        start = datetime.fromtimestamp(shown_s, self.zone)
        day = start.date()
        for _ in range(SEARCHED_DAYS):
            if self._has(day):
                for hour, minute in self._times:
                    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=self.zone)
                    found = local.timestamp()
                    # A time that the change of clocks leaves out does not come; one that comes twice counts once.
                    if found > shown_s and datetime.fromtimestamp(found, self.zone).hour == hour:
                        return found
            day += timedelta(days=1)
        return None

    def _has(self, day: date) -> bool:
        _, _, days, months, weekdays, years = self.fields
        if day.year not in _numbers(years, *YEARS) or day.month not in _numbers(months, 1, 12, MONTHS):
            return False
        return _is_day(days, day) if weekdays == "?" else _is_weekday(weekdays, day)


Expression = Rate | At | Cron


def read(text: str, zone: ZoneInfo | None = None, *, once: bool = False) -> Expression:
    """With `once`, at(...) is allowed. Raises ExpressionError."""
    zone = zone or ZoneInfo("UTC")
    if match := RATE.fullmatch(text):
        count = int(match["count"])
        if count < 1 or (count == 1) == bool(match["plural"]):
            raise ExpressionError(text)
        return Rate(count * UNITS[match["unit"]])
    if match := CRON.fullmatch(text):
        fields = tuple(match["fields"].upper().split())
        if len(fields) != 6 or (fields[2] == "?") == (fields[4] == "?"):
            raise ExpressionError(text)
        cron = Cron(fields, zone)
        _check(cron)
        return cron
    match = AT.fullmatch(text)
    if match is None or not once:
        raise ExpressionError(text)
    try:
        return At(datetime.fromisoformat(match["moment"]).replace(tzinfo=zone))
    except ValueError:
        raise ExpressionError(text) from None


def _check(cron: Cron) -> None:
    minutes, hours, days, months, weekdays, years = cron.fields
    _numbers(minutes, 0, 59)
    _numbers(hours, 0, 23)
    _numbers(months, 1, 12, MONTHS)
    _numbers(years, *YEARS)
    sample = datetime(2024, 1, 1, tzinfo=UTC).date()
    if weekdays == "?":
        _is_day(days, sample)
    else:
        _is_weekday(weekdays, sample)


def _numbers(field: str, least: int, most: int, names: Sequence[str] = ()) -> set[int]:
    """The values that a field of lists, ranges and steps stands for. Raises ExpressionError."""
    found: set[int] = set()
    for part in field.split(","):
        body, slash, step = part.partition("/")
        if slash and (not step.isdigit() or int(step) < 1):
            raise ExpressionError(field)
        if body == "*":
            low, high = least, most
        else:
            first, dash, last = body.partition("-")
            low = _number(first, names, field)
            high = _number(last, names, field) if dash else most if slash else low
        if not least <= low <= most or not least <= high <= most:
            raise ExpressionError(field)
        values = range(low, high + 1) if low <= high else [*range(low, most + 1), *range(least, high + 1)]
        found.update(values[:: int(step or 1)])
    return found


def _number(word: str, names: Sequence[str], field: str) -> int:
    if word in names:
        return names.index(word) + 1
    if not word.isdigit():
        raise ExpressionError(field)
    return int(word)


def _is_day(field: str, day: date) -> bool:
    """A day of the month: numbers, L for the last one, nW for the weekday nearest to the n-th."""
    last = calendar.monthrange(day.year, day.month)[1]
    if field == "L":
        return day.day == last
    match = re.fullmatch(r"(\d{1,2}|L)W", field)
    if match is None:
        return day.day in _numbers(field, 1, 31)
    wanted = last if match[1] == "L" else min(int(match[1]), last)
    if wanted < 1:
        raise ExpressionError(field)
    near = date(day.year, day.month, wanted)
    shift = {5: -1 if wanted > 1 else 2, 6: 1 if wanted < last else -2}.get(near.weekday(), 0)
    return day == near + timedelta(days=shift)


def _is_weekday(field: str, day: date) -> bool:
    """A day of the week: numbers from Sunday, 1, names, nL for the last of the month, n#m for the m-th."""
    today = day.isoweekday() % 7 + 1
    if field == "L":
        return today == 7
    if match := re.fullmatch(r"(\w+)L", field):
        last = calendar.monthrange(day.year, day.month)[1]
        return today == _weekday(match[1], field) and day.day > last - 7
    if match := re.fullmatch(r"(\w+)#([1-5])", field):
        return today == _weekday(match[1], field) and (day.day - 1) // 7 + 1 == int(match[2])
    return today in _numbers(field, 1, 7, DAYS)


def _weekday(word: str, field: str) -> int:
    found = _number(word, DAYS, field)
    if not 1 <= found <= 7:
        raise ExpressionError(field)
    return found
