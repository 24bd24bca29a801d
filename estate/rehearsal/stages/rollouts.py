"""canary, rollback: a better version takes over step by step, and a bad one is stopped by its alarm."""

import math

from estate.rehearsal.bad_release import WHO, BadRelease
from estate.rehearsal.context import Rehearsal
from estate.rehearsal.observer import FAILED, NEW, OLD, UNKNOWN, Observed, observe
from estate.rehearsal.serving import CANARY, SHARE, agrees, set_endpoint, version_of
from estate.rehearsal.stage import Evidence, StageFailed, StageSkipped, require
from estate.rehearsal.stages.provisioning import apply
from estate.rehearsal.versions import failing
from estate.release.packages import approve
from estate.release.promote import promote

DRIFTS = 5  # standard deviations that a fair draw may be off


def canary(rehearsal: Rehearsal) -> Evidence:
    """The retrained version takes over: first a share of the traffic while alarms watch, then all of it."""
    return {model: _taken_over(rehearsal, model) for model in _retrained(rehearsal)}


def _retrained(rehearsal: Rehearsal) -> list[str]:
    models = [model for model, story in rehearsal.stories.items() if len(story.packages) > 1]
    if not models:
        raise StageSkipped("no model has a second version to roll out")
    return models


def _taken_over(rehearsal: Rehearsal, model: str) -> Evidence:
    arn = rehearsal.stories[model].packages[-1]
    approve(rehearsal.estate, arn, who=WHO, why="better on drifted rows")
    promote(rehearsal.estate, model, version_of(arn))
    set_endpoint(rehearsal, model, CANARY)
    with observe(rehearsal, model) as observed:
        apply(rehearsal)
    shifting = observed.shifting()
    total = sum(shifting.values())
    counts = observed.counts()
    evidence: Evidence = {
        "version": version_of(arn),
        "requests": len(observed.answers),
        "failed": counts.get(FAILED, 0),
        "answered_while_shifting": shifting,
        "share": round(shifting[NEW] / max(1, total), 4),
        "configured_share": SHARE,
        "clock": rehearsal.cloud.speed,
        "statuses": observed.statuses(),
    }
    note(rehearsal, model, "canary", observed)
    require(not counts.get(FAILED), f"{model}: requests failed while the version changed", evidence)
    require(not counts.get(UNKNOWN), f"{model}: some answers are of neither version", evidence)
    require(fair(shifting[NEW], total, SHARE), f"{model}: the canary's share is not the configured one", evidence)
    evidence["finally"] = observed.label(observed.telling()[-1])
    require(evidence["finally"] == NEW, f"{model}: the old version still answers", evidence)
    evidence["verify"] = agrees(rehearsal, model, evidence)
    return evidence


def rollback(rehearsal: Rehearsal) -> Evidence:
    """A version that fails on requests is stopped by its alarm, reported, blocked, and cannot come back."""
    model = _retrained(rehearsal)[0]
    bad = BadRelease(rehearsal, model)
    bad.prepare(failing)
    with bad.rolling_out() as observed:
        pass
    note(rehearsal, model, "rollback", observed)
    evidence = {"version": bad.version, **stopped(rehearsal, model, observed)}
    evidence |= bad.check_blocked("its requests fail with 5xx")
    evidence["back_to"] = bad.back()
    evidence["verify"] = agrees(rehearsal, model, evidence)
    return {model: evidence}


def stopped(rehearsal: Rehearsal, model: str, observed: Observed) -> Evidence:
    """What the rollback came to. Fails the stage where failures are not the canary's share, or go on."""
    sent = sorted(observed.answers, key=lambda answer: answer.sent)
    failures = [answer for answer in sent if observed.label(answer) == FAILED]
    evidence: Evidence = {
        "requests": len(sent),
        "failed": len(failures),
        "errors": sorted({answer.error for answer in failures}),
        "alarms": sorted(observed.alarms),
        "clock": rehearsal.cloud.speed,
        "statuses": observed.statuses(),
    }
    require(bool(failures), f"{model}: no request failed, so nothing was to be stopped", evidence)
    window, first = observed.exposed(), failures[0].sent
    turned = observed.first("RollingBack", "InService", since=first)
    rested = observed.first("InService", since=first)
    # On a slow machine an alarm on latency may have been raised by what went before.
    alarmed = min((at for at in observed.alarms.values() if at >= first), default=None)
    if alarmed is None or window is None or turned is None or rested is None:
        raise StageFailed(f"{model}: no alarm rolled the version back", evidence)
    exposed = [answer for answer in sent if window[0] <= answer.sent <= window[1]]
    afterwards = [answer for answer in sent if answer.sent > turned]
    evidence |= {
        "requests_while_exposed": len(exposed),
        "share": round(len(failures) / len(exposed), 4),
        "configured_share": SHARE,
        "requests_after_rollback": len(afterwards),
        "failed_after_rollback": sum(observed.label(answer) != OLD for answer in afterwards),
        "seconds_to_detect": round(alarmed - first, 2),
        "seconds_to_roll_back": round(rested - alarmed, 2),
    }
    require(fair(len(failures), len(exposed), SHARE), f"{model}: not the canary's share of requests failed", evidence)
    require(bool(afterwards), f"{model}: nothing was asked after the rollback", evidence)
    require(not evidence["failed_after_rollback"], f"{model}: requests failed after the rollback", evidence)
    return evidence


def fair(count: int, total: int, share: float) -> bool:
    """Whether `count` of `total` is a fair draw with probability `share`; the window's edges add one each."""
    return total > 0 and abs(count - total * share) <= DRIFTS * math.sqrt(total * share * (1 - share)) + 2


def note(rehearsal: Rehearsal, model: str, stage: str, observed: Observed) -> None:
    """Keeps, for the report, who answered over time."""
    noted = {"model": model, "stage": stage, "statuses": observed.statuses(), **observed.timeline()}
    rehearsal.notes.setdefault("rollouts", []).append(noted)
