"""AWS's services inside a private network."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.network.endpoint_policy import reachable

# What jobs, hosted models and handlers call.
ML_SERVICES = (
    "athena",
    "ecr.api",
    "ecr.dkr",
    "glue",
    "kms",
    "logs",
    "monitoring",
    "sagemaker.api",
    "sagemaker.featurestore-runtime",
    "sagemaker.runtime",
    "ssm",
    "sts",
)
# What nodes of a private EKS cluster call besides.
CLUSTER_SERVICES = ("ec2", "eks", "eks-auth")
# SageMaker's own web pages stand under a name of their own.
PAGES = {
    "sagemaker.experiments": "aws.sagemaker.{region}.experiments",
    "sagemaker.studio": "aws.sagemaker.{region}.studio",
}


class InterfaceEndpointsArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Subnets with an interface of each service; every one of them costs by the hour."
    )
    security_group_id: pulumi.Input[str] = Field(description="Security group of the interfaces.")
    services: tuple[str, ...] = Field(default=ML_SERVICES, min_length=1, description="Names after the region.")


class InterfaceEndpoints(Component):
    """Interface endpoints under the services' own DNS names, for this account's principals only."""

    def __init__(self, name: str, args: InterfaceEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:InterfaceEndpoints", name, args.placement, opts)
        for service in args.services:
            ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=args.vpc_id,
                vpc_endpoint_type="Interface",
                service_name=service_name(args.placement.region, service),
                subnet_ids=list(args.subnet_ids.values()),
                security_group_ids=[args.security_group_id],
                private_dns_enabled=True,
                policy=document(*reachable(args.placement, service)),
                tags={"Name": args.placement.named(service.replace(".", "-"))},
                opts=self.child(),
            )
        self.register_outputs({})


def service_name(region: str, service: str) -> str:
    """What the endpoint of a service is called, such as `com.amazonaws.eu-west-1.sts`."""
    return PAGES.get(service, f"com.amazonaws.{{region}}.{service}").format(region=region)
