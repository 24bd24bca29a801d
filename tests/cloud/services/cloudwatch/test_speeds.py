"""The same story is told by alarms whatever the speed of the clock."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from estate.cloud import Cloud
from estate.cloud.services.clock import Clock
from tests.cloud.services.harness import ACCOUNT, REGION

ORIGIN_S = 1_790_000_040.0  # a whole minute
MINUTES: Sequence[tuple[float | None, float]] = (  # errors (None: nothing was put) and calls of each minute
    (0, 100), (2, 100), (9, 100), (9, 100), (None, 100), (None, 100), (None, 100), (0, 100), (30, 100), (30, 100),
    (0, 9),
)  # fmt: skip


@dataclass(frozen=True)
class Stepped(Clock):
    """Shows what it was told to show."""

    shown: list[float] = field(default_factory=lambda: [ORIGIN_S])

    def now_s(self) -> float:
        return self.shown[0]


def put(cloud: Cloud, clock: Stepped, name: str, value: float, shown_s: float) -> None:
    moment = datetime.fromtimestamp(clock.real(shown_s), UTC)
    cloud.client("cloudwatch").put_metric_data(
        Namespace="S", MetricData=[{"MetricName": name, "Value": value, "Timestamp": moment}]
    )


def alarm(cloud: Cloud, name: str, **more: Any) -> None:
    cloud.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Threshold=5.0, ComparisonOperator="GreaterThanThreshold", **more
    )


def story(speed: float, folder: Path) -> list[tuple[str, str, list[float]]]:
    """Every change of state in its order: alarm, what changed, and the datapoints that it was decided on."""
    clock = Stepped(speed, ORIGIN_S)
    cloud = Cloud(account_id=ACCOUNT, region=REGION, workdir=folder, speed=speed)
    cloud._clock = clock
    with cloud:
        sums = [
            {"Id": id, "ReturnData": False, "MetricStat": {
                "Metric": {"Namespace": "S", "MetricName": name}, "Period": 60, "Stat": "Sum"}}
            for id, name in (("m1", "errors"), ("m2", "calls"))
        ]  # fmt: skip
        plain = {"Namespace": "S", "MetricName": "errors", "Period": 60, "Statistic": "Sum"}
        alarm(cloud, "two-of-three", EvaluationPeriods=3, DatapointsToAlarm=2, **plain)
        alarm(cloud, "longer", EvaluationPeriods=1, TreatMissingData="notBreaching", **plain | {"Period": 180})
        rate = [*sums, {"Id": "rate", "Expression": "100 * FILL(m1, 0) / m2", "ReturnData": True}]
        alarm(cloud, "rate", EvaluationPeriods=1, Metrics=rate)
        client = cloud.client("cloudwatch")
        client.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("rate") AND ALARM("longer")')
        for minute, (errors, calls) in enumerate(MINUTES, 1):
            shown_s = ORIGIN_S + 60 * minute
            # What is put lies ahead of the clock until the clock is moved, so nobody looks at half a minute.
            put(cloud, clock, "calls", calls, shown_s + 10)
            if errors is not None:
                put(cloud, clock, "errors", errors, shown_s + 20)
            clock.shown[0] = shown_s + 30
            cloud.flush()
        kinds = ["MetricAlarm", "CompositeAlarm"]
        items = client.describe_alarm_history(
            HistoryItemType="StateUpdate", AlarmTypes=kinds, ScanBy="TimestampAscending"
        )["AlarmHistoryItems"]
    found = []
    for item in items:
        data = json.loads(item["HistoryData"])["newState"]["stateReasonData"]
        values = [point["value"] for point in data.get("evaluatedDatapoints", [])]
        found.append((item["AlarmName"], item["HistorySummary"], values))
    return found


def test_transitions_do_not_depend_on_the_speed(tmp_path: Path) -> None:
    slow, fast = (story(speed, tmp_path / str(speed)) for speed in (10.0, 60.0))
    assert slow == fast
    assert [(name, summary.removeprefix("Alarm updated from ")) for name, summary, _ in slow if name == "rate"] == [
        ("rate", "INSUFFICIENT_DATA to OK"),
        ("rate", "OK to ALARM"),
        ("rate", "ALARM to OK"),
        ("rate", "OK to ALARM"),
        ("rate", "ALARM to OK"),
    ]
    assert {name for name, _, _ in slow} == {"two-of-three", "longer", "rate", "both"}
