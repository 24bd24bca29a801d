"""Routes from private subnets to S3 and DynamoDB that cost nothing and do not cross the internet."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import ec2
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.network.endpoint_policy import reachable

SERVICES = ("s3", "dynamodb")


class GatewayEndpointsArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    route_table_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Tables that get the routes.")


class GatewayEndpoints(Component):
    """Gateway endpoints, for this account's principals only."""

    prefix_lists: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: GatewayEndpointsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:GatewayEndpoints", name, args.placement, opts)
        self.prefix_lists = {}
        for service in SERVICES:
            endpoint = ec2.VpcEndpoint(
                f"{name}-{service}",
                vpc_id=args.vpc_id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{args.placement.region}.{service}",
                route_table_ids=list(args.route_table_ids.values()),
                policy=document(*reachable(args.placement, service)),
                tags={"Name": args.placement.named(service)},
                opts=self.child(),
            )
            self.prefix_lists[service] = endpoint.prefix_list_id
        self.register_outputs({"prefix_lists": self.prefix_lists})
