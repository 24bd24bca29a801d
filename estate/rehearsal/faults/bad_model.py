"""A version goes out that answers in time and without an error, and wrong: only the labels tell, which come later."""

import json
import time
from typing import Any

from contracts.incidents import ActionStatus
from contracts.monitors import Monitor
from contracts.pipelines import Definition, File, Parameter
from estate.rehearsal.bad_release import WHO, BadRelease
from estate.rehearsal.context import JOB_TIMEOUT_S, POLL_S, Rehearsal
from estate.rehearsal.fault import Fault
from estate.rehearsal.observer import FAILED, NEW, OLD, Observed, observe
from estate.rehearsal.serving import CANARY, agrees
from estate.rehearsal.stage import Evidence, require
from estate.rehearsal.stages.learning import newest
from estate.rehearsal.stages.provisioning import apply
from estate.rehearsal.stages.rollouts import note
from estate.rehearsal.traffic import send
from estate.rehearsal.versions import worse
from estate.rehearsal.victims import of_serving
from estate.release import runs
from estate.release.incidents import list_incidents
from estate.release.packages import block, describe
from stacks.settings import Layer

ROWS = 2000  # as many as a run of the monitors looks at
PERIOD_S = 300  # of the alarm; what two runs find within one of them, it does not tell apart
PATIENCE_S = 30.0  # for self-healing


class BadModel(Fault):
    name = "bad-model"
    shows = "a version that answers wrong passes its canary; labels arrive, its quality alarm goes off, it is replaced"

    def __init__(self) -> None:
        self._bad: BadRelease | None = None
        self._rows: Any = None
        self._monitored = 0.0
        self._bake: Evidence = {}
        self._refused: Evidence = {}
        self._back: Evidence = {}

    def inject(self, rehearsal: Rehearsal) -> None:
        """It goes out as a canary, to which no alarm objects; it is asked for rows whose labels have arrived since."""
        model = of_serving(rehearsal)
        self._rows = rehearsal.read_table(newest(rehearsal, rehearsal.outputs(model).features_uri, File.HOLDOUT))
        self._rows = self._rows.tail(ROWS)
        self._bad = bad = BadRelease(rehearsal, model)
        bad.prepare(worse, bake_seconds=CANARY["rollout"]["bake_seconds"])
        with observe(rehearsal, model) as observed:
            apply(rehearsal)
        note(rehearsal, model, self.name, observed)
        self._bake = _seen(observed)
        served = observed.label(observed.telling()[-1])
        require(served == NEW, f"{self.name}: the version did not go out: {served}", self._bake)
        self.began = next(answer.sent for answer in observed.telling() if observed.label(answer) == NEW)
        self._watch(rehearsal)

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        alarm, state, at = self._alarm(rehearsal)
        if state != "ALARM":
            return None
        found = newest(rehearsal, rehearsal.outputs(self._model).monitor_uri, File.MONITORS)
        monitors = json.loads(rehearsal.read_object(found))["monitors"]
        return {"at": at, "alarm": alarm, "while_baking": self._bake, "said": monitors[Monitor.PERFORMANCE]["reason"]}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The version; rows that came in just before may be suspected as well, as labels are all that speaks."""
        return [f"release:{self._model}"]

    def respond(self, rehearsal: Rehearsal) -> str:
        """Self-healing blocks the version; that the one before it is asked for again is a person's decision."""
        assert self._bad is not None
        who = "self-healing" if self._healed(rehearsal) else "a person"
        if who == "a person":
            block(rehearsal.estate, self._bad.arn, who=WHO, why="it is worse on labels than it may be")
        self._refused = {"blocked_by": who, **self._bad.check_refused()}
        with observe(rehearsal, self._model) as observed:
            self._back = self._bad.back()
        self._back |= _seen(observed)
        require(not self._back["failed"], f"{self.name}: requests failed on the way back", self._back)
        time.sleep(max(0.0, self._monitored + PERIOD_S / rehearsal.cloud.speed - time.monotonic()))
        self._watch(rehearsal)
        return f"version {self._bad.version}, blocked by {who}, gave way to version {self._bad.good}"

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        assert self._bad is not None
        alarm, state, at = self._alarm(rehearsal)
        if state != "OK":
            return None
        evidence: Evidence = {"at": at, alarm: state, **self._refused, "back_to": self._back}
        return {**evidence, "verify": agrees(rehearsal, self._model, evidence)}

    def undo(self, rehearsal: Rehearsal) -> None:
        if self._bad is not None and not self._back:
            self._bad.back()

    @property
    def _model(self) -> str:
        assert self._bad is not None
        return self._bad.model

    def _watch(self, rehearsal: Rehearsal) -> None:
        """Requests with the keys of their rows, and a run of the monitors over these alone."""
        send(rehearsal, self._model, self._rows)
        rehearsal.cloud.flush()
        options = {Parameter.MONITOR_OPTIONS.value: json.dumps({"rows": len(self._rows)})}
        arn = runs.start(rehearsal.estate, self._model, Definition.MONITOR, options)
        run = runs.follow(rehearsal.estate, arn, timeout_s=JOB_TIMEOUT_S, poll_s=POLL_S)
        require(run.status == "Succeeded", f"{self.name}: {runs.failure(rehearsal.estate, run)}")
        self._monitored = time.monotonic()

    def _alarm(self, rehearsal: Rehearsal) -> tuple[str, str, float]:
        """Name, state, and since when it is in that state."""
        rehearsal.cloud.flush()
        name = rehearsal.estate.environment.placement.named("model-quality", self._model)
        (found,) = rehearsal.cloud.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return name, found["StateValue"], found["StateUpdatedTimestamp"].timestamp()

    def _healed(self, rehearsal: Rehearsal) -> bool:
        """Whether self-healing blocks the version within PATIENCE_S seconds."""
        assert self._bad is not None
        if Layer.OPERATIONS not in rehearsal.settings.layers:
            return False
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if describe(rehearsal.estate, self._bad.arn).status == "Rejected":
                return self._acted(rehearsal)
            time.sleep(POLL_S)
        return False

    def _acted(self, rehearsal: Rehearsal) -> bool:
        """Whether an incident says so, too; it is written a moment later."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            actions = (action for incident in list_incidents(rehearsal.estate) for action in incident.actions)
            if any(
                (action.kind, action.target, action.status) == ("rollback", self._model, ActionStatus.DONE)
                for action in actions
            ):
                return True
            time.sleep(POLL_S)
        return False


def _seen(observed: Observed) -> Evidence:
    counts = observed.counts()
    return {
        "requests": len(observed.answers),
        "answered_by": {side: counts.get(side, 0) for side in (OLD, NEW)},
        "failed": counts.get(FAILED, 0),
        "alarms": sorted(observed.alarms),
    }
