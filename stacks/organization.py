"""The organisation's guardrails: a stack of its own, which no environment holds."""

from typing import get_args

import pulumi

from components.organization.guardrails import Guardrails, GuardrailsArgs
from stacks.environment import REQUIRED_TAGS, Environment
from stacks.layers import LayerGroup
from stacks.settings.estate import OwnershipSettings
from stacks.settings.organization import ORGANIZATION, OrganizationStack

# What a tag may say, where it is not free.
VALUES = {"data-classification": get_args(OwnershipSettings.model_fields["data_classification"].annotation)}


def deploy(env: Environment, settings: OrganizationStack) -> None:
    """Registers the guardrails and exports the IDs of their policies."""
    own = settings.organization
    group = LayerGroup(ORGANIZATION, env.options(env.provider(settings.aws.assume_role_arn)))
    tags = {tag: VALUES.get(tag, ()) for tag in REQUIRED_TAGS} if own.tag_policy else {}
    made = Guardrails(
        "guardrails",
        GuardrailsArgs(
            placement=env.placement,
            targets=own.targets,
            regions=own.regions,
            exempt_roles=own.exempt_roles,
            tags=tags,
        ),
        group.options,
    )
    pulumi.export(ORGANIZATION, {"policies": made.policies})
    group.register_outputs({})
