"""Answers an incident by the rules in rules.json: rollback, restart, scale-out, retrain, quarantine.

Every action is bounded (kill switch, dry run, rates, blast radius), begun at most once an incident and target, and
written into the incident and the log. Environment: SETTINGS (see setup.py).
"""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .actions import ACTIONS, Refused, Task
from .graph import Graph
from .incidents import kind_of, record_of
from .limits import Limits, recent, refusal
from .observation import MalformedEvent, text, written
from .setup import Client, Setup, client
from .store import Conflict, Duplicate, Store, new, next_version, retried

LEASE_S = 300.0  # after this, an action that was begun and never ended may be begun again
Json = dict[str, Any]


def handle(event: Json, _context: object) -> Json:
    """What was done about the incident that the event names. Raises MalformedEvent."""
    if not isinstance(event, dict):
        raise MalformedEvent(f"the event is {type(event).__name__}; an object is expected")
    setup, id = Setup.read(), text(event, "detail", "incident")
    store = setup.store()
    found = store.get("incident", id)
    if found is None:
        raise MalformedEvent(f"there is no incident {id!r}")
    record = found[0]["record"]
    if record["status"] != "open":
        return {"skipped": f"incident {id} is {record['status']}"}
    graph = setup.graph(store, client)
    outcomes: list[Json] = []
    for fitting in decide(record, graph, setup, client):
        for kind, task in fitting:
            outcome, go_on = _act(kind, task, setup, store)
            outcomes += [outcome] if outcome is not None else []
            if not go_on:
                break
    return {"incident": id, "actions": outcomes}


def decide(record: Mapping[str, Any], graph: Graph, setup: Setup, client: Client) -> list[list[tuple[str, Task]]]:
    """The rules that fit each subject of the incident, in order; a subject without one is left to people.

    A later rule is for where the action of the one before would be wrong, such as a rollback of the first release.
    """
    rules = json.loads((Path(__file__).parent / "rules.json").read_text(encoding="utf-8"))
    chosen: list[list[tuple[str, Task]]] = []
    for subject in record["subjects"]:
        if subject not in graph.models:
            continue  # self-healing knows models; a handler's failures go to people
        alerts = [alert for alert in record["alerts"] if alert["subject"] == subject]
        fitting: dict[str, Task] = {}
        for rule in rules:
            alert = next((each for each in alerts if each["signal"] in rule["signals"]), None)
            suspect = _suspected(rule, subject, record, graph)
            if alert is not None and suspect is not None:
                reason = f"rule {rule['id']}: {alert['name']}" + (f", {suspect}" if suspect else "")
                task = Task(record["id"], subject, alert, reason, record["opened_at"], graph, setup, client)
                fitting.setdefault(rule["action"], task)
        chosen.append(list(fitting.items()))
    return chosen


def _suspected(rule: Mapping[str, Any], subject: str, record: Mapping[str, Any], graph: Graph) -> str | None:
    """Which of the two likeliest suspects the rule means, in words; empty where it means none."""
    if not rule["suspect"]:
        return ""
    own = {f"{kind}:{subject}" for kind in ("release", "data", "traffic")}
    own |= {urn for urn in (graph.endpoint(subject), *(graph.pipeline(subject, k) for k in _KINDS)) if urn is not None}
    for each in record["suspects"][:2]:
        fits = kind_of(each["subject"], graph) == rule["suspect"] and each["subject"] in own
        if fits and each["score"] >= rule["least"]:
            return f"{rule['suspect']} suspected with {each['score']:.0%}"
    return None


_KINDS = ("data", "training", "monitor")


def _act(kind: str, task: Task, setup: Setup, store: Store) -> tuple[Json | None, bool]:
    """What was written down of it, if anything, and whether the next fitting rule has its turn.

    That is so only where the action itself was refused: neither a switch nor a limit is a reason to try another.
    """
    if not switched_on(setup, task.client):
        return _noted(task, kind, "refused", "self-healing is switched off", setup, store), False
    if kind not in setup.act:
        reason = f"{task.reason}; operations.healing.act does not name it"
        return _noted(task, kind, "dry-run", reason, setup, store), False
    refused = retried(lambda: _begin(kind, task, setup, store))
    if refused is None:
        begun = store.get("action", _sk(kind, task))
        return None, begun is not None and begun[0]["status"] == "refused"
    if refused:
        return _noted(task, kind, "refused", refused, setup, store), False
    try:
        status, reason = "done", ACTIONS[kind](task)
    except Refused as why:
        status, reason = "refused", str(why)
    except Exception as error:  # whatever it is, an action that was begun is written down
        status, reason = "failed", f"{type(error).__name__}: {error}"
    retried(lambda: _end(kind, task, status, store))
    return _noted(task, kind, status, f"{reason} ({task.reason})", setup, store), status == "refused"


def switched_on(setup: Setup, client: Client) -> bool:
    """Whether the kill switch allows actions. One that cannot be read allows none."""
    try:
        return client("ssm").get_parameter(Name=setup.switch)["Parameter"]["Value"].strip() == "on"
    except (ClientError, BotoCoreError):
        return False


def _begin(kind: str, task: Task, setup: Setup, store: Store) -> str | None:
    """Empty where the action may go on, a reason where it is refused, None where it was begun before.

    The mark of the action and its place in the limits are written together, so that neither is without the other.
    """
    now_s, sk = time.time(), _sk(kind, task)
    begun = store.get("action", sk)
    if begun is not None and (begun[0]["status"] != "begun" or now_s - begun[0]["at_s"] < LEASE_S):
        return None
    found = store.get("limit", "actions")
    log, version = (found[0]["done"], found[1]) if found is not None else ([], 0)
    limits = Limits(setup.per_target_hour, setup.per_hour, setup.share, len(task.graph.models))
    why = refusal(log, kind, task.model, now_s, limits)
    if why is not None:
        return why
    mark = {"status": "begun", "at_s": now_s, "kind": kind, "target": task.model}
    done = [*recent(log, now_s), {"at_s": now_s, "kind": kind, "target": task.model}]
    put = new("action", sk, mark) if begun is None else next_version("action", sk, mark, begun[1])
    try:
        store.write(put, next_version("limit", "actions", {"done": done}, version))
    except Duplicate:
        raise Conflict from None
    return ""


def _end(kind: str, task: Task, status: str, store: Store) -> None:
    found = store.get("action", _sk(kind, task))
    assert found is not None
    body, version = found
    store.write(next_version("action", _sk(kind, task), {**body, "status": status}, version))


def _sk(kind: str, task: Task) -> str:
    return f"{task.incident}#{kind}#{task.model}"


def _noted(task: Task, kind: str, status: str, reason: str, setup: Setup, store: Store) -> Json:
    """Writes the action into the incident and the log; the same refusal is written once."""
    action = {
        "at": written(datetime.now(UTC)),
        "kind": kind,
        "target": task.model,
        "status": status,
        "reason": reason[:1024],
    }

    def save() -> bool:
        found = store.get("incident", task.incident)
        assert found is not None
        body, version = found
        same = ("kind", "target", "status")
        if any(all(each[key] == action[key] for key in same) for each in body["actions"]):
            return False
        body["actions"] = [*body["actions"], action]
        body["record"] = record_of(task.incident, body, setup.environment, setup.owners)
        store.write(next_version("incident", task.incident, body, version))
        return True

    if retried(save):
        print(json.dumps({"audit": "self-healing", "incident": task.incident, **action}))  # noqa: T201
    return action
