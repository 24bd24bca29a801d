"""The diagrams and tables of docs/architecture.md, drawn from the plan of the stack that has everything on.

`python -m estate.architecture` draws them between the page's two marks; `--check` says whether they are current, with
exit status 1 where they are not. They are Mermaid, which GitHub and most editors show as pictures.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from estate.engine.resource import Goal
from estate.plan.plan import LAYER, Plan, make_plan

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "docs" / "architecture.md"
STACK = "full"
BEGIN, END = "<!-- drawn from the plan: begin -->", "<!-- drawn from the plan: end -->"
OURS = "estate:"


@dataclass(frozen=True)
class Group:
    """All components of one type in a layer; `type` is empty for what hangs under the layer itself."""

    layer: str
    type: str

    @property
    def title(self) -> str:
        return self.type.rpartition(":")[2] or "the layer's own"

    @property
    def id(self) -> str:
        return f"{self.layer}_{self.type.rpartition(':')[2] or 'own'}"


@dataclass(frozen=True)
class Drawing:
    plan: Plan

    @cached_property
    def _goals(self) -> Mapping[str, Goal]:
        return {goal.urn: goal for goal in self.plan.goals}

    @cached_property
    def layers(self) -> Sequence[str]:
        """In the order in which they are made."""
        return [goal.name for goal in self.plan.goals if goal.type == LAYER]

    @cached_property
    def _groups(self) -> Mapping[str, Group]:
        return {urn: self._group(goal) for urn, goal in self._goals.items() if goal.custom and self.plan.layers[urn]}

    def _group(self, goal: Goal) -> Group:
        """The outermost component of ours that it belongs to."""
        outermost, at = "", self._goals.get(goal.parent or "")
        while at is not None and at.type != LAYER:
            outermost = at.type if at.type.startswith(OURS) else outermost
            at = self._goals.get(at.parent or "")
        return Group(self.plan.layers[goal.urn], outermost)

    @cached_property
    def members(self) -> Mapping[Group, Sequence[Goal]]:
        found: dict[Group, list[Goal]] = defaultdict(list)
        for urn, group in self._groups.items():
            found[group].append(self._goals[urn])
        return found

    @cached_property
    def edges(self) -> Mapping[tuple[Group, Group], int]:
        """How many resources of the one need one of the other."""
        found: Counter[tuple[Group, Group]] = Counter()
        for urn, group in self._groups.items():
            needed = {self._groups[each] for each in self._goals[urn].dependencies if each in self._groups}
            found.update((group, each) for each in needed if each != group)
        return found

    def components(self, group: Group) -> int:
        return sum(
            goal.type == group.type and self.plan.layers[goal.urn] == group.layer for goal in self._goals.values()
        )

    def overview(self) -> Iterator[str]:
        """One box a layer; an arrow goes to the layer that is read."""
        sizes = Counter(group.layer for group in self._groups.values())
        between: Counter[tuple[str, str]] = Counter()
        for (user, used), count in self.edges.items():
            if user.layer != used.layer:
                between[user.layer, used.layer] += count
        yield "flowchart BT"
        for layer in self.layers:
            yield f'    {layer}["{layer}<br/>{_counted(sizes[layer])}"]'
        for user in self.layers:
            for used in self.layers:
                if between[user, used]:
                    yield f"    {user} -->|{between[user, used]}| {used}"

    def layer(self, layer: str) -> Iterator[str]:
        """One box a kind of component; an arrow goes to what is needed."""
        groups = sorted((each for each in self.members if each.layer == layer and each.type), key=lambda each: each.id)
        yield "flowchart RL"
        for group in groups:
            count = self.components(group)
            times = f" ({count})" if count > 1 else ""
            yield f'    {group.id}["{group.title}{times}<br/>{_counted(len(self.members[group]))}"]'
        for user in groups:
            for used in groups:
                if self.edges.get((user, used)):
                    yield f"    {user.id} --> {used.id}"

    def table(self, layer: str) -> Iterator[str]:
        """What each kind of component is made of, and what it reads of other layers."""
        yield "| component | made of | reads |"
        yield "|---|---|---|"
        for group in sorted((each for each in self.members if each.layer == layer), key=lambda each: each.id):
            kinds = Counter(_short(goal.type) for goal in self.members[group])
            made = ", ".join(f"{kind} ({count})" if count > 1 else kind for kind, count in sorted(kinds.items()))
            others = {used for (user, used) in self.edges if user == group and used.layer != layer}
            read = ", ".join(sorted({f"{used.layer}: {used.title}" for used in others}))
            yield f"| {group.title} | {made} | {read} |"

    def text(self) -> str:
        parts = ["## The layers\n", *_mermaid(self.overview())]
        for layer in self.layers:
            parts += [f"\n## {layer}\n", *_mermaid(self.layer(layer)), "", *self.table(layer)]
        return "\n".join(parts) + "\n"


def _mermaid(lines: Iterator[str]) -> list[str]:
    return ["```mermaid", *lines, "```"]


def _counted(resources: int) -> str:
    return "1 resource" if resources == 1 else f"{resources} resources"


def _short(type: str) -> str:
    """`aws:s3/bucket:Bucket` as `s3.Bucket`; `kubernetes:apps/v1:Deployment` as `Kubernetes Deployment`."""
    package, module, name = type.split(":")
    return f"{module.split('/')[0]}.{name}" if package == "aws" else f"{package.capitalize()} {name}"


def page(written: str) -> str:
    """The page with its drawn part made anew. Raises ValueError where it lacks a mark."""
    before, begin, rest = written.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"docs/{FILE.name}: needs the marks {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{Drawing(make_plan(ROOT, STACK)).text()}\n{END}{after}"


def main(arguments: list[str]) -> int:
    written = FILE.read_text(encoding="utf-8")
    text = page(written)
    if arguments != ["--check"]:
        FILE.write_text(text, encoding="utf-8")
        return 0
    if text == written:
        return 0
    sys.stderr.write(f"docs/{FILE.name} is stale; run `python -m estate.architecture`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
