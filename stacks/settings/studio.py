"""Settings of the Studio domain and of those who work in it."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.settings.base import MlInstanceType, Settings

PROFILE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")  # CreateUserProfile's own pattern


def _profile_name(name: str) -> str:
    if not PROFILE.fullmatch(name):
        raise ValueError(
            f"Studio refuses the profile name {name!r}; allowed are letters and digits, joined by hyphens, "
            "63 characters at most"
        )
    return name


ProfileName = Annotated[str, AfterValidator(_profile_name)]


class ProfileSettings(Settings):
    """A person who works in Studio."""

    persona: Literal["data-scientist", "ml-engineer"] = Field(
        default="data-scientist", description="What the person may do; a data scientist starts no pipeline."
    )
    sso_user: str | None = Field(
        default=None, min_length=1, max_length=256, description="User name in IAM Identity Center; for auth sso."
    )
    role_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[\w-]+:iam::\d{12}:role/.+$",
        description="Role of their apps, which SageMaker may assume; by default the persona's.",
    )


class StudioImage(Settings):
    """An image of one's own for JupyterLab: the `jobs` image with JupyterLab in it."""

    uri: str = Field(
        pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+[:@].+$",
        description="Image in ECR that listens as JupyterLab on port 8888.",
    )
    display_name: str = Field(default="Estate", min_length=1, max_length=128, description="What people choose.")


class StudioSettings(Settings):
    auth: Literal["iam", "sso"] = Field(
        default="iam", description="How people come in: as an IAM role, or through IAM Identity Center."
    )
    idle_minutes: int = Field(default=120, ge=60, le=525_600, description="Idle time after which an app is stopped.")
    most_idle_minutes: int | None = Field(
        default=None, ge=60, le=525_600, description="What a person may raise it to; nothing by default."
    )
    instance_type: MlInstanceType = Field(default="ml.t3.medium", description="Machine of an app at its start.")
    space_gb: int = Field(default=5, ge=5, le=16_384, description="Disk of a new space.")
    most_space_gb: int = Field(default=100, ge=5, le=16_384, description="What a person may raise it to.")
    image: StudioImage | None = Field(default=None, description="An image of one's own; SageMaker's by default.")
    profiles: dict[ProfileName, ProfileSettings] = Field(
        default_factory=dict, description="Who works there, by profile name; nobody by default."
    )

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if self.most_idle_minutes is not None and self.most_idle_minutes < self.idle_minutes:
            raise ValueError(f"most_idle_minutes {self.most_idle_minutes} is below idle_minutes {self.idle_minutes}")
        if self.most_space_gb < self.space_gb:
            raise ValueError(f"most_space_gb {self.most_space_gb} is below space_gb {self.space_gb}")
        return self

    @model_validator(mode="after")
    def _people_come_in_one_way(self) -> Self:
        for name, profile in self.profiles.items():
            if self.auth == "sso" and profile.sso_user is None:
                raise ValueError(f"profiles.{name} needs sso_user, as auth is sso")
            if self.auth == "iam" and profile.sso_user is not None:
                raise ValueError(f"profiles.{name}.sso_user is for auth sso; auth is iam")
        lowered = [name.lower() for name in self.profiles]
        twice = sorted({name for name in lowered if lowered.count(name) > 1})
        if twice:
            raise ValueError(f"profiles: names that differ in case only: {', '.join(twice)}")
        return self
