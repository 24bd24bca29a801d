"""What a group of GPU nodes is asked to be, checked against what EC2 can do."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from components.base import Args
from contracts.gpus import gpu_type

LabelKey = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$")]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$")]
ARCHITECTURE = "x86_64"  # what the estate's images are built for


def _with_gpus(name: str) -> str:
    """The instance type, where it has GPUs and runs the estate's images."""
    found = gpu_type(name)
    if found.architecture != ARCHITECTURE:
        raise ValueError(f"{name} is {found.architecture}; the estate's images are built for {ARCHITECTURE}")
    return name


InstanceType = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9]+$"), AfterValidator(_with_gpus)]


class Capacity(StrEnum):
    """How instances are bought."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVATION = "reservation"
    CAPACITY_BLOCK = "capacity-block"


RESERVED = (Capacity.RESERVATION, Capacity.CAPACITY_BLOCK)


class Image(StrEnum):
    """Which of EKS's images with NVIDIA's driver the nodes start from."""

    AL2023 = "al2023"
    BOTTLEROCKET = "bottlerocket"


class Effect(StrEnum):
    NO_SCHEDULE = "no-schedule"
    NO_EXECUTE = "no-execute"
    PREFER_NO_SCHEDULE = "prefer-no-schedule"


class Taint(Args):
    """Keeps pods off a node that do not tolerate it."""

    value: LabelValue = Field(default="", description="Value of the taint.")
    effect: Effect = Field(default=Effect.NO_SCHEDULE, description="What happens to pods that do not tolerate it.")


class GpuNodes(Args):
    """A group of GPU nodes."""

    instance_type: InstanceType = Field(default="g5.xlarge", description="EC2 instance type with GPUs.")
    other_instance_types: tuple[InstanceType, ...] = Field(
        default=(), description="Types of as many GPUs that spot nodes may be as well; none by default."
    )
    minimum: int = Field(default=0, ge=0, description="Nodes that are always there; later raised to what runs.")
    maximum: int = Field(default=1, ge=1, description="Nodes at most.")
    max_unavailable: int = Field(default=1, ge=1, le=100, description="Nodes that an update replaces at once.")
    capacity: Capacity = Field(
        default=Capacity.ON_DEMAND,
        description="How instances are bought: as they are needed, with the risk of losing them, from a capacity "
        "reservation of one's own, or from a block of capacity bought for a time.",
    )
    reservation_id: str | None = Field(
        default=None,
        pattern=r"^cr-[0-9a-f]{8,17}$",
        description="The capacity reservation or block; for these kinds of capacity.",
    )
    efa: bool = Field(
        default=False,
        description="An Elastic Fabric Adapter on every network card that takes one, and a cluster placement group.",
    )
    placement_group: str | None = Field(
        default=None,
        description="The cluster placement group in which a reservation was made; for capacity reservation with efa. "
        "Without it, reserved nodes are in none, and nodes on demand in one of their own.",
    )
    zones: tuple[Annotated[str, Field(pattern=r"^[a-f]$")], ...] | None = Field(
        default=None, min_length=1, description="Zone letters that nodes may start in; all of the network by default."
    )
    labels: dict[LabelKey, LabelValue] = Field(default={}, description="Labels of the nodes besides the group's name.")
    taints: dict[LabelKey, Taint] = Field(
        default={}, description="Taints besides the one that keeps pods away that ask for no GPU."
    )
    image: Image = Field(
        default=Image.AL2023,
        description="Operating system of the nodes. Bottlerocket holds NVIDIA's device plugin; AL2023 pulls it.",
    )
    release_version: str | None = Field(
        default=None,
        pattern=r"^[\w.+-]+$",
        description="Release of EKS's image; by default the newest when the group is made or its version changes.",
    )
    disk_gb: int = Field(default=100, ge=50, le=16384, description="Volume of a node for images and pods, in GiB.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self

    @model_validator(mode="after")
    def _types_have_gpus(self) -> Self:
        counts = {name: gpu_type(name).gpus for name in self.instance_types}
        if self.other_instance_types and self.capacity is not Capacity.SPOT:
            raise ValueError(f"other_instance_types are for capacity spot, not {self.capacity.value}")
        if len(set(counts.values())) > 1:
            said = ", ".join(f"{name} has {count}" for name, count in counts.items())
            raise ValueError(f"the types of a group need as many GPUs each, so that a pod fits on any: {said}")
        return self

    @model_validator(mode="after")
    def _reservation_fits_the_capacity(self) -> Self:
        if self.capacity in RESERVED and self.reservation_id is None:
            raise ValueError(
                f"capacity {self.capacity.value} needs reservation_id, such as cr-0123456789abcdef0: "
                "it is bought before nodes can start in it"
            )
        if self.capacity is Capacity.SPOT and self.reservation_id is not None:
            raise ValueError(
                f"capacity spot and reservation_id {self.reservation_id} exclude each other: nodes of a reservation or "
                "a capacity block are paid for and never taken back; set capacity to reservation or capacity-block"
            )
        if self.capacity not in RESERVED and self.reservation_id is not None:
            raise ValueError(
                f"reservation_id {self.reservation_id} is for capacity {' or '.join(RESERVED)}, "
                f"not {self.capacity.value}"
            )
        if self.capacity is Capacity.CAPACITY_BLOCK and not gpu_type(self.instance_type).capacity_blocks:
            raise ValueError(f"{self.instance_type} is not sold as a capacity block; take another type or capacity")
        if self.capacity is Capacity.CAPACITY_BLOCK and self.minimum:
            raise ValueError(
                f"minimum {self.minimum} is for nodes that can start at any time; those of a capacity block start with "
                "it and end 30 minutes before it: leave it 0 and scale the group then"
            )
        if self.placement_group is not None and not (self.capacity is Capacity.RESERVATION and self.efa):
            raise ValueError("placement_group is for capacity reservation with efa; other groups make their own")
        return self

    @model_validator(mode="after")
    def _fabric_is_there(self) -> Self:
        without = [name for name in self.instance_types if not gpu_type(name).efa_cards]
        if self.efa and without:
            raise ValueError(
                f"efa is on, and {', '.join(without)} has no Elastic Fabric Adapter; allowed are larger types, such as "
                "g5.8xlarge or p5.48xlarge"
            )
        if self.efa and len(self.instance_types) > 1:
            raise ValueError("efa is for one instance type: its network cards stand in the launch template")
        one_zone = self.efa or self.capacity in RESERVED
        if one_zone and self.zones is not None and len(self.zones) > 1:
            raise ValueError(f"{self._one_zone_because()}, and zones has {', '.join(self.zones)}; name one of them")
        return self

    @property
    def instance_types(self) -> tuple[str, ...]:
        """All types, the wanted one first."""
        return (self.instance_type, *self.other_instance_types)

    @property
    def gpus(self) -> int:
        """GPUs of one node."""
        return gpu_type(self.instance_type).gpus

    @property
    def brings_plugin(self) -> bool:
        """Whether the nodes' image holds NVIDIA's device plugin: a second one would quarrel with it over the GPUs."""
        return self.image is Image.BOTTLEROCKET

    def in_zones(self, available: list[str]) -> list[str]:
        """Letters of the zones that nodes start in, of those that the network has.

        Raises ValueError for a zone that it does not have, and where one must be named and none is.
        """
        missing = [zone for zone in self.zones or () if zone not in available]
        if missing:
            raise ValueError(f"zones has {', '.join(missing)}; the network has {', '.join(available)}")
        chosen = list(self.zones or available)
        if len(chosen) > 1 and (self.efa or self.capacity in RESERVED):
            raise ValueError(
                f"{self._one_zone_because()}, and the network has {', '.join(chosen)}; name one under zones"
            )
        return chosen

    def _one_zone_because(self) -> str:
        return "efa works within one zone" if self.efa else f"capacity {self.capacity.value} lies in one zone"
