"""All rules of the pack.

    from policies.rules import RULES, Resource, evaluate

`evaluate(resources)` gives the violations; `judge(resources, RULES)` also what could not be decided.
"""

from collections.abc import Sequence

from . import (
    apis,
    builds,
    cluster,
    costs,
    detection,
    doors,
    escalation,
    events,
    filesystems,
    hyperpod,
    identity,
    images,
    ingestion,
    jobs,
    keys,
    kubernetes,
    labelling,
    lake,
    logs,
    models,
    network,
    observing,
    protection,
    records,
    registry,
    releases,
    resilience,
    secrets,
    storage,
    studio,
    tags,
)
from .rule import Resource, Rule, Severity, Stack, StackRule
from .run import Doubt, Verdict, Violation, judge

MODULES = (
    storage,
    lake,
    records,
    keys,
    identity,
    escalation,
    network,
    protection,
    cluster,
    kubernetes,
    filesystems,
    hyperpod,
    images,
    builds,
    registry,
    studio,
    models,
    releases,
    apis,
    doors,
    ingestion,
    labelling,
    jobs,
    events,
    logs,
    observing,
    resilience,
    secrets,
    detection,
    tags,
    costs,
)

RULES: tuple[Rule | StackRule, ...] = tuple(
    value for module in MODULES for value in vars(module).values() if isinstance(value, Rule | StackRule)
)


def evaluate(resources: Sequence[Resource]) -> list[Violation]:
    """The violations of every rule, in the order of the resources; see `judge` for what could not be decided."""
    return list(judge(resources, RULES).violations)


__all__ = [
    "RULES",
    "Doubt",
    "Resource",
    "Rule",
    "Severity",
    "Stack",
    "StackRule",
    "Verdict",
    "Violation",
    "evaluate",
    "judge",
]
