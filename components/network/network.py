"""A private network over several availability zones."""

from ipaddress import IPv4Network
from typing import Literal

import pulumi
from pulumi_aws import ec2
from pydantic import Field

from components.base import Args, Component, Placement
from components.network.subnets import Ranges, subnet_ranges

Nat = Literal["none", "single", "per-zone"]
INTERNET = "0.0.0.0/0"


class NetworkArgs(Args):
    placement: Placement
    cidr: IPv4Network = Field(description="Address range of the VPC.")
    zones: int = Field(ge=1, le=3, description="Availability zones with subnets, from the region's `a` on.")
    nat: Nat = Field(
        default="none",
        description="How private subnets reach the internet; `none` leaves the network without an internet gateway.",
    )


class Network(Component):
    """A VPC with one private subnet and route table a zone; public subnets exist only where there is a NAT gateway.

    The VPC's default security group is emptied, so that what names no group can talk to nobody. Where the place is
    protected, the VPC and its private subnets outlive the estate, as brokers and file systems do that lie in them.
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    private_subnet_ids: dict[str, pulumi.Output[str]]
    route_table_ids: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:network:Network", name, args.placement, opts)
        ranges = subnet_ranges(args.cidr, args.zones)
        vpc = ec2.Vpc(
            f"{name}-vpc",
            cidr_block=str(args.cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self.guarding_child(),
        )
        self.vpc_id, self.cidr = vpc.id, str(args.cidr)
        ec2.DefaultSecurityGroup(
            f"{name}-default-group",
            vpc_id=vpc.id,
            ingress=[],
            egress=[],
            tags=self._tags("default-unused"),
            opts=self.child(),
        )
        self.private_subnet_ids, self.route_table_ids = {}, {}
        for zone, of_zone in ranges.items():
            self._private_subnet(zone, of_zone)
        if args.nat != "none":
            self._way_out(ranges, args.nat)
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _private_subnet(self, zone: str, ranges: Ranges) -> None:
        subnet = self._subnet("private", zone, ranges.private)
        table = self._route_table("private", zone)
        self._associate("private", zone, subnet, table)
        self.private_subnet_ids[zone] = subnet.id
        self.route_table_ids[zone] = table.id

    def _way_out(self, ranges: dict[str, Ranges], nat: Nat) -> None:
        """Public subnets with NAT gateways, and a route to one of them from each private subnet."""
        internet = ec2.InternetGateway(
            f"{self.name}-internet", vpc_id=self.vpc_id, tags=self._tags("internet"), opts=self.child()
        )
        gateways: dict[str, ec2.NatGateway] = {}
        for zone in list(ranges) if nat == "per-zone" else list(ranges)[:1]:
            subnet = self._subnet("public", zone, ranges[zone].public)
            table = self._route_table("public", zone)
            self._associate("public", zone, subnet, table)
            route = self._route("public", zone, table.id, gateway_id=internet.id)
            address = ec2.Eip(
                f"{self.name}-nat-{zone}-address",
                domain="vpc",
                tags=self._tags("nat", zone),
                opts=self.child(depends_on=[internet]),
            )
            gateways[zone] = ec2.NatGateway(
                f"{self.name}-nat-{zone}",
                allocation_id=address.id,
                subnet_id=subnet.id,
                tags=self._tags("nat", zone),
                opts=self.child(depends_on=[route]),
            )
        for zone, table_id in self.route_table_ids.items():
            gateway = gateways[zone] if zone in gateways else next(iter(gateways.values()))
            self._route("private", zone, table_id, nat_gateway_id=gateway.id)

    def _subnet(self, kind: str, zone: str, cidr: IPv4Network) -> ec2.Subnet:
        return ec2.Subnet(
            f"{self.name}-{kind}-{zone}",
            vpc_id=self.vpc_id,
            cidr_block=str(cidr),
            availability_zone=f"{self.placement.region}{zone}",
            map_public_ip_on_launch=False,
            tags=self._tags(kind, zone),
            opts=self.guarding_child() if kind == "private" else self.child(),
        )

    def _route_table(self, kind: str, zone: str) -> ec2.RouteTable:
        return ec2.RouteTable(
            f"{self.name}-{kind}-{zone}-routes", vpc_id=self.vpc_id, tags=self._tags(kind, zone), opts=self.child()
        )

    def _associate(self, kind: str, zone: str, subnet: ec2.Subnet, table: ec2.RouteTable) -> None:
        ec2.RouteTableAssociation(
            f"{self.name}-{kind}-{zone}-association", subnet_id=subnet.id, route_table_id=table.id, opts=self.child()
        )

    def _route(
        self,
        kind: str,
        zone: str,
        table_id: pulumi.Input[str],
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> ec2.Route:
        return ec2.Route(
            f"{self.name}-{kind}-{zone}-internet",
            route_table_id=table_id,
            destination_cidr_block=INTERNET,
            gateway_id=gateway_id,
            nat_gateway_id=nat_gateway_id,
            opts=self.child(),
        )

    def _tags(self, *parts: str) -> dict[str, str]:
        return {"Name": self.placement.named(*parts)}
