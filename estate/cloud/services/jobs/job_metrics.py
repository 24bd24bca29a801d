"""What a job's lines say of metrics: the expressions of its MetricDefinitions, applied as the lines come."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import datetime

from estate.cloud.services.account import now
from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import Params

Tell = Callable[[str, float], None]
MOST = 40  # AWS's limit a training job


def check(definitions: Iterable[Params]) -> None:
    """Raises AwsError for a definition that could never find a number."""
    names = set()
    for item in definitions:
        name, text = item["Name"], item["Regex"]
        try:
            groups = re.compile(text).groups
        except re.error as error:
            raise invalid(f"Metric {name}: the regular expression '{text}' is invalid: {error}") from None
        if groups < 1:
            raise invalid(f"Metric {name}: the regular expression '{text}' must have a group that captures the value")
        if name in names:
            raise invalid(f"Metric definition names must be unique: {name}")
        names.add(name)
    if len(names) > MOST:
        raise invalid(f"MetricDefinitions: at most {MOST} metrics, not {len(names)}")


class Readings:
    """The last value of every metric so far; `tell` hears every value."""

    def __init__(self, definitions: Iterable[Params], tell: Tell) -> None:
        self._expressions = [(item["Name"], re.compile(item["Regex"])) for item in definitions]
        self._tell = tell
        self._last: dict[str, tuple[float, datetime]] = {}

    def scan(self, lines: Iterable[str]) -> None:
        for line in lines:
            for name, expression in self._expressions:
                for match in expression.finditer(line):
                    self._take(name, match[1])

    def _take(self, name: str, text: str | None) -> None:
        try:
            value = float(text or "")
        except ValueError:
            return  # not a number: SageMaker passes over it, too
        if not math.isfinite(value):
            return  # a loss that has run away; CloudWatch takes no such value
        self._last[name] = value, now()
        self._tell(name, value)

    def final(self) -> list[Params]:
        """FinalMetricDataList."""
        return [
            {"MetricName": name, "Value": value, "Timestamp": moment} for name, (value, moment) in self._last.items()
        ]
