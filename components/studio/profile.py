"""A person in a Studio domain."""

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.declared import cloud_control


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

    def __init__(self, name: str, args: StudioProfileArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:studio:StudioProfile", name, args.placement, opts)
        cloud_control(
            f"{name}-profile",
            "AWS::SageMaker::UserProfile",
            {
                "DomainId": args.domain_id,
                "UserProfileName": args.profile,
                "SingleSignOnUserIdentifier": None if args.sso_user is None else "UserName",
                "SingleSignOnUserValue": args.sso_user,
                "UserSettings": {"ExecutionRole": args.role_arn, "SecurityGroups": [args.security_group_id]},
                "Tags": [{"Key": "persona", "Value": args.persona}],
            },
            self.child(),
        )
        self.register_outputs({"profile": args.profile})
