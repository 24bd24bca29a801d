"""Settings of faults on purpose, backups, costs out of the ordinary, and what nobody uses."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings.base import Settings

Cron = Annotated[str, StringConstraints(pattern=r"^cron\(.+\)$")]
FaultName = Literal["lost-nodes", "spot-interruption", "zone-cut"]


class FaultSettings(Settings):
    """Experiment templates of AWS FIS; nothing runs until somebody starts one."""

    experiments: tuple[FaultName, ...] = Field(
        default=("lost-nodes", "zone-cut"),
        min_length=1,
        description="Templates that are made.",
    )
    minutes: int = Field(default=5, ge=1, le=60, description="How long a fault lasts that ends by itself.")
    percent: int = Field(default=50, ge=1, le=100, description="Share of the nodes that it hits.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        twice = sorted({each for each in self.experiments if self.experiments.count(each) > 1})
        if twice:
            raise ValueError(f"experiments names {', '.join(twice)} twice")
        return self


class LockSettings(Settings):
    """After the grace, nobody can delete a backup early or open the lock: not the account's root, not AWS."""

    grace_days: int = Field(default=3, ge=3, le=36_500, description="Days in which the lock can still be taken back.")


class BackupSettings(Settings):
    """AWS Backup of tables, buckets and file systems that carry the estate's tag."""

    schedule: Cron = Field(default="cron(0 5 ? * * *)", description="When, in UTC.")
    keep_days: int = Field(default=35, ge=1, le=36_500, description="Days that a backup stays.")
    cold_after_days: int | None = Field(
        default=None,
        ge=1,
        description="Days after which a backup becomes cold, which not all services know; never by default.",
    )
    lock: LockSettings | None = Field(
        default=None,
        description="Lock the vault for good; by default a protected environment's vault has a lock that IAM can open.",
    )
    restore_test: Cron | None = Field(
        default=None, description="When the newest backups are restored as a test and thrown away; never by default."
    )

    @model_validator(mode="after")
    def _days_fit(self) -> Self:
        if self.cold_after_days is not None and self.keep_days < self.cold_after_days + 90:
            raise ValueError(
                f"keep_days {self.keep_days} is below cold_after_days {self.cold_after_days} plus 90: a cold backup is "
                "kept for 90 days at least"
            )
        return self


class CostAnomalySettings(Settings):
    """AWS learns what the account spends, and tells of what is unlike it. Free."""

    least_usd: int = Field(default=50, ge=1, description="Impact from which the owner hears of it.")
    frequency: Literal["daily", "weekly"] = Field(default="daily", description="How often.")
    scope: Literal["account", "environment"] = Field(
        default="account",
        description="All services of the account, of which an account has one such monitor at most, or what carries "
        "this environment's tag: only a management account may, once `environment` is active there as a "
        "cost allocation tag.",
    )
    monitor_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[\w-]+:ce::\d{12}:anomalymonitor/[\w-]+$",
        description="A monitor that the account has already, such as the `Default-Services-Monitor` that AWS makes for "
        "most accounts: of all services there can be one only. By default one is made.",
    )

    @model_validator(mode="after")
    def _a_given_monitor_has_its_scope(self) -> Self:
        if self.monitor_arn is not None and "scope" in self.model_fields_set:
            raise ValueError("scope is of a monitor that is made; the one of monitor_arn has its own")
        return self


class IdleSettings(Settings):
    """What stands and is not used is scaled down: endpoints, Studio's apps, GPU node groups."""

    schedule: Cron = Field(default="cron(0 20 ? * * *)", description="When idle things are looked for, in UTC.")
    hours: int = Field(default=12, ge=1, le=336, description="Hours without a request after which an endpoint is idle.")
    kinds: tuple[Literal["endpoints", "apps", "node-groups"], ...] = Field(
        default=("endpoints", "apps", "node-groups"), min_length=1, description="What is looked at."
    )
    act: bool | None = Field(
        default=None, description="Scale down, rather than only write what would be; by default in a sandbox alone."
    )
    delete_endpoints: bool = Field(
        default=False,
        description="Delete idle endpoints too, in a sandbox alone. Pulumi learns of it by `pulumi refresh` only, so "
        "that the next `pulumi up` needs `--refresh`. By default they are only written down.",
    )
    keep: tuple[str, ...] = Field(default=(), description="Endpoints, Studio users and node groups that stay, by name.")
    most: int = Field(default=10, ge=1, le=100, description="Things that one run scales down at most.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        # EventBridge Scheduler's cron: minutes, hours, day of month, month, day of week, year.
        fields = self.schedule[len("cron(") : -1].split()
        if len(fields) != 6:
            raise ValueError(
                f"schedule {self.schedule} has {len(fields)} fields; cron has 6, such as cron(0 20 ? * * *)"
            )
        if "*" in fields[0] or re.search(r"[/,-]", fields[0]):
            raise ValueError(f"schedule {self.schedule} runs more than once an hour; once an hour is enough")
        if self.delete_endpoints and "endpoints" not in self.kinds:
            raise ValueError("delete_endpoints needs endpoints among kinds")
        return self
