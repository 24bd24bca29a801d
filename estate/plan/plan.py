"""A plan: what the program registers, with no cloud, and everything that can be said about it beforehand."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from estate.engine.collector import calm_collector
from estate.engine.program import preview, up
from estate.engine.resource import Goal
from estate.engine.result import Deployment, Result
from estate.plan import desired
from estate.plan.beside import beside
from estate.plan.constraints import Checked, check
from estate.plan.cost import Cost, cost_of
from estate.plan.fault import Fault, shown
from estate.plan.pack import SEVERITIES, Breach, Policies, judge
from estate.plan.serial import resource
from estate.plan.settings import read_stack, refuse_unknown_instances
from estate.plan.standin import StandInProvider
from stacks.settings import EstateSettings

STACK = "pulumi:pulumi:Stack"
LAYER = "estate:stack:Layer"


@dataclass(frozen=True)
class Plan:
    """`preview` has unknowns, `resolved` is the same program where every resource has its outputs."""

    environment: str
    preview: Result
    resolved: Result
    checked: Checked
    policies: Policies
    unstable: tuple[Fault, ...] = ()  # registered in one of the two runs only

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Inputs that break a published constraint, and resources that only one of the two runs registers."""
        return (*self.unstable, *self.checked.faults)

    @property
    def breaches(self) -> tuple[Breach, ...]:
        return self.policies.breaches

    @property
    def denied(self) -> tuple[Breach, ...]:
        """Breaches of mandatory rules."""
        return tuple(breach for breach in self.breaches if breach.mandatory)

    @property
    def goals(self) -> tuple[Goal, ...]:
        """What the preview registered, without the stack itself."""
        return tuple(goal for goal in self.preview.goals if goal.type != STACK)

    @cached_property
    def layers(self) -> dict[str, str]:
        """The layer of each resource by URN; empty text where it is in none."""
        known = {goal.urn: goal for goal in self.preview.goals}
        found: dict[str, str] = {}
        for urn in known:
            at: Goal | None = known[urn]
            while at is not None and at.type != LAYER:
                at = known.get(at.parent) if at.parent is not None else None
            found[urn] = at.name if at is not None else ""
        return found

    @cached_property
    def document(self) -> dict[str, Any]:
        """The plan as JSON, in the order of URNs and the same for the same program."""
        return {
            "environment": self.environment,
            "resources": self.resources,
            "violations": violations(self.faults, self.breaches),
            "checked": {**self.checked.to_json(), "policies": self.policies.to_json()},
            "cost": self.cost.to_json(),
        }

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """The resources as JSON, in the order of URNs."""
        resolved = {goal.urn: goal for goal in self.resolved.goals}
        return [
            resource(goal, resolved.get(goal.urn, goal), create_only(goal), self.layers[goal.urn])
            for goal in sorted(self.goals, key=lambda goal: goal.urn)
        ]

    @cached_property
    def cost(self) -> Cost:
        """What the estate costs by list prices."""
        return cost_of(self.resources)

    def to_json(self) -> dict[str, Any]:
        return self.document

    def text(self) -> str:
        """The JSON as it is written to a file: the same bytes for the same program."""
        return json.dumps(self.document, indent=1, ensure_ascii=False) + "\n"

    def evidence(self) -> dict[str, Any]:
        """What the plan shows, in short."""
        kinds = Counter(goal.type for goal in self.goals)
        return {
            "resources": len(self.goals),
            "types": len(kinds),
            "inputs_checked": self.checked.inputs,
            "inputs_not_checkable": self.checked.unchecked,
            "not_checkable_because": dict(self.checked.not_checkable),
            "violations": [f"{fault.urn.rpartition('::')[2]}: {fault.message}" for fault in self.faults],
        }

    def policy_evidence(self) -> dict[str, Any]:
        """What the policy pack found, in short."""
        counted = Counter(breach.severity for breach in self.breaches)
        return {
            "rules": self.policies.rules,
            "checks": self.policies.checks,
            "undecided": self.policies.undecided,
            "by_severity": {severity: counted[severity] for severity in SEVERITIES if counted[severity]},
            "violations": [
                f"{breach.urn.rpartition('::')[2]}: {breach.rule} ({breach.severity}): {breach.message}"
                for breach in self.breaches
            ],
        }


def make_plan(root: Path, stack: str, stack_file: Path | None = None) -> Plan:
    """Runs the program of `root` twice, with unknowns and with stand-in outputs, and checks what it registers.

    `stack_file` replaces `Pulumi.<stack>.yaml`. Raises SettingsError and WorkloadError for wrong settings, among them
    an instance type that does not exist, and ProgramError where the program fails.
    """
    settings = read_stack(root, stack, stack_file)
    if isinstance(settings, EstateSettings):
        import stacks.layers  # noqa: F401  once, and not by each of the two runs' processes

        refuse_unknown_instances(root, settings)
    return plan_program(root, stack, settings.tier, stack_file)


def plan_program(root: Path, stack: str, tier: str, stack_file: Path | None = None) -> Plan:
    """A plan of any Pulumi program in Python; `tier` says which policies stop a deployment. Raises ProgramError."""
    with calm_collector(), beside(lambda: up(root, stack, StandInProvider(), stack_file=stack_file)) as second_run:
        known = preview(root, stack, stack_file=stack_file)
        resolved = second_run()
    with calm_collector():
        given = as_given(resolved)
        return Plan(
            environment=stack,
            preview=known,
            resolved=resolved,
            checked=check(given, ids=_ids(resolved.deployment), region=_region(resolved)),
            policies=judge(given, tier),
            unstable=tuple(differing(known, resolved)),
        )


def as_given(result: Result) -> list[Goal]:
    """The goals as their providers are given them, default tags included, in a fixed order."""
    states = result.deployment.states
    goals = (
        replace(goal, inputs=states[goal.urn].goal.inputs) if goal.urn in states else goal for goal in result.goals
    )
    return sorted((goal for goal in goals if goal.type != STACK), key=lambda goal: goal.urn)


def differing(known: Result, resolved: Result) -> list[Fault]:
    """Resources that only one of the two runs registers: their number hangs on an output."""
    first = {goal.urn: goal for goal in known.goals}
    second = {goal.urn: goal for goal in resolved.goals}
    said = "the program must register the same resources whether or not outputs are known"
    found = []
    for here, there, where in ((first, second, "without outputs"), (second, first, "with outputs")):
        for urn in sorted(here.keys() - there.keys()):
            value = f"registered only in the run {where}"
            found.append(Fault(urn, here[urn].type, "urn", shown(value), said, "two runs of the program"))
    return found


def create_only(goal: Goal) -> frozenset[str]:
    """Inputs of which a change makes a new resource; none where the type is not known."""
    from estate.cloud.resources import UnknownType, replaces

    if not goal.custom or not goal.type.startswith("aws:"):
        return frozenset()
    within = desired.frozen(str(goal.inputs.get("typeName"))) if goal.type == desired.TYPE else frozenset()
    try:
        return replaces(goal.type) | within
    except UnknownType:
        return frozenset()


def violations(faults: tuple[Fault, ...], breaches: tuple[Breach, ...]) -> list[dict[str, Any]]:
    """All that is wrong, sorted by resource; both kinds have the same keys."""
    found: list[dict[str, Any]] = [
        {
            "urn": fault.urn,
            "type": fault.type,
            "kind": "constraint",
            "rule": fault.source,
            "severity": "high",
            "mandatory": True,
            "path": fault.path,
            "value": fault.value,
            "message": fault.message,
            "fix": fault.allowed,
            "controls": [],
        }
        for fault in faults
    ]
    found += [
        {
            "urn": breach.urn,
            "type": breach.type,
            "kind": "policy",
            "rule": breach.rule,
            "severity": breach.severity,
            "mandatory": breach.mandatory,
            "path": None,
            "value": None,
            "message": breach.message,
            "fix": breach.fix,
            "controls": list(breach.controls),
        }
        for breach in breaches
    ]
    return sorted(
        found, key=lambda each: (each["urn"], each["kind"], each["rule"], each["path"] or "", each["message"])
    )


def _ids(deployment: Deployment) -> dict[str, str]:
    return {urn: state.id for urn, state in deployment.states.items()}


def _region(result: Result) -> str:
    from estate.engine.sdk import PROVIDER, provider_inputs

    providers = (goal for goal in result.goals if goal.type == f"{PROVIDER}aws")
    return next((str(provider_inputs(goal).get("region") or "us-east-1") for goal in providers), "us-east-1")
