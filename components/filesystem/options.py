"""What a Lustre file system may be asked to be."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from components.base import Args

SMALLEST, STEP = 1200, 2400  # GiB; FSx's sizes of persistent file systems on SSDs


class LinkedZone(StrEnum):
    """Zones of the lake that may be linked: FSx and EventBridge both want a bucket's one configuration of notices, and
    the zone `raw` tells EventBridge of what lands in it."""

    CURATED = "curated"
    FEATURES = "features"


class Filesystem(Args):
    """A persistent file system on SSDs, in one zone."""

    size_gb: int = Field(default=SMALLEST, description="Size in GiB: 1200, 2400, and on in steps of 2400.")
    throughput: Literal[125, 250, 500, 1000] = Field(default=125, description="MB/s for each TiB of size.")
    zone: Annotated[str, Field(pattern=r"^[a-f]$")] | None = Field(
        default=None,
        description="Letter of the zone it lies in, best that of the GPU nodes; the network's first by default.",
    )
    linked: tuple[LinkedZone, ...] = Field(
        default=(LinkedZone.FEATURES,),
        description="Zones of the lake that are folders of it, changes of either going to the other.",
    )
    compress: bool = Field(default=True, description="Compress what is written (LZ4).")

    @model_validator(mode="after")
    def _size_is_sold(self) -> Self:
        if self.size_gb != SMALLEST and (self.size_gb <= 0 or self.size_gb % STEP):
            below = max(SMALLEST, self.size_gb // STEP * STEP)
            above = (self.size_gb // STEP + 1) * STEP
            raise ValueError(
                f"size_gb {self.size_gb} is not sold; allowed are 1200, 2400 and multiples of 2400, such as "
                f"{below} or {above}"
            )
        if len(set(self.linked)) != len(self.linked):
            raise ValueError(f"linked names a zone twice: {', '.join(self.linked)}")
        return self
