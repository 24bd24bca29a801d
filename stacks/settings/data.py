"""Settings of the lake, its catalog and what is read and written there."""

from pydantic import Field

from stacks.settings.base import Settings


class DataSettings(Settings):
    noncurrent_days: int | None = Field(
        default=None, ge=1, description="Days that replaced objects stay; by default the zone decides."
    )
    query_scan_limit_gb: int = Field(default=10, ge=1, description="What one Athena query may scan.")
