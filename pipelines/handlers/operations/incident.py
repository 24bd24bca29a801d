"""The record of an incident: a pure function of what was observed, in whatever order it arrived.

What the functions return is JSON as contracts/incidents.py has it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .observation import ALARM, OK, Observation
from .postmortem import post_mortem, summary

MOST_ALERTS = 100
MOST_LINES = 200
WORDS = {ALARM: "went off", OK: "recovered", "unknown": "has no data"}
Json = dict[str, Any]


def state(observations: Sequence[Observation]) -> tuple[bool, str | None]:
    """Whether any alert is still on, and otherwise when the last one recovered."""
    latest: dict[str, Observation] = {}
    for each in sorted(observations, key=_order):
        if each.state != "unknown":
            latest[f"{each.kind}:{each.name}"] = each
    if not latest or any(each.state == ALARM for each in latest.values()):
        return True, None
    return False, max(each.at for each in latest.values())


def derive(
    id: str,
    environment: str,
    observations: Sequence[Observation],
    *,
    context: Mapping[str, Any] | None = None,
    suspects: Sequence[Mapping[str, Any]] = (),
    actions: Sequence[Mapping[str, Any]] = (),
    closed: Mapping[str, str] | None = None,
    owners: Mapping[str, str] | None = None,
) -> Json:
    """The whole record. `closed` is what a person said who closed it: `at`, `summary`."""
    ordered = sorted(observations, key=_order)
    alerts = [each for each in ordered if each.state == ALARM]
    if not alerts:
        raise ValueError("an incident has an alert at least")
    is_open, recovered = state(ordered)
    closed_at = closed["at"] if closed is not None and is_open else recovered
    still_open = is_open and closed is None
    severity = "page" if any(each.severity == "page" for each in alerts) else "ticket"
    subjects = sorted({each.subject for each in ordered})
    record: Json = {
        "id": id,
        "environment": environment,
        "title": _title(alerts),
        "severity": severity,
        "status": "open" if still_open else "closed",
        "opened_at": alerts[0].at,
        "closed_at": None if still_open else max(closed_at or "", alerts[0].at),
        "subjects": subjects,
        "alerts": [_alert(each) for each in alerts[:MOST_ALERTS]],
        "context": dict(context or {}),
        "suspects": [dict(each) for each in suspects],
        "actions": sorted((dict(each) for each in actions), key=lambda action: (action["at"], action["kind"])),
        "timeline": _timeline(ordered, actions, context or {}, closed),
        "summary": None,
        "post_mortem": None,
    }
    if not still_open:
        record["summary"] = closed["summary"] if closed is not None and closed.get("summary") else summary(record)
        record["post_mortem"] = post_mortem(record, owners or {})
    return record


def _order(each: Observation) -> tuple[str, int, str]:
    # At one moment bad comes before good: what recovers has been bad.
    return each.at, 1 if each.state == OK else 0, each.key


def _alert(each: Observation) -> Json:
    return {
        "id": each.key,
        "at": each.at,
        "name": each.name,
        "signal": each.signal,
        "subject": each.subject,
        "severity": each.severity,
        "reason": each.reason,
    }


def _title(alerts: Sequence[Observation]) -> str:
    subjects = sorted({each.subject for each in alerts})
    signals = list(dict.fromkeys(each.signal for each in alerts))
    who = subjects[0] if len(subjects) == 1 else f"{len(subjects)} subjects ({', '.join(subjects[:3])})"
    return f"{', '.join(signals[:3])}{' ...' if len(signals) > 3 else ''} of {who}"


def _timeline(
    ordered: Sequence[Observation],
    actions: Sequence[Mapping[str, Any]],
    context: Mapping[str, Any],
    closed: Mapping[str, str] | None,
) -> list[Json]:
    lines = [{"at": each.at, "what": f"{each.name} {WORDS[each.state]}: {each.reason}"} for each in ordered]
    lines += [{"at": c["at"], "what": f"change ({c['kind']}): {c['what']}"} for c in context.get("changes", ())]
    lines += [{"at": a["at"], "what": f"{a['kind']} of {a['target']}: {a['status']}, {a['reason']}"} for a in actions]
    if closed is not None:
        lines.append({"at": closed["at"], "what": f"closed by hand: {closed.get('summary') or 'without a summary'}"})
    return sorted(lines, key=lambda line: (line["at"], line["what"]))[:MOST_LINES]
