"""What a pool of GPU nodes may be: nodes that Karpenter starts when pods wait for them, and ends when nobody does."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from components.base import Args
from contracts.gpus import gpus

Family = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\d[a-z0-9-]*$")]


class Buy(StrEnum):
    """Karpenter's capacity types."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"


class Consolidation(StrEnum):
    """Which nodes are given back before their time."""

    EMPTY = "empty"
    EMPTY_OR_UNDERUSED = "empty-or-underused"


class Pool(Args):
    """Nodes on demand."""

    capacity: tuple[Buy, ...] = Field(
        default=(Buy.ON_DEMAND,), min_length=1, description="How instances may be bought: the cheapest that is there."
    )
    zones: tuple[Annotated[str, Field(pattern=r"^[a-f]$")], ...] = Field(
        default=(), description="Zone letters; every zone that has a private subnet by default."
    )
    image: str = Field(
        default="al2023@v20260903",
        pattern=r"^(al2023|bottlerocket)@v?\d[\w.]*$",
        description="EKS's node image by its exact release: another one replaces every node.",
    )
    disk_gb: int = Field(default=100, ge=50, le=16_384, description="Disk of a node, in GiB.")
    idle_minutes: int = Field(default=10, ge=0, le=1440, description="How long a node is idle before it goes.")
    expire_hours: int = Field(
        default=336, ge=1, le=8760, description="Age at which a node is replaced, so that all are patched."
    )
    disrupted_at_once: int = Field(default=1, ge=0, description="Nodes that may be replaced at the same time.")
    weight: int = Field(default=10, ge=1, le=100, description="Of several pools that would do, the heaviest is taken.")

    @property
    def brings_plugin(self) -> bool:
        """Whether the nodes' image holds NVIDIA's device plugin."""
        return self.image.startswith("bottlerocket@")


class PlainPool(Pool):
    """Nodes without GPUs, for hosts of models and whatever else the system's own nodes have no room for."""

    families: tuple[Family, ...] = Field(
        default=("m6i", "m7i"), min_length=1, description="Instance families, of which any will do."
    )
    cpus: int = Field(default=32, ge=2, description="Processors of all nodes of the pool together: what it may spend.")
    consolidation: Consolidation = Field(
        default=Consolidation.EMPTY_OR_UNDERUSED, description="Nodes that are given back early."
    )
    drain_hours: int = Field(default=1, ge=1, le=168, description="How long a pod may go on when its node is to go.")

    @field_validator("families")
    @classmethod
    def _families_are_plain(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        taken = {name.partition(".")[0] for name in gpus().types} & set(families)
        if taken:
            raise ValueError(f"family {min(taken)} has GPUs; a pool of theirs is one of pools")
        for family in families:
            if re.fullmatch(r"[a-z]+\d+g[a-z]*", family):
                raise ValueError(f"family {family} has ARM processors; the estate's images are built for x86_64")
        return families


class GpuPool(Pool):
    """Nodes with GPUs, which only pods get that ask for one."""

    families: tuple[Family, ...] = Field(
        default=("g5", "g6"), min_length=1, description="Instance families with NVIDIA GPUs, of which any will do."
    )
    most_gpus_a_node: int | None = Field(
        default=None, ge=1, description="GPUs of a node at most; as many as the families have by default."
    )
    reservations: tuple[Annotated[str, Field(pattern=r"^cr-[0-9a-f]{8,17}$")], ...] = Field(
        default=(), description="Capacity reservations and blocks, for capacity reserved; none by default."
    )
    gpus: int = Field(default=8, description="GPUs of all nodes of the pool together: what it may spend.")
    consolidation: Consolidation = Field(
        default=Consolidation.EMPTY, description="Nodes that are given back early; only idle ones by default."
    )
    drain_hours: int = Field(
        default=24, ge=1, le=168, description="How long a job may go on when its node is to go; then it is ended."
    )

    @field_validator("gpus")
    @classmethod
    def _some_gpus(cls, value: int) -> int:
        if value < 1:
            raise ValueError(
                f"gpus is {value}: Karpenter would start no node for it; leave the pool out, or allow 1 at least"
            )
        return value

    @field_validator("families")
    @classmethod
    def _families_have_gpus(cls, families: tuple[str, ...]) -> tuple[str, ...]:
        known = {name.partition(".")[0] for name, kind in gpus().types.items() if kind.architecture == "x86_64"}
        for family in families:
            if family not in known:
                raise ValueError(
                    f"family {family} has no NVIDIA GPU for x86_64; allowed are {', '.join(sorted(known))}"
                )
        return families

    @model_validator(mode="after")
    def _reservations_are_for_reserved(self) -> Self:
        if self.reservations and Buy.RESERVED not in self.capacity:
            raise ValueError("reservations are for capacity reserved; add it to capacity")
        if Buy.RESERVED in self.capacity and not self.reservations:
            raise ValueError("capacity reserved needs reservations, such as cr-0123456789abcdef0")
        return self

    @model_validator(mode="after")
    def _a_node_fits(self) -> Self:
        smallest = min(
            kind.gpus
            for name, kind in gpus().types.items()
            if name.partition(".")[0] in self.families and kind.architecture == "x86_64"
        )
        most = min(self.gpus, self.most_gpus_a_node or self.gpus)
        if smallest > most:
            families = ", ".join(self.families)
            raise ValueError(f"the smallest node of {families} has {smallest} GPUs, and {most} are allowed")
        return self
