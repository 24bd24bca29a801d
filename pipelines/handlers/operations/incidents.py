"""Takes events of alarms, endpoints and pipelines; keeps one incident for all that has one cause.

Environment: SETTINGS (see setup.py). The same event twice changes nothing; events in another order give the same
record. Concurrent invocations are told apart by versions in the table.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from . import alertmanager
from .changes import deployments, releases
from .gather import Gathered, gather
from .graph import RELEASE, Graph
from .grouping import Index, find, merged
from .incident import derive, state
from .observation import ALARM, OK, Observation, read, seconds
from .postmortem import short
from .rank import Ranked, rank
from .setup import Client, Setup, client
from .store import Conflict, Duplicate, Store, new, next_version, retried

MOST_OBSERVATIONS = 250
Json = dict[str, Any]


def handle(event: Json, _context: object) -> Json:
    """The incident that the event belongs to, and what became of it; of a message of several alerts, a list of both.

    Raises MalformedEvent.
    """
    setup = Setup.read()
    store = setup.store()
    graph = setup.graph(store, client)
    naming = setup.naming(graph)
    if alertmanager.speaks(event):
        return {"alerts": [_heard(each, setup, store, graph) for each in alertmanager.read(event, naming)]}
    observation = read(event, naming)
    if observation is None:
        return {"ignored": "it says neither good nor bad by itself"}
    return _heard(observation, setup, store, graph)


def _heard(observation: Observation, setup: Setup, store: Store, graph: Graph) -> Json:
    changed = _changed(observation, setup, store, graph)
    id = retried(lambda: _take(observation, setup, store, graph, changed))
    if id is None:
        return {"kept": f"{observation.name} recovered before it was heard of"}
    enriched = _enrich(id, setup, store, graph, client)
    return {"incident": id, "enriched": enriched}


def _changed(observation: Observation, setup: Setup, store: Store, graph: Graph) -> dict[str, str]:
    """Nodes that were changed within an hour before, with when: by deployments, and by a release on its way."""
    first_s = seconds(observation.at)
    found: dict[str, str] = {}
    try:
        models = [observation.subject] if observation.subject in graph.models else []
        for change in deployments(store, graph, first_s - 3600.0):
            # A deployment is on record when it has ended; a release is dated by when it began, below.
            found |= {node: change.at for node in change.nodes if not node.startswith(RELEASE)}
        for change in releases(client, graph, models, setup.prefix, first_s):
            found |= dict.fromkeys(change.nodes, change.at)
    except (ClientError, BotoCoreError):
        pass  # it is filed with less knowledge rather than not at all; the gathering names what cannot be read
    return found


def _take(observation: Observation, setup: Setup, store: Store, graph: Graph, changed: Mapping[str, str]) -> str | None:
    """Files the observation once; the incident's id, None while there is none. Raises Conflict."""
    seen = store.get("seen", observation.key)
    if seen is not None:
        return seen[0]["incident"]
    index = _index(store)
    entry = find(observation, index, graph, changed)
    early = [each for each in index.early if each.name == observation.name and each.kind == observation.kind]
    if entry is None and observation.state != ALARM:
        # A missing metric says neither good nor bad, and a reason is read of alerts only.
        good = (replace(observation, reason=observation.reason[:200]),) if observation.state == OK else ()
        _write(store, observation, None, Index(index.entries, (*index.early, *good), index.version))
        return None
    fresh = [observation, *early] if observation.state == ALARM else [observation]
    id = entry.id if entry is not None else f"{observation.at[:10].replace('-', '')}-{observation.key[:8]}"
    found = store.get("incident", id)
    body: Json = {"observations": [], "actions": [], "told": []}
    version = 0
    if found is not None:
        body, version = found
    body["observations"] = _trimmed([*body["observations"], *(each.to_json() for each in fresh)])
    if body.get("closed") and observation.state == ALARM and observation.at > body["closed"]["at"]:
        body["closed"] = None  # it went off again after a person closed it
    body["record"] = record_of(id, body, setup.environment, setup.owners)
    is_open = body["record"]["status"] == "open"
    others = tuple(each for each in index.entries if each.id != id)
    grown = merged(entry, id, observation, is_open=is_open)
    for each in early:
        grown = merged(grown, id, each, is_open=is_open)
    left = tuple(each for each in index.early if each not in fresh)
    _write(store, observation, (id, body, version), Index((*others, grown), left, index.version))
    return id


def _index(store: Store) -> Index:
    found = store.get("state", "index")
    return Index.of(*found) if found is not None else Index()


def _write(store: Store, observation: Observation, incident: tuple[str, Json, int] | None, index: Index) -> None:
    """Observation, incident and index together. Raises Conflict, also where somebody filed it in between."""
    pruned = index.pruned(datetime.now(UTC).timestamp())
    puts = [
        new("seen", observation.key, {"incident": incident[0] if incident else None, "at": observation.at}),
        next_version("state", "index", pruned.to_json(), index.version),
    ]
    if incident is not None:
        id, body, version = incident
        puts.append(next_version("incident", id, body, version))
    try:
        store.write(*puts)
    except Duplicate:
        raise Conflict from None


def _trimmed(observations: list[Json]) -> list[Json]:
    """At most MOST_OBSERVATIONS: a record holds 400 KB. The first and the newest stay."""
    unique = list({each["key"]: each for each in observations}.values())
    if len(unique) <= MOST_OBSERVATIONS:
        return unique
    ordered = sorted(unique, key=lambda each: each["at"])
    return [*ordered[:50], *ordered[-(MOST_OBSERVATIONS - 50) :]]


def record_of(id: str, body: Mapping[str, Any], environment: str, owners: Mapping[str, str]) -> Json:
    """The record as people read it, made anew from what is known."""
    gathered = body.get("gathered") or {}
    return derive(
        id,
        environment,
        [Observation(**each) for each in body["observations"]],
        context=gathered.get("context"),
        suspects=gathered.get("suspects", ()),
        actions=body["actions"],
        closed=body.get("closed"),
        owners=owners,
    )


def _enrich(id: str, setup: Setup, store: Store, graph: Graph, client: Client) -> bool:
    """Context and suspects for all that is observed so far; tells people and self-healing what is new."""
    found = store.get("incident", id)
    assert found is not None
    observations = [Observation(**each) for each in found[0]["observations"]]
    gathered: Json | None = None
    if _alarms(observations) > found[0].get("gathered", {}).get("alarms", 0):
        gathered = _gathered(observations, setup, store, graph, client)

    def save() -> tuple[Json, list[str]]:
        current = store.get("incident", id)
        assert current is not None
        body, version = current
        if gathered is not None and gathered["alarms"] > body.get("gathered", {}).get("alarms", 0):
            body["gathered"] = gathered
        body["record"] = record_of(id, body, setup.environment, setup.owners)
        news = [each for each in _news(body["record"]) if each not in body["told"]]
        body["told"] = [*body["told"], *news]
        if gathered is not None or news:
            store.write(next_version("incident", id, body, version))
        return body["record"], news

    record, news = retried(save)
    try:
        _tell(record, news, setup, client)
    except Exception:
        retried(lambda: _untell(id, news, store))  # the retry of this event shall tell it
        raise
    return gathered is not None


def _alarms(observations: Sequence[Observation]) -> int:
    return sum(each.state == ALARM for each in observations)


def _gathered(observations: Sequence[Observation], setup: Setup, store: Store, graph: Graph, client: Client) -> Json:
    found = gather(observations, graph, store, client, setup.environment, setup.prefix)
    alarms = [each for each in observations if each.state == ALARM]
    starts = [graph.starts(each.signal, each.subject, each.name) for each in alarms]
    ranked = rank(graph, starts, found.evidence, _watched(graph, setup, alarms))
    ordered = sorted(found.changes, key=lambda change: change.at, reverse=True)[:30]
    context = {
        "changes": [change.to_json() for change in ordered],
        "path": list(_path(graph, starts, ranked)),
        "logs": [*found.logs, *(f"not read: {each}" for each in found.failed)],
        "metrics": _shown(found),
        "runbook": _runbook(ranked, graph, setup),
    }
    suspects = [{"subject": r.node, "score": round(r.score, 4), "reasons": list(r.reasons)} for r in ranked]
    return {"alarms": len(alarms), "context": context, "suspects": suspects}


def _watched(graph: Graph, setup: Setup, alarms: Sequence[Observation]) -> dict[str, bool]:
    """Every node that some alarm watches, and whether one of these alerts."""
    naming, names = setup.naming(graph), {each.name for each in alarms}
    found: dict[str, bool] = {}
    for urn, node in graph.nodes.items():
        if graph.observes(urn) and "Alarm" in node.type:
            signal, subject = naming.of_alarm(node.name)
            for start in graph.starts(signal, subject, node.name):
                found[start] = found.get(start, False) or node.name in names
    for each in alarms:
        found.update(dict.fromkeys(graph.starts(each.signal, each.subject, each.name), True))
    return found


def _path(graph: Graph, starts: Sequence[Sequence[str]], ranked: Sequence[Ranked]) -> Sequence[str]:
    ways = [graph.path(each, ranked[0].node) for each in starts] if ranked else []
    return min((way for way in ways if way), key=len, default=())


def _shown(found: Gathered) -> dict[str, list[tuple[str, float]]]:
    return dict(sorted(found.metrics.items())[:20])


def kind_of(subject: str, graph: Graph) -> str:
    """`release`, `data` or `traffic` of a model; else `endpoint`, `pipeline`, `function` or `resource`."""
    if subject not in graph.nodes:
        return subject.partition(":")[0]
    last = graph.nodes[subject].type.rpartition(":")[2]
    return {"Endpoint": "endpoint", "Pipeline": "pipeline", "Function": "function"}.get(last, "resource")


def _runbook(ranked: Sequence[Ranked], graph: Graph, setup: Setup) -> str | None:
    return next((setup.runbooks[k] for r in ranked[:3] if (k := kind_of(r.node, graph)) in setup.runbooks), None)


def _news(record: Mapping[str, Any]) -> list[str]:
    """What people have to hear once: that it is open, whom it suspects first, that it is closed."""
    news = [f"opened {len(record['subjects'])}"]
    if record["suspects"]:
        news.append(f"suspect {record['suspects'][0]['subject']}")
    if record["status"] == "closed":
        news.append(f"closed {record['closed_at']}")
    return news


def _tell(record: Mapping[str, Any], news: Sequence[str], setup: Setup, client: Client) -> None:
    if news and setup.topic:
        what = "closed" if record["status"] == "closed" else news[0].partition(" ")[0].replace("suspect", "updated")
        lines = {key: record[key] for key in ("id", "environment", "title", "severity", "status", "opened_at")}
        lines |= {"closed_at": record["closed_at"], "subjects": record["subjects"], "summary": record["summary"]}
        lines["suspects"] = [f"{short(s['subject'])} ({s['score']:.0%})" for s in record["suspects"][:3]]
        lines["runbook"] = record["context"].get("runbook")
        client("sns").publish(
            TopicArn=setup.topic,
            Subject=f"[{record['severity']}] {what}: {record['title']}"[:100].encode("ascii", "replace").decode(),
            Message=json.dumps(lines, indent=1),
            MessageAttributes={
                "severity": {"DataType": "String", "StringValue": record["severity"]},
                "change": {"DataType": "String", "StringValue": what},
                "subjects": {"DataType": "String.Array", "StringValue": json.dumps(record["subjects"])},
            },
        )
    if record["status"] == "open":
        answer = client("events").put_events(
            Entries=[
                {
                    "Source": setup.source,
                    "DetailType": "Incident Changed",
                    "Detail": json.dumps({"incident": record["id"], "alerts": len(record["alerts"])}),
                }
            ]
        )
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"self-healing was not told: {answer['Entries'][0].get('ErrorMessage')}")


def _untell(id: str, news: Sequence[str], store: Store) -> None:
    found = store.get("incident", id)
    if found is not None:
        body, version = found
        body["told"] = [each for each in body["told"] if each not in news]
        store.write(next_version("incident", id, body, version))


__all__ = ["OK", "handle", "kind_of", "record_of", "seconds", "state"]
