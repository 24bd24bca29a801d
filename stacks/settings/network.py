"""Settings of the network."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings


class ExistingNetwork(Settings):
    """A network that the team already has; nothing of it is changed but by the endpoints that are switched on."""

    vpc_id: str = Field(pattern=r"^vpc-[0-9a-f]{8,17}$", description="The VPC.")
    private_subnet_ids: dict[Annotated[str, Field(pattern=r"^[a-f]$")], str] = Field(
        min_length=2, description="Private subnets by zone letter."
    )
    route_table_ids: dict[Annotated[str, Field(pattern=r"^[a-f]$")], str] = Field(
        default={}, description="Their route tables by zone letter, which get the gateway endpoints; none by default."
    )
    endpoints: bool = Field(default=False, description="Create the VPC endpoints in it.")


class PeerSettings(Settings):
    """Another network, such as that of another environment, that is reached without the internet."""

    cidr: IPv4Network = Field(description="Its address range.")
    environment: str | None = Field(
        default=None, description="The environment that it is of, whose own file must have this address range."
    )
    vpc_id: str | None = Field(
        default=None, pattern=r"^vpc-[0-9a-f]{8,17}$", description="Its VPC, which is asked; or give connection_id."
    )
    account_id: str | None = Field(default=None, pattern=r"^\d{12}$", description="Its account; ours by default.")
    region: str | None = Field(
        default=None, pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="Its region; ours by default."
    )
    connection_id: str | None = Field(
        default=None, pattern=r"^pcx-[0-9a-f]{8,17}$", description="A connection that it has asked for; is accepted."
    )

    @model_validator(mode="after")
    def _asks_or_accepts(self) -> Self:
        if (self.vpc_id is None) == (self.connection_id is None):
            raise ValueError("give vpc_id, to ask for a connection, or connection_id, to accept one")
        if self.connection_id is not None and (self.account_id is not None or self.region is not None):
            raise ValueError("account_id and region are for vpc_id: a connection_id says whose it is")
        return self


class NetworkSettings(Settings):
    cidr: IPv4Network = Field(description="Address range of the VPC, `10.<n>.0.0/16`; /16 to /22.")
    zones: int = Field(default=2, ge=2, le=3, description="Availability zones with subnets.")
    nat: Literal["none", "single", "per-zone"] = Field(default="none", description="How private subnets reach out.")
    interface_endpoints: bool = Field(
        default=True, description="Interface endpoints for the AWS services that jobs and models call."
    )
    endpoint_zones: int | None = Field(
        default=None,
        ge=1,
        le=3,
        description="Zones with an interface of each service, which cost by the hour; all zones by default.",
    )
    flow_logs: bool = Field(default=True, description="Record traffic of the VPC.")
    existing: ExistingNetwork | None = Field(default=None, description="Use this network; by default one is created.")
    peers: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,15}$")], PeerSettings] = Field(
        default={}, description="Other networks that are reached by a peering connection, by a name; none by default."
    )

    @model_validator(mode="after")
    def _range_holds_the_subnets(self) -> Self:
        if not 16 <= self.cidr.prefixlen <= 22:
            raise ValueError(
                f"cidr {self.cidr} is a /{self.cidr.prefixlen}; allowed are /16 to /22, such as 10.20.0.0/16"
            )
        if not self.cidr.is_private:
            raise ValueError(f"cidr {self.cidr} is public; allowed are private ranges, such as 10.20.0.0/16")
        if self.endpoint_zones is not None and self.endpoint_zones > self.zones:
            raise ValueError(f"endpoint_zones {self.endpoint_zones} is above zones {self.zones}")
        if self.existing is None and self.nat == "none" and not self.interface_endpoints:
            raise ValueError("nat is none and interface_endpoints is false: jobs could reach no AWS service; set one")
        return self

    @property
    def letters(self) -> list[str]:
        """Letters of the zones with private subnets."""
        return sorted(self.existing.private_subnet_ids) if self.existing is not None else list("abc"[: self.zones])

    @model_validator(mode="after")
    def _peers_have_their_own_addresses(self) -> Self:
        known = {"cidr": self.cidr}
        for name, peer in self.peers.items():
            for where, cidr in known.items():
                if peer.cidr.overlaps(cidr):
                    raise ValueError(
                        f"peers.{name}.cidr {peer.cidr} overlaps {where} {cidr}: peered networks share no address"
                    )
            known[f"peers.{name}.cidr"] = peer.cidr
        if self.peers and self.existing is not None and not self.existing.route_table_ids:
            raise ValueError("peers need routes: give existing.route_table_ids")
        return self
