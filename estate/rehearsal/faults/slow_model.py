"""A version goes out that answers right, and far too late."""

from estate.rehearsal.bad_release import BadRelease
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.fault import Fault
from estate.rehearsal.observer import Answer, Observed
from estate.rehearsal.serving import SHARE, agrees, set_endpoint
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.stages.rollouts import fair, note
from estate.rehearsal.versions import slow
from estate.rehearsal.victims import of_serving

ALLOWED_MS = 250  # p99 that its alarm allows meanwhile
TAKES_MS = 4 * ALLOWED_MS
LATE_MS = 3 * ALLOWED_MS  # no request to the good version takes as long, on a busy machine either


class SlowModel(Fault):
    name = "slow-model"
    shows = "a version that is too slow is stopped by its latency alarm as a canary, rolled back and blocked"

    def __init__(self) -> None:
        self._bad: BadRelease | None = None
        self._seen: Observed | None = None
        self._blocked: Evidence = {}
        self._back: Evidence = {}

    def inject(self, rehearsal: Rehearsal) -> None:
        model = of_serving(rehearsal)
        self._bad = bad = BadRelease(rehearsal, model)
        bad.prepare(slow(TAKES_MS))
        set_endpoint(rehearsal, model, {"latency_ms": ALLOWED_MS})
        with bad.rolling_out() as observed:
            self._seen = observed
        note(rehearsal, model, self.name, observed)
        late = _late(observed)
        require(bool(late), f"{self.name}: no request was late, so nothing was to be stopped")
        self.began = late[0].sent

    def detected(self, rehearsal: Rehearsal) -> Evidence:
        assert self._seen is not None
        if not self._seen.alarms:
            raise StageFailed(f"{self.name}: no alarm went off", {"statuses": self._seen.statuses()})
        alarm, moment = min(self._seen.alarms.items(), key=lambda item: item[1])
        return {"at": moment, "alarm": alarm}

    def causes(self, rehearsal: Rehearsal) -> list[str]:
        """The version that went out, or the update of its endpoint that brought it."""
        model = self._bad.model if self._bad is not None else ""
        return [f"release:{model}", f"{model}-endpoint-endpoint"]

    def respond(self, rehearsal: Rehearsal) -> str:
        """The rollback was SageMaker's; that the version stays out is a person's word."""
        assert self._bad is not None
        self._blocked = self._bad.check_blocked("it is too slow")
        self._back = self._bad.back()
        return f"version {self._bad.version} was blocked, and version {self._bad.good} is asked for again"

    def recovered(self, rehearsal: Rehearsal) -> Evidence:
        assert self._bad is not None
        assert self._seen is not None
        sent = sorted(self._seen.answers, key=lambda answer: answer.sent)
        late = _late(self._seen)
        began = late[0].sent
        back = self._seen.first("RollingBack", "InService", since=began)
        rested = self._seen.first("InService", since=began)
        if back is None or rested is None:
            raise StageFailed(f"{self.name}: the endpoint did not come back", {"statuses": self._seen.statuses()})
        exposed = [answer for answer in sent if began <= answer.sent <= max(back, late[-1].sent)]
        after = [answer for answer in sent if answer.sent > back]
        evidence: Evidence = {
            "at": rested,
            "requests": len(sent),
            "failed": sum(answer.value is None for answer in sent),
            "late": len(late),
            "requests_while_exposed": len(exposed),
            "share": round(len(late) / len(exposed), 4),
            "configured_share": SHARE,
            "requests_after_rollback": len(after),
            "late_after_rollback": sum(answer in late for answer in after),
            **self._blocked,
            "back_to": self._back,
        }
        require(not evidence["failed"], f"{self.name}: requests failed", evidence)
        require(fair(len(late), len(exposed), SHARE), f"{self.name}: not the canary's share was late", evidence)
        require(bool(after) and not evidence["late_after_rollback"], f"{self.name}: requests stay late", evidence)
        evidence["verify"] = agrees(rehearsal, self._bad.model, evidence)
        return evidence

    def undo(self, rehearsal: Rehearsal) -> None:
        if self._bad is not None and not self._back:
            self._bad.back()


def _late(observed: Observed) -> list[Answer]:
    """In the order of sending."""
    late = (answer for answer in observed.answers if answer.seconds * 1e3 > LATE_MS)
    return sorted(late, key=lambda answer: answer.sent)
