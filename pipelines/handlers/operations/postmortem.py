"""What is written when an incident closes: a summary, and the draft of a blameless post-mortem."""

from collections.abc import Mapping, Sequence
from typing import Any

from .observation import seconds

FOLLOW_UPS = {
    "release": "Which check before the release would have shown it? Add it to the gate or the rollout's alarms.",
    "data": "Which rule of the data contract would have kept it out? Add it to workload.yaml.",
    "traffic": "Is this load or input to be expected again? Adjust capacity, the contract with callers, or the model.",
    "resource": "Would `estate plan` or a policy have shown the change? Add a rule, or an alarm closer to the cause.",
}
Json = Mapping[str, Any]


def summary(record: Json) -> str:
    """Two sentences: what was seen for how long, and what is suspected and was done."""
    took = duration(seconds(str(record["closed_at"])) - seconds(str(record["opened_at"])))
    text = f"{record['title']}: {len(record['alerts'])} alerts over {took}."
    if record["suspects"]:
        first = record["suspects"][0]
        text += f" Likeliest cause: {short(first['subject'])} ({first['score']:.0%}: {first['reasons'][0]})."
    done = [f"{action['kind']} of {action['target']}" for action in record["actions"] if action["status"] == "done"]
    return text + (f" Done by itself: {', '.join(done)}." if done else " Nothing was done by itself.")


def post_mortem(record: Json, owners: Mapping[str, str]) -> str:
    """Markdown. Facts are filled in; judgement is left to people, and asked for."""
    opened, closed = str(record["opened_at"]), str(record["closed_at"])
    asked = [f"- {owners[subject]} answers for {subject}" for subject in record["subjects"] if subject in owners]
    parts = [
        f"# {record['title']}",
        f"Incident {record['id']}, {record['environment']}, severity {record['severity']}. A draft: it says what"
        " systems did, not what people should have done; whoever knows better corrects it.",
        "## Impact",
        *(f"- {subject}: {_signals(record, subject)}" for subject in record["subjects"]),
        "- Who noticed, and what it cost them: to be filled in",
        *asked,
        "## Detection and recovery",
        *_times(record, opened, closed),
        "## Timeline (UTC)",
        *(f"- {line['at']} {line['what']}" for line in record["timeline"]),
        "## Suspected causes",
        *(_suspects(record["suspects"]) or ["- none was found"]),
        "## What was done by itself",
        *(
            [f"- {a['at']} {a['kind']} of {a['target']}: {a['status']}, {a['reason']}" for a in record["actions"]]
            or ["- nothing"]
        ),
        "## Follow-up",
        *(f"- [ ] {line}" for line in _follow_ups(record)),
    ]
    return "\n".join(parts) + "\n"


def _times(record: Json, opened: str, closed: str) -> list[str]:
    lines = [f"- first alert {opened}, last recovery {closed}: {duration(seconds(closed) - seconds(opened))}"]
    before = [c for c in record["context"].get("changes", ()) if c["at"] <= opened]
    if before:
        last = max(before, key=lambda change: change["at"])
        lag = duration(seconds(opened) - seconds(last["at"]))
        lines.append(f"- last change before it, {lag} earlier: {last['what']}")
    acted = [a["at"] for a in record["actions"] if a["status"] == "done"]
    if acted:
        lines.append(f"- first action {duration(seconds(min(acted)) - seconds(opened))} after the first alert")
    return lines


def _signals(record: Json, subject: str) -> str:
    seen = dict.fromkeys(a["signal"] for a in record["alerts"] if a["subject"] == subject)
    return ", ".join(seen) or "recovered only"


def _suspects(suspects: Sequence[Json]) -> list[str]:
    return [
        f"{n}. {short(s['subject'])} ({s['score']:.0%}): {'; '.join(s['reasons'])}" for n, s in enumerate(suspects, 1)
    ]


def _follow_ups(record: Json) -> list[str]:
    kinds = [str(s["subject"]).partition(":")[0] for s in record["suspects"][:1]]
    said = [FOLLOW_UPS.get(kind, FOLLOW_UPS["resource"]) for kind in kinds]
    if any(action["status"] == "dry-run" for action in record["actions"]):
        said.append("An action was only written down. Should it be carried out next time (operations.healing.act)?")
    if any(action["status"] in ("refused", "failed") for action in record["actions"]):
        said.append("An action was refused or failed: is its limit right, and its runbook?")
    return [*said, "Was the alert early enough, and did it reach who could act?", "Is the suspected cause the cause?"]


def short(subject: str) -> str:
    """A URN's type and name; other subjects as they are."""
    if not subject.startswith("urn:pulumi:"):
        return subject
    kind, _, name = subject.rpartition("::")
    return f"{kind.rpartition(':')[2]} {name}"


def duration(seconds_: float) -> str:
    """A number of seconds as a person says it."""
    whole = round(max(0.0, seconds_))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h {whole % 3600 // 60} min"
