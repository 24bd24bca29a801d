"""A person in a Studio domain."""

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement


class StudioProfileArgs(Args):
    placement: Placement
    profile: str = Field(description="Its name.", pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")
    domain_id: pulumi.Input[str]
    role_arn: pulumi.Input[str] = Field(description="Role of the person's apps.")
    security_group_id: pulumi.Input[str]
    persona: str = Field(description="What the person does; a tag.")
    sso_user: str | None = Field(default=None, description="User name in IAM Identity Center; none where IAM lets in.")


class StudioProfile(Component):
    """A user profile; apps, disks and idle time are the domain's."""

    profile: pulumi.Output[str]

    def __init__(self, name: str, args: StudioProfileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:studio:StudioProfile", name, args.placement, opts)
        profile = sagemaker.UserProfile(
            f"{name}-profile",
            domain_id=args.domain_id,
            user_profile_name=args.profile,
            single_sign_on_user_identifier=None if args.sso_user is None else "UserName",
            single_sign_on_user_value=args.sso_user,
            user_settings={"execution_role": args.role_arn, "security_groups": [args.security_group_id]},
            tags={"persona": args.persona},
            opts=self.child(),
        )
        self.profile = profile.user_profile_name
        self.register_outputs({"profile": self.profile})
