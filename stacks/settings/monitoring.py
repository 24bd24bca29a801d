"""Settings of logs, alarms and the monitors' schedule."""

from typing import Literal

from pydantic import Field

from stacks.settings.base import Schedule, Settings
from stacks.settings.observing import (
    CanarySettings,
    ManagedGrafanaSettings,
    PrometheusSettings,
    RealUsersSettings,
    TracingSettings,
)


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
    log_anomalies: bool = Field(
        default=False, description="CloudWatch learns what logs of endpoints and handlers say, and tells of the rest."
    )
    mask_personal_data: bool = Field(
        default=False,
        description="Mask personal data in the logs of endpoints, billed by the gigabyte; `logs:Unmask` shows it.",
    )
    prometheus: PrometheusSettings | None = Field(
        default=None, description="Metrics, rules and alerts in Amazon Managed Prometheus; none by default."
    )
    managed_grafana: ManagedGrafanaSettings | None = Field(
        default=None, description="A workspace of Amazon Managed Grafana; none by default."
    )
    tracing: TracingSettings | None = Field(
        default=None, description="Group and sampling of traces; X-Ray's own rule by default."
    )
    canaries: dict[str, CanarySettings] = Field(
        default={}, description="Requests sent on purpose, by the model's name; every run is paid for."
    )
    real_users: RealUsersSettings | None = Field(
        default=None, description="What users of a web console see; nothing by default."
    )
