"""Service control policies and a tag policy, attached to an organisation's root, units or accounts."""

import json
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import organizations
from pydantic import Field

from components.base import Args, Component, Placement
from components.organization.control_policies import LONGEST, control_policies

SERVICE_CONTROL, TAGS = "SERVICE_CONTROL_POLICY", "TAG_POLICY"
LONGEST_TAG_POLICY = 10_000  # characters; quotas of AWS Organizations


class GuardrailsArgs(Args):
    placement: Placement
    targets: Mapping[str, str] = Field(min_length=1, description="IDs of root, units and accounts, by a name.")
    regions: tuple[str, ...] = Field(min_length=1, description="Regions in which anything may be done at all.")
    exempt_roles: tuple[str, ...] = Field(default=(), description="Names of roles, with paths, that are not held.")
    tags: Mapping[str, Sequence[str]] = Field(
        default={},
        description="Tags whose keys are written one way, and the values that they may have; any where none is named. "
        "Without tags there is no tag policy.",
    )


class Guardrails(Component):
    """Policies of an organisation; it and the kinds of policies must be switched on in it already.

    They hold every principal of the accounts below a target, the management account itself never. A target takes five
    service control policies, of which AWS's FullAWSAccess is one and these are four.
    """

    policies: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: GuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:organization:Guardrails", name, args.placement, opts)
        self.policies = {}
        for each, statements in control_policies(args.regions, args.exempt_roles).items():
            text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
            self._policy(each, SERVICE_CONTROL, _fitting(each, text, LONGEST), args)
        if args.tags:
            text = json.dumps(tag_policy(args.tags), separators=(",", ":"))
            self._policy("tags", TAGS, _fitting("tags", text, LONGEST_TAG_POLICY), args)
        self.register_outputs({"policies": self.policies})

    def _policy(self, role: str, type: str, content: str, args: GuardrailsArgs) -> None:
        policy = organizations.Policy(
            f"{self.name}-{role}",
            name=args.placement.named(role),
            description=f"Guardrails: {role}",
            type=type,
            content=content,
            opts=self.child(),
        )
        for target, id in args.targets.items():
            organizations.PolicyAttachment(
                f"{self.name}-{role}-{target}", policy_id=policy.id, target_id=id, opts=self.child()
            )
        self.policies[role] = policy.id


def tag_policy(tags: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """The tag policy that writes keys one way, and allows only the values that are named."""
    return {
        "tags": {
            key: {
                "tag_key": {"@@assign": key},
                **({"tag_value": {"@@assign": list(values)}} if values else {}),
            }
            for key, values in tags.items()
        }
    }


def _fitting(role: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueError(f"the policy {role!r} has {len(text)} characters; allowed are {longest}: name fewer roles")
    return text
