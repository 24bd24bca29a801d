"""Settings of the organisation's guardrails: a stack of its own, in the organisation's management account."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings
from stacks.settings.estate import AwsSettings, OwnershipSettings, Tier

ORGANIZATION = "organization"
MOST_TARGETS = 100

Target = Annotated[str, Field(pattern=r"^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
RoleName = Annotated[str, Field(pattern=r"^[\w+=,.@/*-]{1,128}$")]


class OrganizationSettings(Settings):
    """What no account of the organisation may do, whatever its own administrators allow."""

    targets: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")], Target] = Field(
        min_length=1,
        max_length=MOST_TARGETS,
        description="Root (`r-...`), units (`ou-...`) and accounts that the guardrails are attached to, by a name.",
    )
    regions: tuple[Region, ...] = Field(min_length=1, description="Regions in which anything may be done at all.")
    exempt_roles: tuple[RoleName, ...] = Field(
        default=(), description="Roles that the guardrails do not hold, with their paths; `*` stands for anything."
    )
    tag_policy: bool = Field(
        default=True, description="Write the required tags one way, and allow only known data classifications."
    )

    @model_validator(mode="after")
    def _each_target_once(self) -> Self:
        targets = list(self.targets.values())
        twice = sorted({target for target in targets if targets.count(target) > 1})
        if twice:
            raise ValueError(f"targets has {twice[0]} under two names; a policy is attached to a target once")
        for role in self.exempt_roles:
            if not role.strip("*/"):
                raise ValueError(f"exempt_roles has {role!r}, which exempts everybody; name roles, such as break-glass")
        return self


class OrganizationStack(Settings):
    """All settings of the organisation's stack."""

    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$", description="Name; by default that of the stack.")
    prefix: str = Field(default="mlops", pattern=r"^[a-z][a-z0-9]{1,7}$", description="Start of every name.")
    layers: tuple[Literal["organization"]] = Field(description="Only `organization`, which stands alone.")
    aws: AwsSettings = Field(description="The organisation's management account.")
    ownership: OwnershipSettings = Field(description="Who answers for it.")
    organization: OrganizationSettings = Field(description="What no account may do.")

    @property
    def tier(self) -> Tier:
        """Guardrails hold production too."""
        return Tier.PRODUCTION

    @model_validator(mode="after")
    def _own_region_is_allowed(self) -> Self:
        if self.aws.region not in self.organization.regions:
            known = ", ".join(self.organization.regions)
            raise ValueError(f"aws.region {self.aws.region} is not one of organization.regions, {known}")
        return self
