"""Settings of network, keys, roles and audit trail."""

from typing import Annotated, Self

from pydantic import Field, model_validator

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
    branches: tuple[Annotated[str, Field(pattern=r"^[\w./-]+$")], ...] = Field(
        default=("main",), min_length=1, description="Branches from which alone it deploys, whatever GitHub allows."
    )
    existing_provider_arn: str | None = Field(
        default=None, description="The account's OIDC provider; one is created by default (an account has one at most)."
    )


class PersonSettings(Settings):
    """Who may assume the role of a kind of person; whoever is named in any of the three may."""

    saml_provider_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[\w-]+:iam::\d{12}:saml-provider/[\w.-]+$",
        description="SAML provider of the company's directory; the directory says who has the role.",
    )
    permission_sets: tuple[Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,32}$")], ...] = Field(
        default=(), description="Permission sets of IAM Identity Center in this account, by name."
    )
    principal_arns: tuple[Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::\d{12}:(user|role)/[\w+=,.@/-]+$")], ...] = (
        Field(default=(), description="Users and roles that may assume it once they have signed in with MFA.")
    )

    @model_validator(mode="after")
    def _somebody_is_named(self) -> Self:
        if self.saml_provider_arn is None and not self.permission_sets and not self.principal_arns:
            raise ValueError("names nobody; give saml_provider_arn, permission_sets or principal_arns")
        return self


class PersonsSettings(Settings):
    """Who is who. A role is made only where somebody may assume it."""

    data_scientist: PersonSettings | None = Field(
        default=None, description="Reads curated data and features, runs jobs; approves and deploys nothing."
    )
    ml_engineer: PersonSettings | None = Field(
        default=None, description="Starts pipelines, approves versions, follows incidents; deploys nothing."
    )
    auditor: PersonSettings | None = Field(default=None, description="Reads configuration, logs and evidence; no data.")
    instance_types: tuple[Annotated[str, Field(pattern=r"^ml\.[a-z0-9*.-]+$")], ...] = Field(
        default=("ml.c5.*", "ml.g4dn.xlarge", "ml.m5.*", "ml.t3.*"),
        min_length=1,
        description="Instance types that a data scientist's jobs may ask for; `*` stands for anything.",
    )


class FoundationSettings(Settings):
    network: NetworkSettings = Field(description="Where everything runs.")
    existing_keys: ExistingKeys | None = Field(default=None, description="Use these keys; by default they are created.")
    existing_permission_boundary_arn: str | None = Field(
        default=None, pattern=r"^arn:[\w-]+:iam::", description="Use this boundary; by default one is created."
    )
    github: GithubSettings | None = Field(default=None, description="Role for CI; without it, there is none.")
    persons: PersonsSettings = Field(default=PersonsSettings(), description="Roles that persons assume.")
    audit_retention_days: int = Field(default=365, ge=1, description="How long the audit trail cannot be deleted.")
