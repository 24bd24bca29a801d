"""When scheduled actions of Application Auto Scaling run: at(...), rate(...) and cron(...)."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from estate.cloud.services.checks import invalid

UNITS = {"minute": 60, "hour": 3600, "day": 86400}
FIELDS = (("minutes", 0, 59), ("hours", 0, 23), ("day-of-month", 1, 31), ("month", 1, 12), ("day-of-week", 1, 7),
          ("year", 1970, 2199))  # fmt: skip
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
PART = re.compile(r"(?P<low>\d+)(-(?P<high>\d+))?(/(?P<step>\d+))?|\*(/(?P<every>\d+))?")


@dataclass(frozen=True)
class Schedule:
    """`kind` is at, rate or cron. `fields` are a cron's sets of numbers, None for any."""

    kind: str
    zone: ZoneInfo
    at_s: float = 0.0
    every_s: float = 0.0
    fields: tuple[frozenset[int] | None, ...] = ()

    def due(self, made_s: float, since_s: float, now_s: float) -> bool:
        """Whether it fires after `since_s` and not after `now_s`; a rate counts from when it was made."""
        if self.kind == "at":
            return since_s < self.at_s <= now_s
        if self.kind == "rate":
            return (now_s - made_s) // self.every_s > max(0.0, since_s - made_s) // self.every_s
        minute = int(since_s // 60) + 1
        return any(self._matches(each * 60) for each in range(minute, int(now_s // 60) + 1))

    def _matches(self, at_s: float) -> bool:
        moment = datetime.fromtimestamp(at_s, self.zone)
        day = moment.isoweekday() % 7 + 1
        found = (moment.minute, moment.hour, moment.day, moment.month, day, moment.year)
        return all(allowed is None or value in allowed for allowed, value in zip(self.fields, found, strict=True))


def read(text: str, timezone: str | None) -> Schedule:
    """Raises AwsError (ValidationException)."""
    try:
        zone = ZoneInfo(timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        raise invalid(f"Timezone {timezone} is not known") from None
    match = re.fullmatch(r"(at|rate|cron)\((.*)\)", text.strip())
    if match is None:
        raise invalid(f"Schedule {text!r} must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)")
    kind, inner = match.groups()
    if kind == "at":
        try:
            moment = datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone)
        except ValueError:
            raise invalid(f"Schedule {text!r}: a moment is written yyyy-mm-ddThh:mm:ss") from None
        return Schedule(kind, zone, at_s=moment.timestamp())
    if kind == "rate":
        found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)s?", inner)
        if found is None:
            raise invalid(f"Schedule {text!r}: a rate is written rate(5 minutes), with minutes, hours or days")
        return Schedule(kind, zone, every_s=int(found[1]) * UNITS[found[2]])
    parts = inner.split()
    if len(parts) != len(FIELDS):
        raise invalid(f"Schedule {text!r}: a cron has six fields: minutes hours day-of-month month day-of-week year")
    if (parts[2] == "?") == (parts[4] == "?"):
        raise invalid(f"Schedule {text!r}: exactly one of day-of-month and day-of-week must be ?")
    return Schedule(kind, zone, fields=tuple(_field(*each) for each in zip(FIELDS, parts, strict=True)))


def _field(field: tuple[str, int, int], text: str) -> frozenset[int] | None:
    name, least, most = field
    if text in ("*", "?"):
        return None
    names = {"month": MONTHS, "day-of-week": DAYS}.get(name, ())
    for index, each in enumerate(names, start=1):
        text = re.sub(rf"\b{each}\b", str(index), text.upper())
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise invalid(f"Schedule: {name} {part!r} is not supported offline; numbers, ranges and steps are")
        if match["low"] is None:
            low, high, step = least, most, int(match["every"] or 1)
        else:
            low, step = int(match["low"]), int(match["step"] or 1)
            high = int(match["high"]) if match["high"] else most if match["step"] else low
        if not least <= low <= high <= most or step < 1:
            raise invalid(f"Schedule: {name} {part!r} must be within {least} to {most}")
        found |= set(range(low, high + 1, step))
    return frozenset(found)
