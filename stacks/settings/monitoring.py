"""Settings of what watches."""

from typing import Literal

from pydantic import Field

from stacks.settings.base import Schedule, Settings


class MonitoringSettings(Settings):
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] = (
        Field(default=30, description="Days that logs stay; the values that CloudWatch Logs knows.")
    )
    monitor_schedule: Schedule = Field(default="rate(1 hour)", description="How often captured traffic is checked.")
