"""Roles of an environment, and what they may do in their own name."""

import pulumi
from pulumi_aws import iam

from components.base import Component
from components.documents import Statement, document
from components.names import Limit


def bounded_role(
    owner: Component,
    *called: str,
    suffix: str = "role",
    description: str,
    boundary_arn: pulumi.Input[str],
    trusted: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None = None,
) -> iam.Role:
    """A role under the environment's path, that may never do more than its boundary.

    Its physical name is made of the parts in `called`, its logical one is the owner's with `suffix`. `trusted` says who
    assumes it and on whose behalf: `documents.trust` for a service of AWS. `opts` are those of a plain child by
    default.
    """
    place = owner.placement
    return iam.Role(
        f"{owner.name}-{suffix}",
        name=place.named(*called, limit=Limit.IAM_ROLE),
        path=place.path,
        description=description,
        permissions_boundary=boundary_arn,
        assume_role_policy=trusted,
        opts=owner.child() if opts is None else opts,
    )


def inline_policy(
    owner: Component,
    role_name: pulumi.Input[str],
    name: str,
    *statements: Statement,
    suffix: str = "policy",
    opts: pulumi.ResourceOptions | None = None,
) -> iam.RolePolicy:
    """What a role may do, as the policy `name` in the role itself; its logical name is the owner's with `suffix`.

    What is tried in the role's name as soon as it is made has to depend on the policy. `opts` as for `bounded_role`.
    """
    return iam.RolePolicy(
        f"{owner.name}-{suffix}",
        name=name,
        role=role_name,
        policy=document(*statements),
        opts=owner.child() if opts is None else opts,
    )


def aws_policy(owner: Component, role_name: pulumi.Input[str], policy: str, *, suffix: str) -> iam.RolePolicyAttachment:
    """Lets a role do what a policy says that AWS made and keeps, such as `service-role/AWS_ConfigRole`."""
    return iam.RolePolicyAttachment(
        f"{owner.name}-{suffix}",
        role=role_name,
        policy_arn=owner.placement.aws_policy_arn(policy),
        opts=owner.child(),
    )
