"""A Studio domain inside the private network, without a home file system, whose idle apps are stopped."""

import base64
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from typing import Literal, Self

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.declared import Value, cloud_control
from components.studio.image import StudioImage, custom_image

STARTUP = """#!/bin/bash
set -eu
cat > ~/.estate <<'ESTATE'
{shell}ESTATE
grep -qs '^[.] ~/[.]estate$' ~/.bashrc || echo '. ~/.estate' >> ~/.bashrc
mkdir -p ~/.ipython/profile_default/startup
cat > ~/.ipython/profile_default/startup/00-estate.py <<'ESTATE'
import os

{notebook}ESTATE
"""


class StudioDomainArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]] = Field(min_length=1, description="Private subnets of the apps.")
    security_group_id: pulumi.Input[str] = Field(description="Security group of the apps.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the spaces' disks.")
    role_arn: pulumi.Input[str] = Field(description="Role of apps whose profile names none, and of shared spaces.")
    auth: Literal["iam", "sso"] = Field(default="iam", description="How people come in.")
    idle_minutes: int = Field(default=120, ge=60, le=525_600, description="Idle time after which an app is stopped.")
    most_idle_minutes: int | None = Field(
        default=None, ge=60, le=525_600, description="What a person may raise it to; nothing by default."
    )
    instance_type: str = Field(default="ml.t3.medium", description="Machine of an app at its start.")
    space_gb: int = Field(default=5, ge=5, le=16_384, description="Disk of a new space.")
    most_space_gb: int = Field(default=100, ge=5, le=16_384, description="What a person may raise it to.")
    environment: Mapping[str, pulumi.Input[str]] = Field(
        default_factory=dict, description="Variables that every app starts with; none by default."
    )
    image: StudioImage | None = Field(default=None, description="An image of one's own; SageMaker's by default.")

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if self.most_idle_minutes is not None and self.most_idle_minutes < self.idle_minutes:
            raise ValueError(f"most_idle_minutes {self.most_idle_minutes} is below idle_minutes {self.idle_minutes}")
        if self.most_space_gb < self.space_gb:
            raise ValueError(f"most_space_gb {self.most_space_gb} is below space_gb {self.space_gb}")
        return self


class StudioDomain(Component):
    """Files lie on the disk of each space, encrypted with the domain's key.

    A home file system would outlive the domain, with mount targets and two security groups that no program owns and
    that keep the network from being deleted; pulumi-aws cannot leave it out, so that the domain is declared.
    """

    domain_id: pulumi.Output[str]

    def __init__(self, name: str, args: StudioDomainArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:studio:StudioDomain", name, args.placement, opts)
        image = None if args.image is None else custom_image(self, args.image, args.role_arn)
        lab = {**self._app(args, "JupyterLab"), "CustomImages": None if image is None else [image]}
        domain = cloud_control(
            f"{name}-domain",
            "AWS::SageMaker::Domain",
            {
                "DomainName": args.placement.named(name),
                "AuthMode": args.auth.upper(),
                "AppNetworkAccessType": "VpcOnly",
                "HomeEfsFileSystemCreation": "Disabled",
                "VpcId": args.vpc_id,
                "SubnetIds": list(args.subnet_ids),
                "KmsKeyId": args.key_arn,
                "TagPropagation": "ENABLED",  # spaces and apps carry who pays for them
                "DomainSettings": {
                    "DockerSettings": {"EnableDockerAccess": "DISABLED"},
                    "ExecutionRoleIdentityConfig": "USER_PROFILE_NAME",  # the audit trail tells people apart
                },
                "DefaultUserSettings": {
                    "ExecutionRole": args.role_arn,
                    "SecurityGroups": [args.security_group_id],
                    "StudioWebPortal": "ENABLED",
                    "DefaultLandingUri": "studio::",
                    "AutoMountHomeEFS": "Disabled",
                    "SpaceStorageSettings": _disks(args),
                    "JupyterLabAppSettings": lab,
                    "CodeEditorAppSettings": self._app(args, "CodeEditor"),
                },
                "DefaultSpaceSettings": {
                    "ExecutionRole": args.role_arn,
                    "SecurityGroups": [args.security_group_id],
                    "SpaceStorageSettings": _disks(args),
                    "JupyterLabAppSettings": lab,
                },
            },
            self.stateful_child(),
        )
        self.domain_id = domain.id  # CloudFormation identifies a domain by its DomainId
        self.register_outputs({"domain_id": self.domain_id})

    def _app(self, args: StudioDomainArgs, app: str) -> dict[str, Value]:
        """Settings of one kind of app; what it starts with is a lifecycle configuration of its own."""
        startup = None if not args.environment else self._startup(args, app)
        idle: dict[str, Value] = {
            "LifecycleManagement": "ENABLED",
            "IdleTimeoutInMinutes": args.idle_minutes,
            "MinIdleTimeoutInMinutes": 60,
            "MaxIdleTimeoutInMinutes": args.idle_minutes if args.most_idle_minutes is None else args.most_idle_minutes,
        }
        return {
            "AppLifecycleManagement": {"IdleSettings": idle},
            "DefaultResourceSpec": {"InstanceType": args.instance_type, "LifecycleConfigArn": startup},
            "LifecycleConfigArns": None if startup is None else [startup],
        }

    def _startup(self, args: StudioDomainArgs, app: str) -> pulumi.Output[str]:
        """Named after what it holds: SageMaker changes none, and deletes none that a domain still names."""
        place, script = args.placement, pulumi.Output.all(**args.environment).apply(startup_script)
        config = sagemaker.StudioLifecycleConfig(
            f"{self.name}-{app.lower()}-startup",
            studio_lifecycle_config_name=script.apply(
                lambda text: place.named(self.name, app.lower(), hashlib.sha256(text.encode()).hexdigest()[:8])
            ),
            studio_lifecycle_config_app_type=app,
            studio_lifecycle_config_content=script.apply(lambda text: base64.b64encode(text.encode()).decode()),
            opts=self.guarding_child(),
        )
        return config.arn


def startup_script(variables: Mapping[str, str]) -> str:
    """What an app runs at its start: shells and notebooks find the variables, however often it starts."""
    shell = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    notebook = "".join(f"os.environ[{name!r}] = {value!r}\n" for name, value in sorted(variables.items()))
    return STARTUP.format(shell=shell, notebook=notebook)


def _disks(args: StudioDomainArgs) -> dict[str, Value]:
    sizes: dict[str, Value] = {
        "DefaultEbsVolumeSizeInGb": args.space_gb,
        "MaximumEbsVolumeSizeInGb": args.most_space_gb,
    }
    return {"DefaultEbsStorageSettings": sizes}
