"""Runs the rules over resources: the one piece of code that the pack and an offline plan share."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .rule import About, Resource, Rule, Severity, Stack, StackRule
from .values import Undecided, Unreadable


@dataclass(frozen=True)
class Violation:
    """A resource that breaks a rule. `rule` is the rule's id."""

    rule: str
    urn: str
    message: str
    severity: Severity
    fix: str
    controls: tuple[str, ...]


@dataclass(frozen=True)
class Doubt:
    """A resource of which a rule could not tell, because `value` is not known before it is deployed."""

    rule: str
    urn: str
    value: str


@dataclass(frozen=True)
class Verdict:
    """`checks` is the number of times that a rule was put to a resource; each ended in a doubt or a decision."""

    violations: tuple[Violation, ...]
    doubts: tuple[Doubt, ...]
    checks: int


def judge(resources: Sequence[Resource], rules: Iterable[Rule | StackRule]) -> Verdict:
    """Puts every rule to every resource of its types, in the order of the resources."""
    stack = Stack(resources)
    by_type: dict[str, list[Rule | StackRule]] = defaultdict(list)
    for each in rules:
        for token in each.types:
            by_type[token].append(each)
    violations: list[Violation] = []
    doubts: list[Doubt] = []
    checks = 0
    for resource in resources:
        for each in by_type.get(resource.type, ()):
            checks += 1
            try:
                violations.extend(_violation(each, resource, said) for said in findings(each, resource, stack))
            except Undecided as error:
                doubts.append(Doubt(each.id, resource.urn, str(error)))
    return Verdict(tuple(violations), tuple(doubts), checks)


def findings(rule: Rule | StackRule, resource: Resource, stack: Stack) -> Iterator[str]:
    """One sentence for each violation of `rule` by `resource`. Raises Undecided."""
    try:
        yield from rule.check(resource.values) if isinstance(rule, Rule) else rule.check(resource, stack)
    except Unreadable as error:
        yield f"a document {error}"


def _violation(rule: About, resource: Resource, message: str) -> Violation:
    return Violation(rule.id, resource.urn, message, rule.severity, rule.fix, rule.controls)
