"""Settings of labelling by people of one's own."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings


class ExistingWorkforce(Settings):
    """The account's private workforce in the region, of which there can be only one."""

    name: str = Field(pattern=r"^[a-zA-Z0-9]([a-zA-Z0-9-]){0,62}$", description="Its name.")
    user_pool_id: str = Field(pattern=r"^[\w-]+_[0-9a-zA-Z]+$", description="Cognito pool of its members.")
    client_id: str = Field(pattern=r"^[\w+]+$", description="Client of the pool through which they sign in.")


class LabellingTask(Settings):
    """What people are asked of a model's rows."""

    title: str = Field(min_length=3, max_length=128, description="What the task is called.")
    instructions: str = Field(min_length=10, max_length=2000, description="What the people need to know.")
    columns: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Columns that are shown; the features' own by default."
    )
    people: int = Field(default=1, ge=1, le=3, description="How many people label each row.")
    minutes: int = Field(default=10, ge=1, le=480, description="Time for one row.")


class LabellingSettings(Settings):
    """Ground Truth and human review by a private workforce."""

    tasks: dict[str, LabellingTask] = Field(min_length=1, description="What is asked, by model.")
    existing_workforce: ExistingWorkforce | None = Field(
        default=None, description="The workforce that the account has in this region; by default one is created."
    )
    networks: tuple[Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")], ...] = Field(
        default=(), max_length=10, description="Address ranges from which people may work; anywhere by default."
    )

    @model_validator(mode="after")
    def _the_workforces_own_limits_stay(self) -> Self:
        if self.existing_workforce is not None and self.networks:
            raise ValueError("networks belong to the workforce: existing_workforce has its own; leave one out")
        return self
