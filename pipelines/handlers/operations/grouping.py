"""Which incident an observation belongs to."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .graph import RELEASE, Graph
from .observation import OK, Observation, seconds

WINDOW_S = 1800.0  # alerts further apart have different causes
TOGETHER_S = 300.0  # the same signal on two subjects this close has one cause, if they share anything
MOST_ENTRIES, MOST_EARLY = 200, 100  # what one record of 400 KB holds; every new alarm of an estate says once it is OK
COMMON = 0.67  # what more than this share of all models stands on connects nobody


@dataclass(frozen=True)
class Entry:
    """What the index keeps of an incident that an observation may still belong to."""

    id: str
    first: str
    last: str
    subjects: tuple[str, ...]
    signals: tuple[str, ...]
    names: tuple[str, ...]  # of alarms, endpoints and pipelines
    open: bool

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Index:
    """Incidents that are open or were until lately, and states that turned good before we heard of the bad."""

    entries: tuple[Entry, ...] = ()
    early: tuple[Observation, ...] = ()
    version: int = 0

    @classmethod
    def of(cls, body: Mapping[str, Any], version: int) -> "Index":
        entries = tuple(
            Entry(
                each["id"],
                each["first"],
                each["last"],
                tuple(each["subjects"]),
                tuple(each["signals"]),
                tuple(each["names"]),
                each["open"],
            )
            for each in body.get("entries", ())
        )
        return cls(entries, tuple(Observation(**each) for each in body.get("early", ())), version)

    def to_json(self) -> dict[str, Any]:
        return {
            "entries": [entry.to_json() for entry in self.entries],
            "early": [each.to_json() for each in self.early],
        }

    def pruned(self, now_s: float) -> "Index":
        """Without what no later observation can belong to. Open incidents stay; of too many, the newest."""
        entries = [each for each in self.entries if each.open or now_s - seconds(each.last) < 4 * WINDOW_S]
        early = [each for each in self.early if now_s - seconds(each.at) < 4 * WINDOW_S]
        return Index(
            tuple(sorted(entries, key=lambda each: each.last)[-MOST_ENTRIES:]),
            tuple(sorted(early, key=lambda each: each.at)[-MOST_EARLY:]),
            self.version,
        )


def find(
    observation: Observation, index: Index, graph: Graph, changed: Mapping[str, str] | None = None
) -> Entry | None:
    """The incident that `observation` belongs to, the oldest of several; None where it is a new one's.

    `changed` are the nodes that were changed shortly before, with when. A state that turned good belongs only where
    the same name has alerted before.
    """
    lately = dict(changed or {})
    near = [each for each in index.entries if _near(each, observation)]
    same = [each for each in near if observation.name in each.names]
    if same or observation.state == OK:
        return min(same, key=lambda each: each.first, default=None)
    related = [
        each
        for each in near
        if not _changed_since(each, observation, graph, lately) and _related(each, observation, graph, lately.keys())
    ]
    return min(related, key=lambda each: each.first, default=None)


def _changed_since(entry: Entry, observation: Observation, graph: Graph, changed: Mapping[str, str]) -> bool:
    """Whether a release that the observation's subject stands on began after all that the incident has seen.

    Then the release explains it better than what was wrong before.
    """
    own = graph.reach(graph.starts(observation.signal, observation.subject, observation.name))
    begun = {node: at for node, at in changed.items() if node.startswith(RELEASE) and node in own}
    return any(entry.last < at <= observation.at for at in begun.values())


def _near(entry: Entry, observation: Observation) -> bool:
    at = seconds(observation.at)
    # An open incident takes the end of its own alerts however late it comes.
    if entry.open and observation.name in entry.names:
        return True
    return seconds(entry.first) - WINDOW_S <= at <= seconds(entry.last) + WINDOW_S


def _related(entry: Entry, observation: Observation, graph: Graph, changed: Collection[str]) -> bool:
    if observation.subject in entry.subjects:
        return True
    own = graph.starts(observation.signal, observation.subject, observation.name)
    others = [graph.starts(signal, subject) for subject in entry.subjects for signal in (entry.signals or ("alarm",))]
    others.append(tuple(node for name in entry.names for node in graph.starts("alarm", name, name)))
    mine = set(graph.reach(own))
    theirs = [set(graph.reach(each)) for each in others if each]
    # One stands on the other.
    if any(set(own) & each for each in theirs) or any(mine & set(each) for each in others):
        return True
    shared = {node for each in theirs for node in mine & each}
    rare = {node for node in shared if not _common(node, graph)}
    with_policies = shared | {more for node in shared for more in graph.attached(node)}
    if rare or not with_policies.isdisjoint(changed):
        return True
    close = seconds(entry.first) - TOGETHER_S <= seconds(observation.at) <= seconds(entry.last) + TOGETHER_S
    return bool(shared) and close and observation.signal in entry.signals


def _common(node: str, graph: Graph) -> bool:
    """Whether most of the estate stands on it: a network, a key, a role."""
    if not graph.models:
        return False
    users = sum(node in graph.reach(graph.starts("errors", model)) for model in graph.models)
    return users > max(1.0, COMMON * len(graph.models)) or users == len(graph.models)


def merged(entry: Entry | None, id: str, observation: Observation, *, is_open: bool) -> Entry:
    """The entry with `observation` in it."""
    if entry is None:
        at = observation.at
        return Entry(id, at, at, (observation.subject,), (observation.signal,), (observation.name,), is_open)
    return Entry(
        id,
        min(entry.first, observation.at),
        max(entry.last, observation.at),
        tuple(sorted({*entry.subjects, observation.subject})),
        tuple(sorted({*entry.signals, observation.signal})),
        tuple(sorted({*entry.names, observation.name})),
        is_open,
    )
