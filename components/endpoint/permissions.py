"""What hosted models may do: read the released artifacts, write what they answered."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.names import Limit


class HostingPermissionsArgs(Args):
    placement: Placement
    role_name: pulumi.Input[str] = Field(description="Role of hosted models.")
    role_arn: pulumi.Input[str] = Field(description="The same role.")
    models: Sequence[str] = Field(min_length=1, description="Models that are hosted.")
    models_bucket_arn: pulumi.Input[str] = Field(description="Bucket of the artifacts, `<model>/...`.")
    capture_bucket_arn: pulumi.Input[str] = Field(description="Bucket of captured traffic, `<model>/capture/...`.")
    keys: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="KMS keys of both buckets, by domain.")


class HostingPermissions(Component):
    """One policy of the models' role."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: HostingPermissionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:HostingPermissions", name, args.placement, opts)
        policy = iam.RolePolicy(
            f"{name}-policy",
            name=args.placement.named("host-models", limit=Limit.IAM_ROLE),
            role=args.role_name,
            policy=document(
                {
                    "Sid": "ReadArtifacts",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": [pulumi.Output.concat(args.models_bucket_arn, f"/{model}/*") for model in args.models],
                },
                {
                    "Sid": "ListArtifacts",
                    "Effect": "Allow",
                    "Action": "s3:ListBucket",
                    "Resource": args.models_bucket_arn,
                    "Condition": {"StringLike": {"s3:prefix": [f"{model}/*" for model in args.models]}},
                },
                {
                    "Sid": "CaptureTraffic",
                    "Effect": "Allow",
                    "Action": ["s3:AbortMultipartUpload", "s3:PutObject"],
                    "Resource": [
                        pulumi.Output.concat(args.capture_bucket_arn, f"/{model}/capture/*") for model in args.models
                    ],
                },
                {
                    "Sid": "UseKeys",
                    "Effect": "Allow",
                    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": list(args.keys.values()),
                },
            ),
            opts=self.child(),
        )
        # SageMaker tries the role when a model is made: whoever hosts one must wait for the policy.
        self.role_arn = pulumi.Output.all(args.role_arn, policy.id).apply(lambda both: both[0])
        self.register_outputs({"role_arn": self.role_arn})
