"""Settings of budgets and of what proves compliance."""

from pydantic import Field

from stacks.settings.base import Settings


class GovernanceSettings(Settings):
    monthly_budget_usd: int = Field(default=500, ge=1, description="Spend a month at which the owner is told.")
    config_recorder: bool = Field(
        default=True, description="Record configuration changes; an account and region has one recorder at most."
    )
