"""Settings of the model registry."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]


class CentralSettings(Settings):
    """Package groups of another account, in which this environment's versions are registered and found."""

    account_id: AccountId = Field(description="The registry's account.")
    prefix: str = Field(
        pattern=r"^[a-z][a-z0-9]{1,7}-[a-z][a-z0-9]{1,15}$",
        description="Prefix and environment of the groups there, such as `mlops-shared`.",
    )


class RetentionSettings(Settings):
    """What becomes of old versions. Approved, pinned and served ones are never touched."""

    keep: int = Field(default=20, ge=1, le=1000, description="Newest versions of a model that stay in any case.")
    action: Literal["report", "archive", "delete"] = Field(
        default="report", description="Report only, mark as archived, or delete from the registry."
    )
    most_a_run: int = Field(default=25, ge=1, le=100, description="Versions that one run touches at most.")
    schedule: str = Field(
        default="rate(1 day)",
        pattern=r"^(rate|cron)\(.+\)$",
        description="When it runs, in UTC: `rate(...)`, `cron(...)`.",
    )


class RegistrySettings(Settings):
    notify_approvals: bool = Field(default=True, description="Tell the owner when a package's status changes.")
    cards: bool = Field(default=True, description="A model card for each model, of what its workload.yaml states.")
    readers: tuple[AccountId, ...] = Field(
        default=(), description="Accounts that may read and serve the versions, such as those of later environments."
    )
    writers: tuple[AccountId, ...] = Field(
        default=(), description="Accounts that may register versions, which read them too; for a central registry."
    )
    central: CentralSettings | None = Field(
        default=None, description="Use the groups of another account; groups of one's own by default."
    )
    retention: RetentionSettings | None = Field(
        default=None, description="Looks after old versions; nothing touches them by default."
    )

    @model_validator(mode="after")
    def _groups_are_own_to_share(self) -> Self:
        if self.central is not None and (self.readers or self.writers):
            raise ValueError(
                "readers and writers are of groups of one's own; with central, the registry's account says"
            )
        if self.central is not None and self.retention is not None:
            raise ValueError(
                "retention is of groups of one's own; with central, the registry's account looks after them"
            )
        if self.retention is not None and self.retention.action == "delete" and (self.readers or self.writers):
            raise ValueError(
                "retention.action delete needs a registry that nobody shares: what other accounts serve is not known "
                "here; choose archive"
            )
        return self
