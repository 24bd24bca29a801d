"""An A/B or shadow test, as far as it has come: the second release beside the one that is served."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from math import inf

import numpy

from contracts.monitors import Monitor
from contracts.pipelines import File
from contracts.variants import CHALLENGER, CHAMPION, SHADOW
from pipelines import aws, capture
from pipelines.capture import Traffic
from pipelines.monitors import labels
from pipelines.monitors.figures import Interval, Intervals
from pipelines.monitors.findings import Document, Finding, Status, unknown
from pipelines.monitors.readout import Arm, Decision, Effect, ReadOut, read_out
from pipelines.workload import WorkloadCode

HOURS = 14 * 24.0  # of captured traffic that is looked at
ROWS = 50_000  # of each variant
PERIOD_S = 3600  # CloudWatch keeps an hour's sum longest


@dataclass(frozen=True)
class Sides:
    """Where the two releases answer: an endpoint, the rival's variant name, and when it first answered."""

    endpoint: str
    rival: str
    began: datetime


def watch(code: WorkloadCode, capture_uri: str, labels_uri: str | None) -> Finding | None:
    """Compares the two releases over all that the rival has answered in the last HOURS; None without a rival.

    A decision is no violation: it is for a person to pin the winner.
    """
    found = _sides(capture_uri)
    if found is None:
        return None
    if labels_uri is None:
        return unknown(Monitor.EXPERIMENT, "no labels are given")
    paired = found.rival == SHADOW
    sides = [
        _traffic(code, f"{capture_uri.rstrip('/')}/{found.endpoint}", found, name) for name in (CHAMPION, found.rival)
    ]
    if paired:
        sides = _same(sides)
    arms = [
        _arm(code, found, name, side, labels_uri) for name, side in zip((CHAMPION, found.rival), sides, strict=True)
    ]
    result = read_out(code.contract, arms[0], arms[1], paired=paired)
    status = Status.INCONCLUSIVE if result.decision is Decision.UNDECIDED else Status.CLEAN
    return Finding(
        Monitor.EXPERIMENT,
        status,
        f"{result.decision}: {result.reason}",
        min(arm.labels.size for arm in arms),
        documents={File.EXPERIMENT: _document(code, found, arms, result)},
        figures=[_figure(effect) for effect in result.effects],
    )


def _sides(uri: str) -> Sides | None:
    """The newest test under the capture prefix."""
    tests: list[Sides] = []
    for endpoint in capture.folders(uri):
        place = f"{uri.rstrip('/')}/{endpoint}"
        for rival in {CHALLENGER, SHADOW} & set(capture.folders(place)):
            asked = capture.newest_requests(place, None, HOURS, ROWS, rival).requests
            tests += [Sides(endpoint, rival, asked[0].time)] if asked else []
    return max(tests, key=lambda test: test.began) if tests else None


def _traffic(code: WorkloadCode, place: str, found: Sides, variant: str) -> Traffic:
    captured = capture.newest_requests(place, found.began, HOURS, ROWS, variant)
    return capture.traffic(code.contract, code.inference, captured.requests, ROWS)


def _same(sides: Sequence[Traffic]) -> list[Traffic]:
    """The rows that both answered, in one order; a row that was asked for twice counts once, with its newest answer."""
    places = [{key: index for index, key in enumerate(side.keys) if key is not None} for side in sides]
    both = [key for key in places[0] if key in places[1]]
    return [_picked(side, [where[key] for key in both]) for side, where in zip(sides, places, strict=True)]


def _picked(side: Traffic, places: Sequence[int]) -> Traffic:
    chosen = numpy.array(places, dtype=int)
    rows = {name: array[chosen] for name, array in side.rows.items()}
    return Traffic(rows, side.predictions[chosen], [side.keys[place] for place in places], side.requests, side.broken)


def _arm(code: WorkloadCode, found: Sides, name: str, side: Traffic, labels_uri: str) -> Arm:
    known = labels.join(code.contract, side, labels_uri)
    requests, failed = (_sum(found, name, metric) for metric in ("Invocations", "Invocation5XXErrors"))
    return Arm(name, requests, failed, known.labels, known.predictions)


def _sum(found: Sides, variant: str, metric: str) -> int:
    start = found.began.replace(minute=0, second=0, microsecond=0)
    points = aws.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[{"Name": "EndpointName", "Value": found.endpoint}, {"Name": "VariantName", "Value": variant}],
        StartTime=start,
        EndTime=datetime.now(UTC) + timedelta(minutes=1),
        Period=PERIOD_S,
        Statistics=["Sum"],
    )["Datapoints"]
    return round(sum(point["Sum"] for point in points))


def _document(code: WorkloadCode, found: Sides, arms: Sequence[Arm], result: ReadOut) -> Document:
    sides: Mapping[str, Document] = {
        arm.name: {"requests": arm.requests, "failed": arm.failed, "labelled_rows": int(arm.labels.size)}
        for arm in arms
    }
    return {
        "workload": code.contract.name,
        "endpoint": found.endpoint,
        "kind": "shadow" if found.rival == SHADOW else "a/b",
        "began": found.began.isoformat(),
        "variants": sides,
        "confidence": result.confidence,
        "effects": [asdict(effect) for effect in result.effects],
        "decision": result.decision.value,
        "reason": result.reason,
    }


def _figure(effect: Effect) -> Intervals:
    row = Interval(effect.metric, effect.effect, effect.low, effect.high, -inf, inf)
    note = f"{effect.control:.4g} against {effect.challenger:.4g}, of {effect.samples[0]:,} and {effect.samples[1]:,}"
    return Intervals(f"what the second release adds to {effect.metric}", (row,), note)
