"""A private way between two networks, such as those of two environments."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Self

import pulumi
from pulumi_aws import ec2
from pydantic import Field, model_validator

from components.base import Args, Component, Placement


class PeeringArgs(Args):
    placement: Placement
    vpc_id: pulumi.Input[str] = Field(description="Our VPC.")
    route_table_ids: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Tables that get a route to the other network, by zone."
    )
    peer: str = Field(description="What the other network is called, such as an environment's name.")
    cidr: IPv4Network = Field(description="Its address range, which must not overlap ours.")
    peer_vpc_id: str | None = Field(default=None, description="The other VPC, which is asked; or give connection_id.")
    account_id: str | None = Field(default=None, description="Its account; ours by default.")
    region: str | None = Field(default=None, description="Its region; ours by default.")
    connection_id: str | None = Field(
        default=None, description="A connection that the other side has asked for, which is accepted."
    )

    @model_validator(mode="after")
    def _asks_or_accepts(self) -> Self:
        if (self.peer_vpc_id is None) == (self.connection_id is None):
            raise ValueError("give peer_vpc_id, to ask, or connection_id, to accept")
        return self


class Peering(Component):
    """A peering connection, asked for or accepted, and the routes to it. No security group lets anything in by it.

    In our own account and region it is accepted at once; elsewhere the other side accepts it.
    """

    connection_id: pulumi.Output[str]

    def __init__(self, name: str, args: PeeringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:Peering", name, args.placement, opts)
        tags = {"Name": args.placement.named("peer", args.peer)}
        if args.connection_id is not None:
            accepted = ec2.VpcPeeringConnectionAccepter(
                f"{name}-accepted",
                vpc_peering_connection_id=args.connection_id,
                auto_accept=True,
                tags=tags,
                opts=self.child(),
            )
            self.connection_id = accepted.vpc_peering_connection_id
        else:
            place = args.placement
            own = args.account_id in (None, place.account_id) and args.region in (None, place.region)
            asked = ec2.VpcPeeringConnection(
                f"{name}-connection",
                vpc_id=args.vpc_id,
                peer_vpc_id=str(args.peer_vpc_id),
                peer_owner_id=args.account_id,
                peer_region=None if own else args.region,
                auto_accept=True if own else None,
                tags=tags,
                opts=self.child(),
            )
            self.connection_id = asked.id
        for zone, table_id in args.route_table_ids.items():
            ec2.Route(
                f"{name}-{zone}",
                route_table_id=table_id,
                destination_cidr_block=str(args.cidr),
                vpc_peering_connection_id=self.connection_id,
                opts=self.child(),
            )
        self.register_outputs({"connection_id": self.connection_id})
