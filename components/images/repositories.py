"""Repositories of the images that jobs and models run."""

import json
from enum import StrEnum

import pulumi
from pulumi_aws import ecr, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.names import Limit
from components.roles import inline_policy


class Image(StrEnum):
    JOBS = "jobs"  # CPU jobs
    GPU = "gpu"  # CUDA jobs
    SERVING = "serving"  # the inference host


PULL = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
PUSH = [
    *("ecr:CompleteLayerUpload", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart"),
    *("ecr:DescribeImages", "ecr:DescribeImageScanFindings", "ecr:DescribeImageSigningStatus"),
]


class ImageRepositoriesArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key that encrypts the layers.")
    images: tuple[Image, ...] = Field(default=tuple(Image), min_length=1, description="Images; all by default.")
    untagged_days: int = Field(
        default=7, ge=1, description="Days that an untagged image stays. A tagged one stays: a release may run it."
    )
    readers: tuple[str, ...] = Field(default=(), description="Other accounts that may pull; none by default.")


class ImageRepositories(Component):
    """Scanned on push, encrypted, tags that cannot be moved to another image."""

    urls: dict[str, pulumi.Output[str]]
    arns: list[pulumi.Output[str]]

    def __init__(self, name: str, args: ImageRepositoriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:images:ImageRepositories", name, args.placement, opts)
        made = {image.value: self._repository(image, args) for image in args.images}
        self.urls = {image: repository.repository_url for image, repository in made.items()}
        self.arns = [repository.arn for repository in made.values()]
        self.register_outputs({"urls": self.urls})

    def _repository(self, image: Image, args: ImageRepositoriesArgs) -> ecr.Repository:
        repository = ecr.Repository(
            f"{self.name}-{image}",
            name=args.placement.named(image),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configurations=[{"encryption_type": "KMS", "kms_key": args.key_arn}],
            force_delete=not args.placement.protected,
            opts=self.stateful_child(),
        )
        ecr.LifecyclePolicy(
            f"{self.name}-{image}-lifecycle",
            repository=repository.name,
            policy=_expire_untagged(args.untagged_days),
            opts=self.child(),
        )
        if args.readers:
            ecr.RepositoryPolicy(
                f"{self.name}-{image}-readers",
                repository=repository.name,
                policy=document(
                    {
                        "Sid": "OtherAccountsPull",
                        "Effect": "Allow",
                        "Principal": {
                            "AWS": [f"arn:{args.placement.partition}:iam::{account}:root" for account in args.readers]
                        },
                        "Action": PULL,
                    }
                ),
                opts=self.child(),
            )
        return repository

    def grant_push(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets the role push images, and pull what it pushed. `grantee` names the grant."""
        iam.RolePolicy(
            f"{self.name}-push-{grantee}",
            name=self.placement.named("push-images", grantee, limit=Limit.IAM_ROLE),
            role=role_name,
            policy=document(
                {"Sid": "PushImages", "Effect": "Allow", "Action": [*PULL, *PUSH], "Resource": self.arns},
                # The token has no ARN; which repositories it opens, the statement above says.
                {"Sid": "LogIn", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            ),
            opts=self.child(),
        )

    def grant_pull(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets the role pull the images. `grantee` names the grant; give each role its own."""
        inline_policy(
            self,
            role_name,
            self.placement.named("pull-images", grantee, limit=Limit.IAM_ROLE),
            {
                "Sid": "PullImages",
                "Effect": "Allow",
                "Action": PULL,
                "Resource": self.arns,
            },
            suffix=f"pull-{grantee}",
        )


def _expire_untagged(days: int) -> str:
    rule = {
        "rulePriority": 1,
        "description": "Layers of builds that were never released",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": days,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [rule]})


def repository_arn(partition: str, uri: str) -> str:
    """ARN of the repository of an image `<account>.dkr.ecr.<region>.<domain>/<name>:<tag>`, or with `@<digest>`."""
    host, _, image = uri.partition("/")
    account, _, _, region = host.split(".")[:4]
    name = image.partition("@")[0].partition(":")[0]
    return f"arn:{partition}:ecr:{region}:{account}:repository/{name}"
