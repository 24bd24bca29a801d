"""Which releases an endpoint serves side by side, and in what proportion."""

import re
from typing import Self

import pulumi
from pydantic import Field, model_validator

from components.base import Args


class Served(Args):
    """A released version of a model."""

    version: int = Field(ge=1, description="Version of the release in its package group.")
    package_arn: str = Field(
        pattern=r"^arn:[\w-]+:sagemaker:[a-z0-9-]+:\d{12}:model-package/[\w-]+/\d+$",
        description="The approved model package.",
    )

    @model_validator(mode="after")
    def _arn_is_of_the_version(self) -> Self:
        if not re.search(rf"/{self.version}$", self.package_arn):
            raise ValueError(f"version {self.version} is not the one of package_arn {self.package_arn}")
        return self


class Challenger(Args):
    """A release that is compared with the endpoint's own one on live traffic."""

    release: Served = Field(description="The release that challenges.")
    percent: int = Field(ge=0, le=100, description="Share of requests that it answers; the rest stays as it is.")


class Shadow(Args):
    """A release that gets copies of requests. Its answers are kept for comparison and given to nobody."""

    release: Served = Field(description="The release that is tried out.")
    percent: int = Field(default=100, ge=1, le=100, description="Share of requests that is copied to it.")
    instances: int = Field(default=1, ge=1, description="Instances that take the copies.")


class Variant(Args):
    """One variant of an endpoint: a release, its share of the traffic and its instances."""

    name: str
    release: Served
    weight: int = Field(ge=0, le=100, description="Share of the traffic, in proportion to the other variants.")
    minimum: int = Field(ge=0, description="Instances that are always there.")
    maximum: int = Field(ge=1, description="Instances that autoscaling may start.")


def scaled(endpoint: pulumi.Input[str], variant: str) -> pulumi.Output[str]:
    """What Application Auto Scaling calls a variant."""
    return pulumi.Output.concat("endpoint/", endpoint, f"/variant/{variant}")
