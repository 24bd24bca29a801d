"""An image of one's own for JupyterLab."""

import hashlib

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component
from components.declared import Value


class StudioImage(Args):
    uri: str = Field(description="Image in ECR that listens as JupyterLab on port 8888.")
    display_name: str = Field(default="Estate", description="What people choose.")


def custom_image(owner: Component, args: StudioImage, role_arn: pulumi.Input[str]) -> dict[str, Value]:
    """The image as a domain names it. Another `uri` is a new version of the same image."""
    place, name = owner.placement, owner.name
    image = sagemaker.Image(
        f"{name}-image",
        image_name=place.named(name, "lab"),
        display_name=args.display_name,
        role_arn=role_arn,
        opts=owner.guarding_child(),
    )
    version = sagemaker.ImageVersion(
        f"{name}-image-version-{hashlib.sha256(args.uri.encode()).hexdigest()[:8]}",
        image_name=image.image_name,
        base_image=args.uri,
        opts=owner.guarding_child(),
    )
    config = sagemaker.AppImageConfig(
        f"{name}-image-config",
        app_image_config_name=place.named(name, "lab"),
        jupyter_lab_image_config={"file_system_config": {"default_gid": 100, "default_uid": 1000}},
        opts=owner.guarding_child(),
    )
    return {
        # By its version's resource, which must be there before an app can start with it.
        "ImageName": version.image_name,
        "AppImageConfigName": config.app_image_config_name,
        "ImageVersionNumber": version.version,
    }
