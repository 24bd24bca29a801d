"""Settings of container images: who may pull them, how they are signed, what builds them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from stacks.settings.base import Settings

AccountId = Annotated[str, Field(pattern=r"^\d{12}$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
# Registries that ECR's pull-through cache asks without and with credentials; from the API's CreatePullThroughCacheRule.
OPEN_REGISTRIES = ("public.ecr.aws", "quay.io", "registry.k8s.io")
CLOSED_REGISTRIES = ("ghcr.io", "registry-1.docker.io", "registry.gitlab.com")
CREDENTIALS = "ecr-pullthroughcache/"
CachePrefix = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", min_length=2, max_length=30)]


class CacheSettings(Settings):
    """Another registry, whose images are kept in this account from the first pull on."""

    registry: str = Field(description=f"One of {', '.join((*OPEN_REGISTRIES, *CLOSED_REGISTRIES))}.")
    credential_arn: str | None = Field(
        default=None, description=f"Secret, named `{CREDENTIALS}...`, with the credentials that the registry asks for."
    )

    @model_validator(mode="after")
    def _credentials_fit(self) -> Self:
        if self.registry not in (*OPEN_REGISTRIES, *CLOSED_REGISTRIES):
            raise ValueError(
                f"registry {self.registry} is not cached; allowed: {', '.join((*OPEN_REGISTRIES, *CLOSED_REGISTRIES))}"
            )
        if self.registry in CLOSED_REGISTRIES and self.credential_arn is None:
            raise ValueError(f"registry {self.registry} needs credential_arn, a secret named {CREDENTIALS}...")
        if self.registry in OPEN_REGISTRIES and self.credential_arn is not None:
            raise ValueError(
                f"credential_arn is for registries that ask for credentials; {self.registry} asks for none"
            )
        if self.credential_arn is not None and f":secret:{CREDENTIALS}" not in self.credential_arn:
            raise ValueError(f"credential_arn {self.credential_arn} is no secret whose name begins with {CREDENTIALS}")
        return self


class Replica(Settings):
    """Where a copy of every image is kept."""

    region: Region = Field(description="Region of the copies.")
    account_id: AccountId | None = Field(
        default=None, description="Account of the copies, which must admit them; this one by default."
    )


class ImageSettings(Settings):
    readers: tuple[AccountId, ...] = Field(
        default=(), description="Accounts that may pull the images, such as those of other environments."
    )
    signed: bool = Field(
        default=False,
        description="Sign each image when it is pushed. A registry, so an account and region, has one configuration.",
    )
    signature_months: int | None = Field(
        default=None, ge=1, le=135, description="How long a signature holds; 135 months by default."
    )
    cache: dict[CachePrefix, CacheSettings] = Field(
        default_factory=dict, description="Registries that are pulled through, by the prefix of their copies here."
    )
    replicas: tuple[Replica, ...] = Field(
        default=(), max_length=25, description="Where copies are kept; a registry has one such configuration."
    )

    @model_validator(mode="after")
    def _signatures_are_asked_for(self) -> Self:
        if self.signature_months is not None and not self.signed:
            raise ValueError("signature_months is for signed: true; nothing is signed without it")
        return self


def _connection(arn: str) -> str:
    if arn.split(":")[2:3] != ["codeconnections"] or ":connection/" not in arn:
        raise ValueError(f"connection_arn {arn} is no connection; `aws codeconnections list-connections` shows them")
    return arn


class BuildSettings(Settings):
    """Builds the images of the repository, and pushes them under `training.image_tag`."""

    connection_arn: Annotated[str, AfterValidator(_connection)] = Field(
        description="Connection to GitHub, which a person has confirmed in the console."
    )
    repository: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="`owner/name` on GitHub; by default that of foundation.github.",
    )
    branch: str = Field(default="main", pattern=r"^[\w./-]+$", description="What is built where a build names nothing.")
    compute: Literal["small", "medium", "large"] = Field(default="medium", description="Size of the build machine.")
    timeout_minutes: int = Field(default=60, ge=5, le=480, description="How long a build may take.")
    in_network: bool = Field(
        default=True,
        description="Build inside the private network, which then needs a NAT gateway to reach PyPI. "
        "Otherwise in CodeBuild's own, which reaches the internet and nothing of the estate.",
    )
    on_push: bool = Field(default=False, description="Build at every push to `branch`; only when started by default.")
