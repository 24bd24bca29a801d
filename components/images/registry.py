"""What the account's registry of images does besides keeping them: copies of others' images, and copies elsewhere."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import ecr
from pydantic import Field

from components.base import Args, Component, Placement


class Cached(Args):
    """Another registry."""

    registry: str = Field(description="Its address, such as `public.ecr.aws`.")
    credential_arn: str | None = Field(
        default=None, description="Secret with credentials; for those that ask for them."
    )


class CopiedTo(Args):
    """Where copies are kept."""

    region: str
    account_id: str


class ImageRegistryArgs(Args):
    placement: Placement
    cache: Mapping[str, Cached] = Field(
        default_factory=dict, description="Registries whose images are kept here from the first pull on, by prefix."
    )
    copies: Sequence[CopiedTo] = Field(default=(), description="Where every image of the environment is copied to.")


class ImageRegistry(Component):
    """A registry, and so an account and region, has one configuration of copies."""

    def __init__(self, name: str, args: ImageRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:images:ImageRegistry", name, args.placement, opts)
        for prefix, cached in args.cache.items():
            ecr.PullThroughCacheRule(
                f"{name}-cache-{prefix}",
                ecr_repository_prefix=prefix,
                upstream_registry_url=cached.registry,
                credential_arn=cached.credential_arn,
                opts=self.child(),
            )
        if args.copies:
            ecr.ReplicationConfiguration(
                f"{name}-copies",
                replication_configuration={
                    "rules": [
                        {
                            "destinations": [
                                {"region": copy.region, "registry_id": copy.account_id} for copy in args.copies
                            ],
                            "repository_filters": [
                                {"filter": f"{args.placement.prefix}-", "filter_type": "PREFIX_MATCH"}
                            ],
                        }
                    ]
                },
                opts=self.child(),
            )
        self.register_outputs({})
