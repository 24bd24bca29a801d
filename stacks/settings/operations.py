"""Settings of what acts by itself."""

from pydantic import Field

from stacks.settings.base import Settings


class OperationsSettings(Settings):
    retrain_on_drift: bool = Field(default=True, description="Start the training pipeline when a drift alarm goes off.")
