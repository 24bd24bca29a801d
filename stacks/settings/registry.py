"""Settings of the model registry."""

from pydantic import Field

from stacks.settings.base import Settings


class RegistrySettings(Settings):
    notify_approvals: bool = Field(default=True, description="Tell the owner when a package's status changes.")
