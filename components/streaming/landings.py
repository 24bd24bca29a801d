"""Lets a bucket tell EventBridge of what lands in it."""

import pulumi
from pulumi_aws import s3
from pydantic import Field

from components.base import Args, Component, Placement


class LandingsArgs(Args):
    placement: Placement
    bucket: pulumi.Input[str] = Field(description="The bucket; it has one configuration of notices, which is this.")


class Landings(Component):
    """Every change of an object becomes an event; rules say which ones matter."""

    def __init__(self, name: str, args: LandingsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:streaming:Landings", name, args.placement, opts)
        s3.BucketNotification(f"{name}-events", bucket=args.bucket, eventbridge=True, opts=self.child())
        self.register_outputs({})
