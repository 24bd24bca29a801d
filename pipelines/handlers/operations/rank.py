"""Root cause: which nodes best explain the alerts.

For a node n, with alerts A on start nodes, evidence e(n) in [0, 1] and dependencies as edges:

    score(n) = (FLOOR + e(n)) * sqrt(pi(n) / max pi) * cover(n) * spare(n)

- e(n) joins independent pieces of evidence w_i by noisy-or, 1 - prod(1 - w_i): a recent change, a metric that left its
  own history, errors in the log, failed executions, a resource that is gone.
- pi(n) is where a random walk ends that starts at the alerts, restarts there with RESTART, and steps along
  dependencies in proportion to FLOOR + e, to what depends on a node with BACKWARD times that, and stays where nothing
  around has more evidence. It is personalised PageRank with the edge rules of MonitorRank (Kim, Sumbaly, Shah,
  "Root cause detection in a service-oriented architecture", SIGMETRICS 2013), with evidence for their correlation.
- cover(n) is the weighted share of the alerts whose start depends on n: one cause for all comes before many causes.
- spare(n) = 1 / (1 + HEALTHY * share of n's watched dependents that are quiet): what everybody stands on would have
  been noticed everywhere.

Scores are given as shares of their sum.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .graph import Graph

FLOOR = 0.05
RESTART = 0.15
BACKWARD = 0.1
HEALTHY = 1.0
ROUNDS = 60
KEPT = 8


@dataclass(frozen=True)
class Evidence:
    """A piece of evidence against a node: how much it weighs (0 to 1), and why, in words.

    A symptom, such as a run that failed, shows where it hurts: it weighs as far as nothing beneath explains it.
    """

    weight: float
    why: str
    symptom: bool = False


@dataclass(frozen=True)
class Ranked:
    node: str
    score: float
    reasons: tuple[str, ...]


def joined(pieces: Sequence[Evidence]) -> float:
    """Noisy-or of the pieces' weights."""
    left = 1.0
    for piece in pieces:
        left *= 1.0 - min(max(piece.weight, 0.0), 0.99)
    return 1.0 - left


def rank(
    graph: Graph,
    alerts: Sequence[tuple[str, ...]],
    evidence: Mapping[str, Sequence[Evidence]],
    watched: Mapping[str, bool],
) -> list[Ranked]:
    """The likeliest causes first, at most KEPT; scores are shares of one.

    `alerts` are the start nodes of each alert; `watched` says of every start node that could alert whether it does.
    """
    starts = [tuple(dict.fromkeys(node for node in each if node in graph.needs)) for each in alerts]
    starts = [each for each in starts if each]
    if not starts:
        return []
    reached = [_candidates(graph, each) for each in starts]
    nodes = sorted(set().union(*reached))
    strength = _strength(nodes, evidence)
    arrived = _walk(graph, starts, nodes, strength)
    most = max(arrived.values())
    quiet = _quiet(graph, watched)
    scores: dict[str, float] = {}
    for node in nodes:
        cover = sum(node in each for each in reached) / len(reached)
        near = math.sqrt(arrived[node] / most)
        scores[node] = (FLOOR + strength[node]) * near * cover / (1.0 + HEALTHY * quiet.get(node, 0.0))
    total = sum(scores.values())
    best = sorted(scores, key=lambda node: (-scores[node], node))[:KEPT]
    return [
        Ranked(node, scores[node] / total, _reasons(node, evidence.get(node, ()), reached, graph, starts))
        for node in best
    ]


def _strength(nodes: Sequence[str], evidence: Mapping[str, Sequence[Evidence]]) -> dict[str, float]:
    """Evidence of each node; symptoms explained away by the strongest evidence of another node that is none."""
    direct = {node: joined([each for each in evidence.get(node, ()) if not each.symptom]) for node in nodes}
    strongest = sorted((*direct.values(), 0.0), reverse=True)[:2]
    found = {}
    for node in nodes:
        other = strongest[1] if direct[node] == strongest[0] else strongest[0]
        symptoms = joined([each for each in evidence.get(node, ()) if each.symptom])
        found[node] = 1.0 - (1.0 - direct[node]) * (1.0 - symptoms * (1.0 - other))
    return found


def _candidates(graph: Graph, start: tuple[str, ...]) -> set[str]:
    """What `start` depends on, what is attached to that, and what it is attached with: a policy, a route table."""
    found = set(graph.reach(start))
    return found | {more for node in found for more in (*graph.attached(node), *graph.linked(node))}


def _walk(
    graph: Graph, starts: Sequence[tuple[str, ...]], nodes: Sequence[str], strength: Mapping[str, float]
) -> dict[str, float]:
    known = set(nodes)
    seed = dict.fromkeys(nodes, 0.0)
    for each in starts:
        for node in each:
            seed[node] += 1.0 / (len(each) * len(starts))
    steps: dict[str, list[tuple[str, float]]] = {}
    for node in nodes:
        ahead = [(n, FLOOR + strength[n]) for n in (*graph.needs.get(node, ()), *graph.attached(node)) if n in known]
        back = [(n, BACKWARD * (FLOOR + strength[n])) for n in graph.dependents.get(node, ()) if n in known]
        most = max((weight for _, weight in (*ahead, *back)), default=0.0)
        stay = max(FLOOR, FLOOR + strength[node] - most)
        total = stay + sum(weight for _, weight in (*ahead, *back))
        steps[node] = [(n, weight / total) for n, weight in ((node, stay), *ahead, *back)]
    at = dict(seed)
    for _ in range(ROUNDS):
        after = {node: RESTART * share for node, share in seed.items()}
        for node, share in at.items():
            for other, part in steps[node]:
                after[other] += (1.0 - RESTART) * share * part
        at = after
    return at


def _quiet(graph: Graph, watched: Mapping[str, bool]) -> dict[str, float]:
    """For each node, the share of those watched ones that stand on it and do not alert."""
    counted: dict[str, list[int]] = {}
    for start, alerting in watched.items():
        for node in _candidates(graph, (start,)):
            counts = counted.setdefault(node, [0, 0])
            counts[0 if alerting else 1] += 1
    return {node: healthy / (alerting + healthy) for node, (alerting, healthy) in counted.items()}


def _reasons(
    node: str,
    pieces: Sequence[Evidence],
    reached: Sequence[set[str]],
    graph: Graph,
    starts: Sequence[tuple[str, ...]],
) -> tuple[str, ...]:
    said = [piece.why for piece in sorted(pieces, key=lambda piece: -piece.weight)][:4]
    explained = sum(node in each for each in reached)
    way = min((path for each in starts if (path := graph.path(each, node))), key=len, default=())
    said.append(f"{explained} of {len(reached)} alerts depend on it, {max(0, len(way) - 1)} steps away")
    return tuple(said)
