"""Settings of what observes beside CloudWatch: Prometheus, Grafana, traces, canaries, real users."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings.base import Settings

Https = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")]
Domain = Annotated[str, StringConstraints(pattern=r"^(\*\.)?([a-z0-9-]+\.)+[a-z]{2,}$")]
Rate = Annotated[str, StringConstraints(pattern=r"^(rate\(\d+ (minute|minutes|hour)\)|cron\(.+\))$")]


class PrometheusSettings(Settings):
    """A workspace of Amazon Managed Service for Prometheus; paid by samples taken, kept and read."""

    scrape_cluster: bool = Field(
        default=True,
        description="AWS's own collector scrapes the GPU cluster, billed by the hour and by samples.",
    )
    scrape_seconds: int = Field(default=60, ge=30, le=3600, description="How often the cluster is scraped.")
    retention_days: int = Field(default=150, ge=1, le=1095, description="Days that samples stay.")
    gpu_idle_percent: float = Field(default=5, gt=0, lt=100, description="Use below which a GPU computes nothing.")
    gpu_idle_minutes: int = Field(default=60, ge=10, le=1440, description="Minutes of it after which a ticket opens.")
    queue_wait_minutes: int = Field(
        default=30, ge=5, le=1440, description="Minutes that jobs may wait for GPUs before a ticket opens."
    )


class SamlSettings(Settings):
    """The identity provider whose people come in, and who of them may do what."""

    metadata_url: Https = Field(description="Where the identity provider publishes its metadata.")
    role_assertion: str = Field(default="role", min_length=1, description="Attribute that names a person's role.")
    admin_roles: tuple[str, ...] = Field(min_length=1, description="Values of it that administer Grafana.")
    editor_roles: tuple[str, ...] = Field(default=(), description="Values of it that edit dashboards.")


class ManagedGrafanaSettings(Settings):
    """A workspace of Amazon Managed Grafana; paid by its active users."""

    authentication: Literal["identity-center", "saml"] = Field(
        description="Who lets people in: the organisation's IAM Identity Center, or a SAML provider."
    )
    saml: SamlSettings | None = Field(default=None, description="The provider; for authentication saml.")
    admin_groups: tuple[str, ...] = Field(
        default=(), description="IDs of Identity Center's groups that administer Grafana; for identity-center."
    )
    version: Literal["9.4", "10.4"] = Field(default="10.4", description="Version of Grafana.")

    @model_validator(mode="after")
    def _people_can_come_in(self) -> Self:
        if self.authentication == "saml" and self.saml is None:
            raise ValueError(
                "authentication saml needs saml, with the provider's metadata and roles: Managed Grafana knows no "
                "passwords, only SAML or IAM Identity Center"
            )
        if self.authentication == "identity-center" and self.saml is not None:
            raise ValueError("saml is for authentication saml; identity-center asks the organisation's own directory")
        if self.authentication == "identity-center" and not self.admin_groups:
            raise ValueError("authentication identity-center needs admin_groups, or nobody could administer Grafana")
        if self.authentication == "saml" and self.admin_groups:
            raise ValueError(
                "admin_groups are of authentication identity-center; with saml, saml.admin_roles administer"
            )
        return self


class TracingSettings(Settings):
    """X-Ray: which requests are traced, and where they are found together."""

    sampled_percent: float = Field(default=5, ge=0, le=100, description="Share of requests that are traced.")
    sampled_per_second: int = Field(default=1, ge=0, le=100, description="Requests a second traced in any case.")
    insights: bool = Field(default=False, description="Let X-Ray look for rising faults by itself.")
    encrypt_account: bool = Field(
        default=False,
        description="Encrypt traces with the key of the logs: a setting of the whole account and region, not of this "
        "environment alone, so at most one environment of an account may have it.",
    )
    adot_layer_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[\w-]+:lambda:[a-z0-9-]+:\d{12}:layer:aws-otel-python-[\w-]+:\d+$",
        description="AWS's OpenTelemetry layer for the handlers, of their region and arm64; the X-Ray SDK of Lambda "
        "alone by default, which traces invocations and not what they call.",
    )


class CanarySettings(Settings):
    """A request that is sent on purpose, all the time, and must be answered."""

    through: Literal["api", "endpoint"] = Field(
        default="api", description="The door that is tried: the HTTP API (serving.api), or the endpoint itself."
    )
    row: dict[str, str | int | float | bool | None] = Field(min_length=1, description="A row of the model's features.")
    schedule: Rate = Field(default="rate(5 minutes)", description="How often; every run is paid for.")
    slowest_ms: int = Field(default=2000, ge=1, le=60_000, description="Slowest answer that is a good one.")
    runtime: str = Field(
        default="syn-python-selenium-14.0",
        pattern=r"^syn-python-selenium-\d+\.\d+$",
        description="CloudWatch Synthetics' runtime, which should be the newest of AWS's list for Python: none is made "
        "with a retired one, while those that run go on.",
    )


class RealUsersSettings(Settings):
    """CloudWatch RUM for a web console of one's own in front of the models; paid by events."""

    domain: Domain = Field(description="Where the console is, such as `console.example.com`; `*.` for its subdomains.")
    sampled_percent: float = Field(default=10, gt=0, le=100, description="Share of the sessions that is looked at.")
    cookies: bool = Field(default=False, description="Recognise a visitor who comes back; ask for consent first.")
