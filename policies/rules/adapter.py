"""Rules as policies of Pulumi."""

from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy import Severity as PolicySeverity
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from .enforcement import default
from .rule import About, Resource, Rule, Stack, StackRule
from .run import findings
from .values import Undecided

UNKNOWN = object()


def policy(rule: Rule | StackRule) -> Policy:
    """`rule` as Pulumi runs it: alone on a resource before it is deployed, or on the whole stack after the program."""
    if isinstance(rule, Rule):

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type in rule.types:
                resource = Resource(args.urn, args.resource_type, args.name, plain(args.props))
                _put([resource], rule, report, urn=False)

        return ResourceValidationPolicy(validate=validate, **_about(rule))

    def validate_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        _put(resources(args.resources), rule, report, urn=True)

    return StackValidationPolicy(validate=validate_stack, **_about(rule))


def _put(found: Sequence[Resource], rule: Rule | StackRule, report: ReportViolation, urn: bool) -> None:
    """Reports every violation first; then, as Pulumi's own proxies do, raises for what could not be told."""
    stack = Stack(found)
    doubts = []
    for resource in stack.of(*rule.types):
        try:
            for message in findings(rule, resource, stack):
                report(f"{message}. {rule.fix} Serves {', '.join(rule.controls)}.", resource.urn if urn else None)
        except Undecided as error:
            doubts.append(f"{resource.name}.{error}")
    if doubts:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, [", ".join(doubts)])


def resources(found: Sequence[PolicyResource]) -> list[Resource]:
    """The stack as the rules see it."""
    return [
        Resource(
            urn=each.urn,
            type=each.resource_type,
            name=each.name,
            inputs=plain(each.props),
            parent=each.parent.urn if each.parent is not None else None,
            dependencies=[other.urn for other in each.dependencies],
            property_dependencies={
                name: [other.urn for other in others] for name, others in each.property_dependencies.items()
            },
            provider=each.provider.urn if each.provider is not None else None,
            protect=bool(each.opts.protect),
        )
        for each in found
    ]


def plain(value: Any) -> Any:
    """What Pulumi hands over, without its proxies; an unknown value becomes one that rules cannot judge."""
    if isinstance(value, Mapping):
        return {key: _at(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_at(value, index) for index in range(len(value))]
    return value


def _at(holder: Any, key: object) -> Any:
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN


def _about(rule: About) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(default(rule).value),
        "severity": PolicySeverity(rule.severity.value),
        "tags": list(rule.controls),
        "remediation_steps": rule.fix,
    }
