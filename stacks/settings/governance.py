"""Settings of budgets and of what proves compliance."""

from typing import Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings

FrameworkName = Literal["gdpr", "ccpa", "hipaa", "sox", "iso27001", "soc2"]
StandardName = Literal["foundational", "cis", "nist-800-53", "pci-dss"]
WatchedName = Literal["objects", "cluster-audit", "databases", "functions", "disks", "nodes"]


class SpendStopSettings(Settings):
    """What happens when the month's money is spent: jobs and schedules start nothing new; what serves goes on."""

    percent: int = Field(default=100, ge=1, le=1000, description="Share of the budget at which it happens.")
    approval: Literal["automatic", "manual"] = Field(
        default="manual", description="Whether the owner has to say yes first, in the console of AWS Budgets."
    )


class AccessAnalyzerSettings(Settings):
    unused_days: int | None = Field(
        default=None, ge=1, le=365, description="Find roles and permissions unused for so long, which costs by role."
    )


class SecurityHubSettings(Settings):
    standards: tuple[StandardName, ...] = Field(
        default=("foundational",), min_length=1, description="Benchmarks that the account is held against."
    )


class GuardDutySettings(Settings):
    watch: tuple[WatchedName, ...] = Field(
        default=("objects", "cluster-audit", "functions"),
        description="What is looked at besides trail, flows and name look-ups; each costs by what it reads.",
    )


class MacieSettings(Settings):
    weekday: Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] = Field(
        default="SUNDAY", description="When a week's new objects are looked into."
    )
    sampling_percent: int = Field(default=10, ge=1, le=100, description="Share of the objects that are looked into.")


class GovernanceSettings(Settings):
    monthly_budget_usd: int = Field(default=500, ge=1, description="Spend a month at which the owner is told.")
    spend_stop: SpendStopSettings | None = Field(
        default=None, description="Start nothing new once the budget is spent; by default the owner is only told."
    )
    config_recorder: bool = Field(
        default=True, description="Record configuration changes; an account and region has one recorder at most."
    )
    conformance_packs: tuple[FrameworkName, ...] = Field(
        default=(), description="Frameworks whose controls AWS Config checks; each rule costs by evaluation."
    )
    access_analyzer: AccessAnalyzerSettings | None = Field(
        default=None, description="Find what is reached from outside; an account and region has one at most."
    )
    security_hub: SecurityHubSettings | None = Field(
        default=None, description="Collect findings and check benchmarks; an account and region has one at most."
    )
    guard_duty: GuardDutySettings | None = Field(
        default=None, description="Detect threats; an account and region has one detector at most."
    )
    macie: MacieSettings | None = Field(
        default=None, description="Look for personal data in the lake; an account and region has Macie once at most."
    )

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = {
            "conformance_packs": self.conformance_packs,
            "security_hub.standards": self.security_hub.standards if self.security_hub else (),
            "guard_duty.watch": self.guard_duty.watch if self.guard_duty else (),
        }
        for where, values in named.items():
            twice = sorted({value for value in values if values.count(value) > 1})
            if twice:
                raise ValueError(f"{where} names {twice[0]!r} twice")
        return self
