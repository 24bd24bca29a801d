"""Settings become an Environment: names, tags, tier, partition, account, region."""

from typing import Self

import pulumi
import pulumi_aws as aws
from pydantic import BaseModel, ConfigDict, Field

from components.base import Placement
from components.names import Limit, physical_name
from stacks.settings import EstateSettings, OrganizationStack, Tier

REQUIRED_TAGS = ("environment", "owner", "cost-center", "data-classification", "managed-by")


class Environment(BaseModel):
    """What is true of everything in one environment. Code asks it for a property, never for its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    prefix: str = Field(description="Start of every physical name, such as `mlops-dev`.")
    tier: Tier
    account_id: str
    region: str
    partition: str
    owner: str
    email: str
    cost_center: str
    data_classification: str

    @classmethod
    def of(cls, settings: EstateSettings | OrganizationStack) -> Self:
        return cls(
            name=settings.environment,
            prefix=f"{settings.prefix}-{settings.environment}",
            tier=settings.tier,
            account_id=settings.aws.account_id,
            region=settings.aws.region,
            partition=_partition(settings.aws.region),
            owner=settings.ownership.owner,
            email=settings.ownership.email,
            cost_center=settings.ownership.cost_center,
            data_classification=settings.ownership.data_classification,
        )

    @property
    def protected(self) -> bool:
        """Whether data outlives a change or a mistake."""
        return self.tier is not Tier.SANDBOX

    @property
    def tags(self) -> dict[str, str]:
        """The required tags, set on everything by the provider."""
        values = (self.name, self.owner, self.cost_center, self.data_classification, "mlops-estate")
        return dict(zip(REQUIRED_TAGS, values, strict=True))

    @property
    def placement(self) -> Placement:
        return Placement(
            prefix=self.prefix,
            path=f"/{self.prefix.replace('-', '/')}/",
            account_id=self.account_id,
            region=self.region,
            partition=self.partition,
            protected=self.protected,
            tags=self.tags,
        )

    def named(self, *parts: str, limit: Limit = Limit.ANY) -> str:
        return physical_name(self.prefix, *parts, limit=limit)

    def provider(self, assume_role_arn: str | None) -> aws.Provider:
        """The one AWS provider: it refuses every other account."""
        return aws.Provider(
            "aws",
            region=self.region,
            allowed_account_ids=[self.account_id],
            assume_roles=[{"role_arn": assume_role_arn}] if assume_role_arn is not None else None,
            default_tags={"tags": self.tags},
        )

    def options(self, provider: pulumi.ProviderResource) -> pulumi.ResourceOptions:
        """Options of every component: all its children use the environment's provider."""
        return pulumi.ResourceOptions(providers=[provider])


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
