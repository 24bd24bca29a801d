"""canary, rollback: a better version takes over step by step, and a bad one is stopped by its alarm."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ruamel.yaml import YAML

from estate.rehearsal.context import Rehearsal
from estate.rehearsal.observer import FAILED, NEW, OLD, UNKNOWN, Observed, observe
from estate.rehearsal.stage import Evidence, StageFailed, StageSkipped, require
from estate.rehearsal.stages.provisioning import apply
from estate.rehearsal.versions import failing, register
from estate.release.account import ReleaseError
from estate.release.packages import approve, block
from estate.release.promote import MODELS, promote
from estate.release.verify import verify

WHO = "rehearsal"
SHARE = 0.25
ENDPOINT = {
    "autoscaling": {"minimum": 4, "maximum": 4},
    "rollout": {"strategy": "canary", "step_percent": round(100 * SHARE), "bake_seconds": 60},
}
BAKE_OF_THE_BAD_S = 900  # its alarm goes off long before
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
    promote(rehearsal.estate, model, _version(arn))
    _set_endpoint(rehearsal, model, ENDPOINT)
    with observe(rehearsal, model) as observed:
        apply(rehearsal)
    shifting = observed.shifting()
    total = sum(shifting.values())
    counts = observed.counts()
    evidence: Evidence = {
        "version": _version(arn),
        "requests": len(observed.answers),
        "failed": counts.get(FAILED, 0),
        "answered_while_shifting": shifting,
        "share": round(shifting[NEW] / max(1, total), 4),
        "configured_share": SHARE,
        "clock": rehearsal.cloud.speed,
        "statuses": observed.statuses(),
    }
    _note(rehearsal, model, "canary", observed)
    require(not counts.get(FAILED), f"{model}: requests failed while the version changed", evidence)
    require(not counts.get(UNKNOWN), f"{model}: some answers are of neither version", evidence)
    require(_fair(shifting[NEW], total, SHARE), f"{model}: the canary's share is not the configured one", evidence)
    evidence["finally"] = observed.label(observed.telling()[-1])
    require(evidence["finally"] == NEW, f"{model}: the old version still answers", evidence)
    evidence["verify"] = _agrees(rehearsal, model, evidence)
    return evidence


def rollback(rehearsal: Rehearsal) -> Evidence:
    """A version that fails on requests is stopped by its alarm, reported, blocked, and cannot come back."""
    model = _retrained(rehearsal)[0]
    bad, good = register(rehearsal, model, failing), _version(rehearsal.stories[model].packages[-1])
    approve(rehearsal.estate, bad, who=WHO, why="its registered metrics meet the gate")
    version = _version(bad)
    promote(rehearsal.estate, model, version)
    rollout = {**ENDPOINT["rollout"], "bake_seconds": BAKE_OF_THE_BAD_S}
    _set_endpoint(rehearsal, model, {**ENDPOINT, "rollout": rollout})
    with observe(rehearsal, model) as observed:
        try:
            apply(rehearsal)
        except StageFailed as failure:
            reported = str(failure)
        else:
            raise StageFailed(f"{model}: version {version} was rolled back and the run reports success")
    _note(rehearsal, model, "rollback", observed)
    evidence = {"version": version, **_stopped(rehearsal, model, observed), "reported": reported}
    require("rolled back" in reported, f"{model}: the run does not say that the version was rolled back", evidence)
    evidence["verify_after_rollback"] = _differs(rehearsal, model, "serves", evidence)
    block(rehearsal.estate, bad, who=WHO, why="rolled back: its requests fail with 5xx")
    evidence["verify_blocked"] = _differs(rehearsal, model, "is blocked", evidence, live=False)
    evidence["promote_refused"] = _refusal(rehearsal, model, version, evidence)
    promote(rehearsal.estate, model, good)
    _set_endpoint(rehearsal, model, ENDPOINT)
    changed = [step for step in apply(rehearsal) if step.op not in ("same", "read")]
    evidence["back_to"] = {"version": good, "steps": [f"{step.op} {step.name}" for step in changed]}
    evidence["verify"] = _agrees(rehearsal, model, evidence)
    return {model: evidence}


def _stopped(rehearsal: Rehearsal, model: str, observed: Observed) -> Evidence:
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
    if not observed.alarms or window is None or turned is None or rested is None:
        raise StageFailed(f"{model}: no alarm rolled the version back", evidence)
    alarmed = min(observed.alarms.values())
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
    require(_fair(len(failures), len(exposed), SHARE), f"{model}: not the canary's share of requests failed", evidence)
    require(bool(afterwards), f"{model}: nothing was asked after the rollback", evidence)
    require(not evidence["failed_after_rollback"], f"{model}: requests failed after the rollback", evidence)
    return evidence


def _fair(count: int, total: int, share: float) -> bool:
    """Whether `count` of `total` is a fair draw with probability `share`; the window's edges add one each."""
    return total > 0 and abs(count - total * share) <= DRIFTS * math.sqrt(total * share * (1 - share)) + 2


def _set_endpoint(rehearsal: Rehearsal, model: str, endpoint: Mapping[str, Any]) -> None:
    """Writes how the model is served into the copy of the settings; the project's own file stays as it is."""
    yaml = YAML()
    document = yaml.load(rehearsal.stack_file)
    document["config"][MODELS][model]["endpoint"] = {
        **document["config"][MODELS][model].get("endpoint", {}),
        **endpoint,
    }
    yaml.dump(document, rehearsal.stack_file)


def _agrees(rehearsal: Rehearsal, model: str, evidence: Evidence) -> Evidence:
    verdicts = verify(rehearsal.estate)
    wrong = [f"{verdict.model}: {verdict.difference}" for verdict in verdicts if verdict.difference]
    require(not wrong, "; ".join(wrong), evidence)
    return asdict(next(verdict for verdict in verdicts if verdict.model == model))


def _differs(rehearsal: Rehearsal, model: str, words: str, evidence: Evidence, *, live: bool = True) -> str:
    """The difference that `estate verify` exits with 1 for."""
    found = {verdict.model: verdict.difference for verdict in verify(rehearsal.estate, live=live)}[model]
    require(found is not None and words in found, f"{model}: verify says {found!r} of a bad release", evidence)
    return str(found)


def _refusal(rehearsal: Rehearsal, model: str, version: int, evidence: Evidence) -> str:
    try:
        promote(rehearsal.estate, model, version)
    except ReleaseError as refusal:
        return str(refusal)
    raise StageFailed(f"{model}: the blocked version {version} was pinned again", evidence)


def _note(rehearsal: Rehearsal, model: str, stage: str, observed: Observed) -> None:
    """Keeps, for the report, who answered over time."""
    noted = {"model": model, "stage": stage, "statuses": observed.statuses(), **observed.timeline()}
    rehearsal.notes.setdefault("rollouts", []).append(noted)


def _version(arn: str) -> int:
    return int(arn.rpartition("/")[2])
