"""A CodeBuild project that builds the images from the repository and pushes them."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, codebuild, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.roles import bounded_role, inline_policy

COMPUTE = {
    "small": "BUILD_GENERAL1_SMALL",
    "medium": "BUILD_GENERAL1_MEDIUM",
    "large": "BUILD_GENERAL1_LARGE",
}
MACHINE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
BUILDSPEC = ".ci/images.buildspec.yml"
BILLS = "builds"  # prefix under which bills of materials lie


class PrivateNetwork(Args):
    """Where builds run; without one they run in CodeBuild's own network."""

    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]] = Field(min_length=1)
    subnet_arns: Sequence[pulumi.Input[str]] = Field(min_length=1)
    security_group_id: pulumi.Input[str]


class ImageBuildsArgs(Args):
    placement: Placement
    repository: str = Field(description="`owner/name` on GitHub.")
    branch: str = Field(default="main", description="What is built where a build names nothing.")
    connection_arn: str = Field(description="Connection to GitHub, which a person has confirmed.")
    images: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Repository URLs, by Dockerfile target.")
    tag: str = Field(description="Tag that is pushed; it must be a new one.")
    signed: bool = Field(default=False, description="Wait until each image is signed, and fail where it is not.")
    compute: str = Field(default="medium", pattern="^(small|medium|large)$", description="Size of the build machine.")
    timeout_minutes: int = Field(default=60, ge=5, le=480)
    network: PrivateNetwork | None = Field(default=None, description="Private network; CodeBuild's own by default.")
    on_push: bool = Field(default=False, description="Build at every push to the branch.")
    bucket: pulumi.Input[str] = Field(description="Bucket of the bills of materials, which lie under `builds/`.")
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of what a build leaves, and of the bucket.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the log.")
    log_retention_days: int = Field(ge=1)
    permission_boundary_arn: pulumi.Input[str]


class ImageBuilds(Component):
    """Project, role and log. Builds are started by hand, by CI, or where asked for by every push."""

    project: pulumi.Output[str]
    arn: pulumi.Output[str]
    role_name: pulumi.Output[str]

    def __init__(self, name: str, args: ImageBuildsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:builds:ImageBuilds", name, args.placement, opts)
        place = args.placement
        project_name = place.named(name)
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/codebuild/{project_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        role = bounded_role(
            self,
            name,
            description="Builds images and pushes them",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "codebuild", source_arn=place.arn("codebuild", f"project/{project_name}")),
        )
        policy = inline_policy(self, role.name, "build", *_statements(args, log))
        project = self._project(args, project_name, role, policy, log)
        if args.on_push:
            codebuild.Webhook(
                f"{name}-pushes",
                project_name=project.name,
                build_type="BUILD",
                filter_groups=[
                    {
                        "filters": [
                            {"type": "EVENT", "pattern": "PUSH"},
                            {"type": "HEAD_REF", "pattern": f"^refs/heads/{args.branch}$"},
                        ]
                    }
                ],
                opts=self.child(),
            )
        self.project, self.arn, self.role_name = project.name, project.arn, role.name
        self.register_outputs({"project": self.project})

    def _project(
        self, args: ImageBuildsArgs, project_name: str, role: iam.Role, policy: iam.RolePolicy, log: cloudwatch.LogGroup
    ) -> codebuild.Project:
        variables: dict[str, pulumi.Input[str]] = {
            "IMAGE_TAG": args.tag,
            "BILLS_URI": pulumi.Output.concat("s3://", args.bucket, f"/{BILLS}"),
            "SIGNED": str(args.signed).lower(),
            **{f"REPOSITORY_{target.upper()}": args.images[target] for target in sorted(args.images)},
        }
        return codebuild.Project(
            f"{self.name}-project",
            name=project_name,
            description=f"Builds the images of {args.repository}",
            service_role=role.arn,
            encryption_key=args.key_arn,
            build_timeout=args.timeout_minutes,
            queued_timeout=60,
            concurrent_build_limit=1,  # two builds of one tag would race for it
            source={
                "type": "GITHUB",
                "location": f"https://github.com/{args.repository}.git",
                "git_clone_depth": 1,
                "buildspec": BUILDSPEC,
                "report_build_status": args.on_push,
                "auth": {"type": "CODECONNECTIONS", "resource": args.connection_arn},
            },
            source_version=args.branch,
            artifacts={"type": "NO_ARTIFACTS"},
            # CodeBuild keeps nothing on its hosts for builds inside a network.
            cache=None
            if args.network is not None
            else {"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE", "LOCAL_SOURCE_CACHE"]},
            environment={
                "type": "LINUX_CONTAINER",
                "compute_type": COMPUTE[args.compute],
                "image": MACHINE,
                "image_pull_credentials_type": "CODEBUILD",
                # `docker build` needs a Docker daemon, and CodeBuild runs one in privileged mode only.
                "privileged_mode": True,
                "environment_variables": [
                    {"name": key, "value": variables[key], "type": "PLAINTEXT"} for key in sorted(variables)
                ],
            },
            logs_config={"cloudwatch_logs": {"status": "ENABLED", "group_name": log.name}},
            vpc_config=None
            if args.network is None
            else {
                "vpc_id": args.network.vpc_id,
                "subnets": list(args.network.subnet_ids),
                "security_group_ids": [args.network.security_group_id],
            },
            tags={"privileged-because": "docker build needs a Docker daemon"},
            # CodeBuild tries the role's permissions on the network when the project is made.
            opts=self.child(depends_on=[policy]),
        )


def _statements(args: ImageBuildsArgs, log: cloudwatch.LogGroup) -> list[Statement]:
    statements: list[Statement] = [
        {
            "Sid": "WriteLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(log.arn, ":*"),
        },
        {
            "Sid": "ReadSource",
            "Effect": "Allow",
            "Action": [
                *("codeconnections:GetConnection", "codeconnections:GetConnectionToken"),
                "codeconnections:UseConnection",
            ],
            "Resource": args.connection_arn,
        },
        {
            "Sid": "LeaveBillsOfMaterials",
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": pulumi.Output.concat(args.bucket_arn, f"/{BILLS}/*"),
        },
        {
            "Sid": "UseKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": args.key_arn,
        },
    ]
    return statements if args.network is None else [*statements, *_join(args, args.network)]


def _join(args: ImageBuildsArgs, network: PrivateNetwork) -> list[Statement]:
    """CodeBuild puts its network interface into the subnets in the role's name."""
    place = args.placement
    return [
        {
            "Sid": "DescribeNetwork",
            "Effect": "Allow",
            "Action": [
                *("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
                *("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
            ],
            "Resource": "*",
        },
        {
            "Sid": "MakeInterfaces",
            "Effect": "Allow",
            "Action": ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"],
            "Resource": [place.arn("ec2", f"{kind}/*") for kind in ("network-interface", "subnet", "security-group")],
        },
        {
            "Sid": "LendInterfacesToCodeBuild",
            "Effect": "Allow",
            "Action": "ec2:CreateNetworkInterfacePermission",
            "Resource": place.arn("ec2", "network-interface/*"),
            "Condition": {
                "StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"},
                "ArnEquals": {"ec2:Subnet": list(network.subnet_arns)},
            },
        },
    ]
