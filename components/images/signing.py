"""Signs each image when it is pushed."""

import pulumi
from pulumi_aws import signer
from pydantic import Field

from components.base import Args, Component, Placement
from components.declared import TagsAs, cloud_control
from components.names import Limit
from components.roles import inline_policy

NOTATION = "Notation-OCI-SHA384-ECDSA"  # Signer's platform for images


class ImageSigningArgs(Args):
    placement: Placement
    months: int | None = Field(
        default=None, ge=1, le=135, description="How long a signature holds; 135 months by default."
    )


class ImageSigning(Component):
    """A signing profile, and the registry's configuration that signs with it whatever of this environment is pushed.

    ECR signs in the name of whoever pushes, who must be allowed to: see `grant_sign`. A registry, and so an account and
    region, has one configuration.
    """

    profile_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ImageSigningArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:images:ImageSigning", name, args.placement, opts)
        place = args.placement
        profile = signer.SigningProfile(
            f"{name}-profile",
            # A profile that was cancelled keeps its name for ever; each has a suffix of its own.
            name_prefix=f"{place.prefix}_images_".replace("-", "_"),
            platform_id=NOTATION,
            signature_validity_period=None if args.months is None else {"type": "MONTHS", "value": args.months},
            # Made anew, it would be another one, and whoever verifies releases trusts this one.
            opts=self.stateful_child(),
        )
        cloud_control(
            f"{name}-configuration",
            "AWS::ECR::SigningConfiguration",
            {
                "Rules": [
                    {
                        "SigningProfileArn": profile.arn,
                        "RepositoryFilters": [{"Filter": f"{place.prefix}-*", "FilterType": "WILDCARD_MATCH"}],
                    }
                ]
            },
            self.child(),
            tags=TagsAs.NONE,
        )
        self.profile_arn = profile.arn
        self.register_outputs({"profile_arn": self.profile_arn})

    def grant_sign(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets the role's pushes be signed. `grantee` names the grant; give each role its own."""
        inline_policy(
            self,
            role_name,
            self.placement.named("sign-images", grantee, limit=Limit.IAM_ROLE),
            {"Sid": "SignImages", "Effect": "Allow", "Action": "signer:SignPayload", "Resource": self.profile_arn},
            suffix=f"sign-{grantee}",
        )
