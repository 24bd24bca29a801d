"""Customer-managed keys, one a data domain."""

from enum import StrEnum

import pulumi
from pulumi_aws import kms
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.security.key_policies import statements


class Domain(StrEnum):
    """What a key protects; its value names the key."""

    DATA = "data"
    MODELS = "models"
    LOGS = "logs"


class KeysArgs(Args):
    placement: Placement
    trail_arn: str = Field(description="The audit trail that writes with the key `logs`.")


class Keys(Component):
    """Symmetric keys that rotate yearly. Permissions come from IAM; services get only what they need besides.

    The key `logs` always outlives the estate, as the audit trail does: without it the trail could not be read.
    """

    arns: dict[Domain, pulumi.Output[str]]

    def __init__(self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:security:Keys", name, args.placement, opts)
        self.arns = {domain: self._key(domain, args) for domain in Domain}
        self.register_outputs({domain.value: arn for domain, arn in self.arns.items()})

    def _key(self, domain: Domain, args: KeysArgs) -> pulumi.Output[str]:
        place = args.placement
        options = self.child(protect=place.protected, retain_on_delete=place.protected or domain is Domain.LOGS)
        key = kms.Key(
            f"{self.name}-{domain}",
            description=f"{place.prefix}: {domain}",
            enable_key_rotation=True,
            deletion_window_in_days=30 if place.protected else 7,
            policy=document(*statements(place, domain.value, args.trail_arn)),
            opts=options,
        )
        kms.Alias(
            f"{self.name}-{domain}-alias",
            name=f"alias/{place.named(domain)}",
            target_key_id=key.key_id,
            opts=self.child(),
        )
        return key.arn
