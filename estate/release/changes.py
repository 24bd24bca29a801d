"""Records a deployment: the dependency graph as it is now, and what has changed against the one before."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.incidents import Changed, Deployment
from estate.engine.resource import Goal
from estate.release.account import Estate, ReleaseError
from estate.release.graph import Graph, make_graph, unpack
from estate.release.records import Records, item

MOST_CHANGED = 500  # of which a record tells; a deployment that changes more is a new estate
ATTEMPTS = 5


def record(estate: Estate, goals: Iterable[Goal], *, commit: str = "") -> Deployment:
    """Writes the graph of `goals` and what changed into the estate's table, both or neither.

    `goals` are what a plan or a run registered; compare like with like, as a plan stands in for what AWS decides.
    `commit` names the program's version. Raises ReleaseError where the environment has no table.
    """
    records, graph = Records(estate), make_graph(estate, goals)
    packed = graph.pack()
    for _ in range(ATTEMPTS):
        now = datetime.now(UTC)
        found = records.get("graph", "current")
        version = int(found["version"]["N"]) if found is not None else 0
        before = unpack(graph.environment, bytes(found["packed"]["B"])) if found is not None else None
        made = deployment(before, graph, now.replace(microsecond=now.microsecond // 1000 * 1000), commit)
        written = {
            "Item": {**item("graph", "current", {"at": made.at.isoformat()}, version + 1), "packed": {"B": packed}},
            "ConditionExpression": "attribute_not_exists(pk)" if version == 0 else "version = :version",
        }
        if version:
            written["ExpressionAttributeValues"] = {":version": {"N": str(version)}}
        sk = f"{made.at.isoformat(timespec='milliseconds')}#{made.id}"
        # Handlers compare times as text, so that all are written alike.
        change = {"Item": item("change", sk, made.model_dump(mode="json") | {"at": sk.partition("#")[0]})}
        if records.write(written, change | {"ConditionExpression": "attribute_not_exists(pk)"}):
            return made
    raise ReleaseError(f"{estate.settings.environment}: somebody else records deployments at the same time; try again")


def deployment(before: Graph | None, after: Graph, at: datetime, commit: str) -> Deployment:
    """What differs between two graphs. The first graph of an estate differs in nothing: it is where it begins."""
    changed = list(_changed(before, after)) if before is not None else []
    text = f"{at.isoformat()}\x00{commit}\x00{[each.urn for each in changed]}"
    return Deployment(
        id=hashlib.sha256(text.encode()).hexdigest()[:12],
        at=at,
        environment=after.environment,
        commit=commit,
        releases=_releases(before, after) if before is not None else {},
        changed=tuple(changed[:MOST_CHANGED]),
        resources=len(after.nodes),
    )


def _changed(before: Graph, after: Graph) -> Iterable[Changed]:
    for urn in sorted({*before.nodes, *after.nodes}):
        old, new = before.nodes.get(urn), after.nodes.get(urn)
        if old is None:
            yield Changed(urn=urn, op="create")
        elif new is None:
            yield Changed(urn=urn, op="delete", needs=tuple(need for need in old["needs"] if need in after.nodes))
        elif inputs := _inputs(old["inputs"], new["inputs"]):
            yield Changed(urn=urn, op="update", inputs=inputs)


def _inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(key for key in {*old, *new} if old.get(key) != new.get(key)))


def _releases(before: Graph, after: Graph) -> dict[str, tuple[str, str]]:
    found = {
        model: (str(before.models.get(model, {}).get("release", "")), str(its.get("release", "")))
        for model, its in after.models.items()
    }
    return {model: pair for model, pair in found.items() if pair[0] != pair[1]}


def deployments(estate: Estate) -> list[Deployment]:
    """All recorded deployments, the oldest first."""
    return [Deployment.model_validate(body) for body in Records(estate).bodies("change")]
