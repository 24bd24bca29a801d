"""Watches an endpoint while it changes: asks it all the time, and keeps who answered what, and when.

Versions are told apart by their predictions: the same rows are asked before and after, when only one version answers.
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from contracts.pipelines import File
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.stage import require
from estate.rehearsal.stages.learning import newest

ROWS = 40
SENDERS = 3
PAUSE_S = 0.02  # of each sender after an answer
LOOK_S = 0.05
BIN_S = 0.5
OLD, NEW, FAILED, UNKNOWN = "old", "new", "failed", "unknown"


@dataclass(frozen=True)
class Answer:
    """One request: when it was sent (seconds since 1970), for which row, the prediction or the error, how long."""

    sent: float
    row: int
    value: float | None
    error: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Look:
    """What DescribeEndpoint said: status, stage of the new fleet, and how many of its instances take traffic."""

    at: float
    status: str
    stage: str
    instances: int


@dataclass
class Observed:
    started: float = field(default_factory=time.time)
    answers: list[Answer] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    alarms: dict[str, float] = field(default_factory=dict)  # when each went into ALARM, as CloudWatch says
    before: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)

    def label(self, answer: Answer) -> str:
        """Who answered. A row for which both versions predict the same counts as the old one's."""
        if answer.value is None:
            return FAILED
        if answer.value == self.before[answer.row]:
            return OLD
        return NEW if answer.value == self.after[answer.row] else UNKNOWN

    def telling(self) -> list[Answer]:
        """Answers to rows for which the versions differ, and failures, in the order of sending."""
        return sorted(
            (a for a in self.answers if a.value is None or self.before[a.row] != self.after[a.row]),
            key=lambda answer: answer.sent,
        )

    def counts(self) -> dict[str, int]:
        return dict(Counter(self.label(answer) for answer in self.answers))

    def shifting(self) -> dict[str, int]:
        """Who answered between the new version's first answer and the old one's last."""
        told = [(answer, self.label(answer)) for answer in self.telling()]
        first = next((a.sent for a, label in told if label == NEW), None)
        last = max((a.sent for a, label in told if label == OLD), default=None)
        if first is None or last is None:
            return {OLD: 0, NEW: 0}
        within = Counter(label for a, label in told if first <= a.sent <= last)
        return {OLD: within[OLD], NEW: within[NEW]}

    def first(self, *statuses: str, since: float = 0.0) -> float | None:
        """When the endpoint was first seen in one of `statuses`."""
        return next((look.at for look in self.looks if look.status in statuses and look.at >= since), None)

    def exposed(self) -> tuple[float, float] | None:
        """From when the new fleet took traffic until a rollback took it back; None where either did not happen."""
        shifted = next((look.at for look in self.looks if look.stage == "Baking"), None)
        failed = [answer.sent for answer in self.answers if answer.value is None]
        if shifted is None or not failed:
            return None
        begun = min([shifted, *failed])
        back = self.first("RollingBack", "InService", since=begun)
        return None if back is None else (begun, max([back, *failed]))

    def statuses(self) -> list[str]:
        """Each change, with its seconds since the start."""
        said = []
        for look in self.looks:
            stage = f" ({look.stage}, {look.instances} instances)" if look.stage else ""
            said.append(f"{look.at - self.started:.1f} s: {look.status}{stage}")
        return said

    def timeline(self) -> dict[str, Any]:
        """Requests by who answered, in bins of `BIN_S` seconds."""
        end = max((answer.sent for answer in self.answers), default=self.started) - self.started
        bins = int(end / BIN_S) + 1
        series = {name: [0] * bins for name in (OLD, NEW, FAILED)}
        for answer in self.answers:
            label = self.label(answer)
            if label in series:
                series[label][int((answer.sent - self.started) / BIN_S)] += 1
        return {"seconds": [round(BIN_S * number, 3) for number in range(bins)], **series}


@contextmanager
def observe(rehearsal: Rehearsal, model: str) -> Generator[Observed]:
    """Within it, the endpoint of `model` is asked and looked at all the time; what was seen is whole after it."""
    endpoint = rehearsal.outputs(model).endpoint
    bodies = _bodies(rehearsal, model)
    observed, stop = Observed(), threading.Event()
    observed.before = [_predict(rehearsal, endpoint, body) for body in bodies]
    threads = [
        threading.Thread(target=work, name=f"observer-{model}", daemon=True)
        for work in (
            *_senders(rehearsal, endpoint, bodies, observed, stop),
            _looker(rehearsal, endpoint, observed, stop),
        )
    ]
    observed.started = time.time()
    for thread in threads:
        thread.start()
    try:
        yield observed
        stop.wait(1.0)  # what comes after the change is part of what is shown
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    observed.after = [_predict(rehearsal, endpoint, body) for body in bodies]


def _bodies(rehearsal: Rehearsal, model: str) -> list[bytes]:
    """Requests of one held-out row each."""
    rows = rehearsal.read_table(newest(rehearsal, rehearsal.outputs(model).features_uri, File.HOLDOUT)).head(ROWS)
    require(len(rows) > 0, f"{model}: there are no held-out rows to ask for")
    names = list(rehearsal.stories[model].workload.features)
    return [json.dumps({"instances": [row]}).encode() for row in json.loads(rows[names].to_json(orient="records"))]


def _predict(rehearsal: Rehearsal, endpoint: str, body: bytes) -> float:
    found = rehearsal.cloud.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=endpoint, ContentType="application/json", Body=body
    )
    return json.loads(found["Body"].read())["predictions"][0]


def _senders(
    rehearsal: Rehearsal, endpoint: str, bodies: list[bytes], observed: Observed, stop: threading.Event
) -> list[Callable[[], None]]:
    def sender(first: int) -> Callable[[], None]:
        def send() -> None:
            row = first
            while not stop.wait(PAUSE_S):
                row = (row + SENDERS) % len(bodies)
                sent = time.time()
                value, said = None, ""
                try:
                    value = _predict(rehearsal, endpoint, bodies[row])
                except ClientError as error:
                    status = error.response.get("OriginalStatusCode", "")
                    said = f"{error.response['Error']['Code']} {status}".strip()
                observed.answers.append(Answer(sent, row, value, said, time.time() - sent))

        return send

    return [sender(number) for number in range(SENDERS)]


def _looker(rehearsal: Rehearsal, endpoint: str, observed: Observed, stop: threading.Event) -> Callable[[], None]:
    def look() -> None:
        while True:
            found = rehearsal.cloud.client("sagemaker").describe_endpoint(EndpointName=endpoint)
            variants = found.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
            stage = variants[0]["VariantStatus"][0]["Status"] if variants else ""
            seen = (found["EndpointStatus"], stage, variants[0]["CurrentInstanceCount"] if variants else 0)
            last = observed.looks[-1] if observed.looks else None
            if last is None or seen != (last.status, last.stage, last.instances):
                observed.looks.append(Look(time.time(), *seen))
            named = found.get("LastDeploymentConfig", {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
            _note_alarms(rehearsal, [alarm["AlarmName"] for alarm in named], observed)
            if stop.wait(LOOK_S):
                return

    return look


def _note_alarms(rehearsal: Rehearsal, names: list[str], observed: Observed) -> None:
    if not names:
        return
    for alarm in rehearsal.cloud.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]:
        if alarm["StateValue"] == "ALARM":
            observed.alarms.setdefault(alarm["AlarmName"], alarm["StateUpdatedTimestamp"].timestamp())
