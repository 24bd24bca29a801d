"""The SageMaker model of a release, and names that tell what they stand for."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field

from components.base import Args, Component, Placement

if TYPE_CHECKING:
    from components.endpoint.variants import Served


class Runtime(Args):
    """Where a model's containers run and as whom."""

    role_arn: pulumi.Input[str] = Field(description="Role of the model, already permitted to read its artifact.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(description="Private subnets, by zone letter.")
    security_group_id: pulumi.Input[str]


def content_name(placement: Placement, *parts: str, content: Mapping[str, object]) -> pulumi.Output[str]:
    """A physical name that ends in a digest of all that cannot change in place.

    What is made anew has another name, then: the new one is there before the old one goes, and nothing that still uses
    the old one is left without it. The same content gives the same name.
    """
    text = pulumi.Output.json_dumps(dict(content), sort_keys=True)
    return text.apply(lambda each: placement.named(*parts, hashlib.sha256(each.encode()).hexdigest()[:8]))


def released_model(
    parent: Component, subject: str, release: "Served", runtime: Runtime, *, isolated: bool = True
) -> sagemaker.Model:
    """The model of a release, in the private network.

    Not `isolated`, for serverless endpoints: SageMaker takes models of no network of one's own for them.
    """
    network = {"subnets": list(runtime.subnet_ids.values()), "security_group_ids": [runtime.security_group_id]}
    container = {"model_package_name": release.package_arn}
    mark = "" if isolated else "serverless"
    return sagemaker.Model(
        f"{parent.name}-model-v{release.version}",
        name=content_name(
            parent.placement,
            subject,
            mark,
            f"v{release.version}",
            content={"role": runtime.role_arn, "container": container, "network": network if isolated else None},
        ),
        execution_role_arn=runtime.role_arn,
        primary_container={"model_package_name": release.package_arn},
        enable_network_isolation=isolated,  # a model answers; it calls nobody
        vpc_config={"subnets": network["subnets"], "security_group_ids": network["security_group_ids"]}
        if isolated
        else None,
        opts=parent.child(),
    )


def multi_model(
    parent: Component,
    subject: str,
    image: pulumi.Input[str],
    prefix: pulumi.Input[str],
    environment: Mapping[str, str],
    runtime: Runtime,
    *,
    cache: bool,
) -> sagemaker.Model:
    """The model of all archives under an `s3://` prefix. SageMaker takes an image for it, and no package."""
    network = {"subnets": list(runtime.subnet_ids.values()), "security_group_ids": [runtime.security_group_id]}
    container: sagemaker.ModelPrimaryContainerArgsDict = {
        "image": image,
        "mode": "MultiModel",
        "model_data_url": prefix,
        "environment": dict(environment),
        "multi_model_config": {"model_cache_setting": "Enabled" if cache else "Disabled"},
    }
    return sagemaker.Model(
        f"{parent.name}-model",
        name=content_name(
            parent.placement,
            subject,
            "all",
            content={"role": runtime.role_arn, "container": container, "network": network},
        ),
        execution_role_arn=runtime.role_arn,
        primary_container=container,
        enable_network_isolation=True,
        vpc_config={"subnets": network["subnets"], "security_group_ids": network["security_group_ids"]},
        opts=parent.child(),
    )
