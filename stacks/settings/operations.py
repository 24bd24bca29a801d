"""Settings of what acts by itself, and of who hears of it."""

from typing import Literal

from pydantic import Field

from stacks.settings.base import Settings
from stacks.settings.resilience import BackupSettings, CostAnomalySettings, FaultSettings, IdleSettings

ActionName = Literal["rollback", "restart", "scale-out", "retrain", "quarantine"]


class RouteSettings(Settings):
    """Somebody who hears of incidents; AWS asks the address to confirm."""

    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="Where messages go.")
    severities: tuple[Literal["page", "ticket"], ...] | None = Field(
        default=None, min_length=1, description="Severities to hear of; all by default."
    )
    models: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Models whose incidents to hear of; all, and handlers, by default."
    )


class HealingSettings(Settings):
    """What answers incidents. `estate healing off` stops all of it at once."""

    enabled: bool = Field(default=True, description="Whether incidents reach self-healing at all.")
    act: tuple[ActionName, ...] | None = Field(
        default=None,
        description="Actions that are carried out; others are only written into the incident (dry run). By default "
        "all in a sandbox, and `rollback` and `retrain` elsewhere, which change nothing that serves.",
    )
    per_target_hour: int = Field(default=2, ge=1, description="Times that one action may be taken on a model an hour.")
    per_hour: int = Field(default=10, ge=1, description="Actions of all kinds an hour.")
    share: float = Field(
        default=0.5, gt=0, le=1, description="Share of the models that may be acted on within an hour; one always may."
    )


class OperationsSettings(Settings):
    retrain_on_drift: bool = Field(default=True, description="Start the training pipeline when a drift alarm goes off.")
    healing: HealingSettings = Field(default=HealingSettings(), description="What answers incidents by itself.")
    routes: dict[str, RouteSettings] = Field(
        default={}, description="Who hears of incidents besides the environment's owner, by a name of the route."
    )
    faults: FaultSettings | None = Field(
        default=None, description="Faults that can be made on purpose, with AWS FIS; none by default."
    )
    backup: BackupSettings | None = Field(default=None, description="Backups by AWS Backup; none by default.")
    cost_anomalies: CostAnomalySettings | None = Field(
        default=None, description="Tell of costs out of the ordinary; nothing by default."
    )
    idle: IdleSettings | None = Field(default=None, description="Scale down what nobody uses; nothing by default.")
