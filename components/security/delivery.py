"""The role with which a GitHub repository's workflows deploy the estate."""

from typing import Annotated

import pulumi
from pulumi_aws import iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.names import Limit
from components.security.delivery_policy import become, delivery_statements

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


class DeliveryArgs(Args):
    placement: Placement
    repository: str = Field(description="`owner/name` on GitHub.", pattern=r"^[\w.-]+/[\w.-]+$")
    environment: str = Field(description="GitHub environment from which a token must come, with its approvals.")
    branches: tuple[Annotated[str, Field(pattern=r"^[\w./-]+$")], ...] = Field(
        default=("main",), min_length=1, description="Branches on one of which its workflow must run."
    )
    provider_arn: str | None = Field(
        default=None,
        description="The account's OIDC provider of GitHub; by default one is created, and there is no other.",
    )
    permission_boundary_arn: pulumi.Input[str] = Field(description="Boundary of every role that a workflow may create.")
    assume_role_arn: str | None = Field(
        default=None, description="Role that a deployment assumes first; none by default."
    )


class Delivery(Component):
    """A role without stored credentials, which can create no role that is mightier than the estate's own.

    The role's policy is its own boundary too, so that nothing that is attached to it later widens it. Workflows cannot
    change the role, its policy or the boundary: an administrator does.
    """

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:security:Delivery", name, args.placement, opts)
        place = args.placement
        role_name = place.named("ci", limit=Limit.IAM_ROLE)
        policy_name = place.named("delivery", limit=Limit.IAM_ROLE)
        own = (place.iam_arn("role", role_name), place.iam_arn("policy", policy_name))
        policy = iam.Policy(
            f"{name}-policy",
            name=policy_name,
            path=place.path,
            description="What deploying the estate takes",
            policy=document(
                *delivery_statements(place, args.permission_boundary_arn, *own), *become(args.assume_role_arn)
            ),
            opts=self.child(),
        )
        role = iam.Role(
            f"{name}-role",
            name=role_name,
            path=place.path,
            description=f"Deployments from {args.repository}, environment {args.environment}",
            permissions_boundary=policy.arn,
            max_session_duration=3600,
            assume_role_policy=document(
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": self._issuer(args)},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {
                            f"{ISSUER}:aud": AUDIENCE,
                            f"{ISSUER}:sub": f"repo:{args.repository}:environment:{args.environment}",
                            # The subject of a job in an environment names no branch; STS reads the claim `ref` too.
                            f"{ISSUER}:ref": [f"refs/heads/{branch}" for branch in args.branches],
                        }
                    },
                }
            ),
            opts=self.child(),
        )
        iam.RolePolicyAttachment(f"{name}-permission", role=role.name, policy_arn=policy.arn, opts=self.child())
        self.role_arn = role.arn
        self.register_outputs({"role_arn": self.role_arn})

    def _issuer(self, args: DeliveryArgs) -> pulumi.Input[str]:
        if args.provider_arn is not None:
            return args.provider_arn
        provider = iam.OpenIdConnectProvider(
            f"{self.name}-github", url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], opts=self.child()
        )
        return provider.arn
