"""What every component shares: checked arguments, its place in an environment, options for children."""

from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from components.names import Limit, physical_name

T = TypeVar("T")


class Args(BaseModel):
    """Arguments of a component: frozen, without unknown keys, plain values checked when constructed."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        # `pulumi.Input[...]` mentions T and Output by name, where pydantic cannot look them up.
        cls.model_rebuild(force=True, _types_namespace={"T": T, "Output": pulumi.Output})


class Placement(Args):
    """The part of an environment that a component may know."""

    prefix: str = Field(description="Start of every physical name, such as `mlops-dev`.", max_length=24)
    path: str = Field(description="Path of IAM roles and policies, such as `/mlops/dev/`.", pattern=r"/([\w.-]+/)*")
    account_id: str = Field(description="The AWS account.", pattern=r"\d{12}")
    region: str = Field(description="The AWS region, such as `us-east-1`.")
    partition: str = Field(description="`aws`, `aws-cn` or `aws-us-gov`; never written into an ARN by hand.")
    protected: bool = Field(description="Keep data when the component is removed, and refuse its deletion.")
    tags: Mapping[str, str] = Field(
        default_factory=dict,
        description="Required tags, for what the provider's default tags do not reach. Default: none.",
    )

    def named(self, *parts: str, limit: Limit = Limit.ANY) -> str:
        """Physical name of a child: the prefix and the parts, within the limits of the service."""
        return physical_name(self.prefix, *parts, limit=limit)

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account and region that is known by name."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    def s3_arn(self, path: str) -> str:
        """ARN of a bucket, or of objects in it, that is known by name."""
        return f"arn:{self.partition}:s3:::{path}"

    def iam_arn(self, kind: str, name: str) -> str:
        """ARN of a role or policy under this environment's path."""
        return f"arn:{self.partition}:iam::{self.account_id}:{kind}{self.path}{name}"

    def aws_policy_arn(self, name: str) -> str:
        """ARN of a policy that AWS made, such as `service-role/AWS_ConfigRole`."""
        return f"arn:{self.partition}:iam::aws:policy/{name}"


class Component(pulumi.ComponentResource):
    """A component whose children are parented to it; stateful ones outlive it where the place is protected."""

    def __init__(self, token: str, name: str, placement: Placement, opts: pulumi.ResourceOptions | None) -> None:
        super().__init__(token, name, {}, opts)
        self.name = name
        self.placement = placement

    def child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that can be made again from nothing."""
        return pulumi.ResourceOptions(parent=self, **options)

    def guarding_child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that protects a stateful one, or that it stands on: what outlives the component keeps
        both. AWS deletes no subnet, security group or configuration that is in use, and a role in use without a word.
        """
        return self.child(retain_on_delete=self.placement.protected, **options)

    def stateful_child(self, **options: Any) -> pulumi.ResourceOptions:
        """Options of a child that holds data."""
        keep = self.placement.protected
        return self.child(protect=keep, retain_on_delete=keep, **options)
