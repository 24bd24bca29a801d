"""Which EC2 instance types have GPUs, what their network can do, and where they are offered.

The table, `gpus.json`, is made of AWS's own answers (`python -m estate.cloud.gpus`) and carries their source and date.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

TABLE = Path(__file__).with_name("gpus.json")


class GpuType(BaseModel):
    """One instance type with whole NVIDIA GPUs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gpu: str = Field(description="The GPU, such as `H100`.")
    gpus: int = Field(description="How many of them.")
    architecture: str = Field(description="`x86_64` or `arm64`.")
    efa_cards: tuple[int, ...] = Field(description="Network cards that take an Elastic Fabric Adapter; often none.")
    capacity_blocks: bool = Field(description="Whether it can be bought as a capacity block.")
    zones: dict[str, tuple[str, ...]] = Field(
        description="Ids of the zones that offer it, by region. An id (`use1-az4`) names one place in all accounts; "
        "which letter (`us-east-1a`) it goes by is each account's own."
    )


class Gpus(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    date: str
    zones: dict[str, tuple[str, ...]] = Field(description="Ids of all zones, by region.")
    types: dict[str, GpuType]


@cache
def gpus() -> Gpus:
    return Gpus.model_validate_json(TABLE.read_bytes())


def gpu_type(instance_type: str) -> GpuType:
    """What is known of an instance type. Raises ValueError for one that has no whole NVIDIA GPU, or is not known."""
    found = gpus().types.get(instance_type)
    if found is None:
        family = instance_type.partition(".")[0]
        same = [name for name in gpus().types if name.partition(".")[0] == family]
        allowed = ", ".join(same) if same else "such as g5.xlarge, g6e.12xlarge, p5.48xlarge"
        raise ValueError(f"{instance_type} is no instance type with GPUs (as of {gpus().date}); allowed are {allowed}")
    return found


def not_offered(instance_type: str, region: str, zones: list[str], zone_ids: dict[str, str]) -> str | None:
    """Why nodes of a type cannot start in the zones, by letter; None where they can, or where nothing is known.

    Which zone a letter stands for, `zone_ids` tells, as each account has letters of its own. Without it only the region
    and the number of zones can be held against the table.
    """
    table, found = gpus(), gpu_type(instance_type)
    if region not in table.zones:
        return None
    offers = found.zones.get(region, ())
    if not offers:
        return f"{instance_type} is not offered in {region} (as of {table.date}); it is in {', '.join(found.zones)}"
    there = f"{region} offers it in {', '.join(offers)} (as of {table.date})"
    missing = [f"{zone} ({zone_ids[zone]})" for zone in zones if zone in zone_ids and zone_ids[zone] not in offers]
    if missing:
        return f"{instance_type} is not offered in zone {', '.join(missing)}; {there}"
    if len(zones) > len(offers):
        return f"{instance_type} is not offered in {len(zones)} zones of {region}; {there}: name fewer under zones"
    return None


def none_offered(families: Sequence[str], region: str, zones: list[str], zone_ids: dict[str, str]) -> str | None:
    """Why no type of these families can start in any of the zones, by letter; None where one can, or nothing is known.

    As `not_offered`, of x86 types: a pool takes whichever of them is there.
    """
    table = gpus()
    kinds = [
        name
        for name, kind in table.types.items()
        if name.partition(".")[0] in families and kind.architecture == "x86_64"
    ]
    if region not in table.zones or any(
        not_offered(name, region, [zone], zone_ids) is None for name in kinds for zone in zones
    ):
        return None
    elsewhere = sorted({there for name in kinds for there in table.types[name].zones} - {region})
    named = ", ".join(f"{zone} ({zone_ids[zone]})" if zone in zone_ids else zone for zone in zones)
    return (
        f"{region} offers no type of {', '.join(families)} in zone {named} (as of {table.date}); such types are in "
        f"{', '.join(elsewhere) or 'no other region'}"
    )
