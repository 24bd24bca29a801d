"""The policy pack over a plan's resources."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from estate.engine.resource import Goal
from estate.engine.values import unwrap

SEVERITIES = ("low", "medium", "high", "critical")  # from the least to the most severe


@dataclass(frozen=True)
class Breach:
    """A resource that breaks a rule of the pack; `mandatory` where that stops a deployment."""

    urn: str
    type: str
    rule: str
    severity: str
    message: str
    fix: str
    controls: tuple[str, ...]
    mandatory: bool


@dataclass(frozen=True)
class Policies:
    """How often a rule was put to a resource, how often it could not tell, and what it found."""

    rules: int = 0
    checks: int = 0
    undecided: int = 0
    breaches: tuple[Breach, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return {"rules": self.rules, "checks": self.checks, "undecided": self.undecided}


def judge(goals: Iterable[Goal], tier: str) -> Policies:
    """Puts every rule to the resources, whose inputs are known; the tier says which rules stop a deployment."""
    from policies.rules import RULES, Resource
    from policies.rules import judge as put
    from policies.rules.enforcement import Enforcement, enforcement

    resources = [
        Resource(
            urn=goal.urn,
            type=goal.type,
            name=goal.name,
            inputs=unwrap(goal.inputs),
            parent=goal.parent,
            dependencies=tuple(goal.dependencies),
            property_dependencies=goal.property_dependencies,
            provider=goal.provider,
            protect=goal.protect,
        )
        for goal in goals
    ]
    types = {resource.urn: resource.type for resource in resources}
    levels = {rule.id: enforcement(rule, tier) for rule in RULES}
    verdict = put(resources, [rule for rule in RULES if levels[rule.id] is not Enforcement.DISABLED])
    breaches = tuple(
        Breach(
            urn=found.urn,
            type=types[found.urn],
            rule=found.rule,
            severity=str(found.severity),
            message=found.message,
            fix=found.fix,
            controls=tuple(found.controls),
            mandatory=levels[found.rule] is Enforcement.MANDATORY,
        )
        for found in verdict.violations
    )
    return Policies(len(RULES), verdict.checks, len(verdict.doubts), breaches)
