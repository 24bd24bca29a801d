"""Settings of what watches."""

from typing import Literal

from pydantic import Field

from stacks.settings.base import Schedule, Settings


class MonitoringSettings(Settings):
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] = (
        Field(default=30, description="Days that logs stay; the values that CloudWatch Logs knows.")
    )
    monitor_schedule: Schedule = Field(default="rate(1 hour)", description="How often captured traffic is checked.")
    burn_alerts: Literal["none", "fast", "all"] = Field(
        default="fast",
        description="Paces of a burning error budget that alarm: none, hours (pages), or a day as well (a ticket). "
        "CloudWatch bills 0.10 USD a month for each metric of an alarm and 0.50 USD for a composite alarm: the default "
        "objectives cost a model 2.10 USD (fast) or 3.80 USD (all).",
    )
    anomaly_alarms: bool = Field(
        default=False,
        description="Alarms on traffic and latency outside their learnt band; 1.10 USD a month and model.",
    )
    outage_requests: int = Field(
        default=10, ge=1, description="Requests in five minutes from which errors or slowness page somebody."
    )
    grafana: bool = Field(
        default=False, description="Also write the dashboards for Grafana's provisioning, into the curated zone."
    )
