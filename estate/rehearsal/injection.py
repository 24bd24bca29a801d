"""Injects one fault, and holds the estate to what the fault says of detection and recovery."""

import time
from collections.abc import Callable
from contextlib import suppress

from estate.rehearsal.context import POLL_S, Rehearsal
from estate.rehearsal.fault import Fault
from estate.rehearsal.health import ailing, alarms_on, wait_until_well
from estate.rehearsal.incidents import explained, known, set_apart
from estate.rehearsal.stage import Evidence, StageFailed, require

WELL_WITHIN_S = 60.0
AT = "at"  # key of evidence: when it happened, seconds since 1970, where that is known better than by polling


def inject(kind: type[Fault], rehearsal: Rehearsal) -> Evidence:
    """Evidence of a fault that was detected and recovered from; the estate is well before and after.

    Raises StageFailed where it was not, in time; the fault is undone then, too.
    """
    accepted = frozenset(alarms_on(rehearsal))
    sick = ailing(rehearsal, accepted)
    require(not sick, f"{kind.name}: the estate was not well before: {'; '.join(sick)}")
    set_apart(rehearsal)
    fault, earlier = kind(), known(rehearsal)
    evidence: Evidence = {"shows": kind.shows, "needs": kind.needs, "clock": rehearsal.cloud.speed}
    began = time.time()
    try:
        fault.inject(rehearsal)
        began = fault.began if fault.began is not None else began
        found = _await(fault.detected, rehearsal, kind.detect_within_s, f"{kind.name}: nothing noticed it", evidence)
        noticed = float(found.pop(AT))
        evidence |= {"detected": found, **_took("detect", noticed - began, rehearsal)}
        rehearsal.tell(f"{kind.name}: detected after {noticed - began:.1f} s")
        if (done := fault.respond(rehearsal)) is not None:
            evidence["responded"] = done
        back = _await(
            fault.recovered, rehearsal, kind.recover_within_s, f"{kind.name}: the estate did not recover", evidence
        )
        recovered = float(back.pop(AT))
        evidence |= {"recovered": back, **_took("recover", recovered - noticed, rehearsal)}
        rehearsal.tell(f"{kind.name}: recovered {recovered - noticed:.1f} s later")
    except BaseException:
        with suppress(Exception):  # the first error is the one to tell
            fault.undo(rehearsal)
        raise
    fault.undo(rehearsal)
    left = wait_until_well(rehearsal, accepted, WELL_WITHIN_S)
    require(not left, f"{kind.name}: the estate is not well after it: {'; '.join(left)}", evidence)
    try:
        return {**evidence, **explained(rehearsal, earlier, fault.causes(rehearsal), kind.no_incident)}
    except StageFailed as failure:
        raise StageFailed(f"{kind.name}: {failure}", {**evidence, **failure.evidence}) from None


def _await(
    look: Callable[[Rehearsal], Evidence | None],
    rehearsal: Rehearsal,
    within_s: float,
    otherwise: str,
    so_far: Evidence,
) -> Evidence:
    """The evidence that `look` gives at last, with the moment of it."""
    deadline = time.monotonic() + within_s
    while (found := look(rehearsal)) is None:
        if time.monotonic() > deadline:
            raise StageFailed(f"{otherwise} within {within_s:.0f} s", so_far)
        time.sleep(POLL_S)
    return {AT: time.time(), **found}


def _took(what: str, seconds: float, rehearsal: Rehearsal) -> Evidence:
    """Real seconds, and those that passed for alarms and rollouts meanwhile."""
    return {
        f"seconds_to_{what}": round(seconds, 2),
        f"emulated_seconds_to_{what}": round(seconds * rehearsal.cloud.speed, 1),
    }
