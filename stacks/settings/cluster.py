"""Settings of the GPU cluster."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import InstanceType, Settings


class NodeGroupSettings(Settings):
    instance_type: InstanceType = Field(default="g5.xlarge", description="EC2 instance type with GPUs.")
    minimum: int = Field(default=0, ge=0, description="Nodes that are always there; later raised to what runs.")
    maximum: int = Field(default=1, ge=1, description="Nodes at most.")
    capacity: Literal["on-demand", "spot"] = Field(default="on-demand", description="How instances are bought.")
    disk_gb: int = Field(default=100, ge=50, description="Root volume of a node, in GiB.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class ClusterSettings(Settings):
    kubernetes_version: str = Field(default="1.34", pattern=r"^1\.\d{2}$", description="Minor version of EKS.")
    node_groups: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")], NodeGroupSettings] = Field(
        default={"gpu": NodeGroupSettings()}, min_length=1, description="GPU node groups by name."
    )
    system_instance_type: InstanceType = Field(
        default="t3.large", description="Instance type of the nodes that run the cluster's own pods."
    )
    gpu_quota: int = Field(default=8, ge=0, description="GPUs that all jobs on the cluster may hold at once.")
    device_plugin_image: str = Field(
        default="nvcr.io/nvidia/k8s-device-plugin:v0.17.4",
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="NVIDIA's device plugin; in a network without NAT, a copy in a registry that it reaches.",
    )
    public_access_cidrs: tuple[IPv4Network, ...] = Field(
        default=(),
        description="Who may reach the cluster's API from outside the VPC; nobody by default, so deploy from inside.",
    )

    @model_validator(mode="after")
    def _api_is_not_for_everybody(self) -> Self:
        if any(cidr.prefixlen == 0 for cidr in self.public_access_cidrs):
            raise ValueError("public_access_cidrs lets everybody reach the cluster's API; name the networks that may")
        return self
