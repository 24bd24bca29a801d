"""Settings of network, keys, roles and audit trail."""

from pydantic import Field

from stacks.settings.base import Settings
from stacks.settings.network import NetworkSettings


class ExistingKeys(Settings):
    """Keys that the team already has, by domain."""

    data: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Lake, feature store, catalog.")
    models: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Artifacts, images, volumes.")
    logs: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Logs, audit trail, topics, queues.")


class GithubSettings(Settings):
    """The repository whose workflows may deploy, through GitHub's OIDC tokens."""

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="`owner/name`.")
    environment: str | None = Field(
        default=None, description="GitHub environment that a token must come from; by default this environment's name."
    )
    existing_provider_arn: str | None = Field(
        default=None, description="The account's OIDC provider; one is created by default (an account has one at most)."
    )


class FoundationSettings(Settings):
    network: NetworkSettings = Field(description="Where everything runs.")
    existing_keys: ExistingKeys | None = Field(default=None, description="Use these keys; by default they are created.")
    existing_permission_boundary_arn: str | None = Field(
        default=None, pattern=r"^arn:[\w-]+:iam::", description="Use this boundary; by default one is created."
    )
    github: GithubSettings | None = Field(default=None, description="Role for CI; without it, there is none.")
    audit_retention_days: int = Field(default=365, ge=1, description="How long the audit trail cannot be deleted.")
