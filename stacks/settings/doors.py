"""Settings of the ways in to the models over HTTP: the HTTP API, the REST API, the WebSocket API, and who may call."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings.base import Settings

Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=24)]
Network = Annotated[str, StringConstraints(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]
AccountId = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]

# What only a REST API of API Gateway has, and why no other one does.
REST_ONLY = {
    "cache": "it caches no answers",
    "firewall": "AWS WAF cannot be associated with it",
    "plans": "it has no usage plans",
    "consumers": "it has no API keys",
    "networks": "it has no resource policy",
    "accounts": "it has no resource policy",
}


class JwtSettings(Settings):
    """Whose tokens are believed."""

    issuer: Url = Field(description="`iss` of the tokens, under which their keys are published.")
    audience: tuple[str, ...] = Field(min_length=1, description="`aud` or `client_id` that a token must have.")
    scopes: tuple[str, ...] = Field(default=(), description="Scopes of which a token must have one; any by default.")


class DomainSettings(Settings):
    """A name of one's own, in place of the one that AWS gives."""

    name: str = Field(pattern=r"^([a-z0-9-]+\.)+[a-z]{2,}$", description="Such as `models.example.com`.")
    certificate_arn: str = Field(
        pattern=r"^arn:[\w-]+:acm:[a-z0-9-]+:\d{12}:certificate/[\w-]+$",
        description="Certificate of the name, in the environment's region.",
    )


class CorsSettings(Settings):
    """Which web pages may call it."""

    origins: tuple[Url, ...] = Field(min_length=1, description="Origins, each with its scheme.")
    max_age_seconds: int = Field(default=300, ge=0, le=86400, description="How long a browser remembers the answer.")


class _Limited(Settings):
    requests_per_second: int = Field(default=50, ge=1, le=10_000, description="A model's requests, steadily.")
    burst: int = Field(default=100, ge=1, le=5_000, description="A model's requests at once.")

    @model_validator(mode="after")
    def _burst_is_not_below(self) -> Self:
        if self.burst < self.requests_per_second:
            raise ValueError(f"burst {self.burst} is below requests_per_second {self.requests_per_second}")
        return self


class _NotRest(_Limited):
    @model_validator(mode="before")
    @classmethod
    def _has_only_its_own(cls, value: object) -> object:
        for key, why in REST_ONLY.items():
            if isinstance(value, Mapping) and key in value:
                raise ValueError(f"{key} is for serving.rest; this API does without: {why}")
        return value


class ApiSettings(_NotRest):
    """One HTTP API in front of all endpoints that answer at once."""

    authorization: Literal["iam", "jwt", "cognito"] = Field(
        default="iam",
        description="Who may call: AWS identities with execute-api:Invoke, bearers of tokens, or those that "
        "serving.callers knows.",
    )
    jwt: JwtSettings | None = Field(default=None, description="Whose tokens are believed; for authorization jwt.")
    cors: CorsSettings | None = Field(default=None, description="Web pages that may call it; none by default.")
    domain: DomainSettings | None = Field(default=None, description="A name of one's own; AWS's by default.")

    @model_validator(mode="after")
    def _tokens_are_for_jwt(self) -> Self:
        if self.authorization == "jwt" and self.jwt is None:
            raise ValueError("authorization jwt needs jwt, with the issuer and audience of the tokens")
        if self.authorization != "jwt" and self.jwt is not None:
            said = "with iam no token is read" if self.authorization == "iam" else "cognito's issuer is serving.callers"
            raise ValueError(f"jwt is for authorization jwt; {said}")
        if self.authorization == "iam" and self.cors is not None:
            raise ValueError("cors is for authorization jwt or cognito: a web page has no AWS identity")
        return self


class CacheSettings(Settings):
    """Answers that are given again. Requests of a GET with the row in the query can be; those with a body cannot."""

    size_gb: Literal["0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"] = Field(
        default="0.5", description="Memory of the cache, which is paid for by the hour."
    )
    models: dict[str, Annotated[int, Field(ge=1, le=3600)]] = Field(
        min_length=1,
        description="Seconds that an answer stays, by model. A new release answers once they are over; rows travel in "
        "the query, so not for models that are asked about persons.",
    )


class PlanSettings(_Limited):
    """What a consumer may ask."""

    requests_per_second: int = Field(default=10, ge=1, le=10_000, description="A consumer's requests, steadily.")
    burst: int = Field(default=20, ge=1, le=5_000, description="A consumer's requests at once.")
    quota: int = Field(default=100_000, ge=1, description="Requests in a period; the next ones are refused.")
    period: Literal["day", "week", "month"] = Field(default="month", description="After which the quota is new.")


class FirewallSettings(Settings):
    """A web ACL in front of the REST API."""

    requests_per_address: int = Field(
        default=2000, ge=10, le=2_000_000_000, description="Requests of one address in five minutes before it waits."
    )
    managed_rules: tuple[
        Literal[
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesAnonymousIpList",
        ],
        ...,
    ] = Field(
        default=(
            "AWSManagedRulesAmazonIpReputationList",
            "AWSManagedRulesCommonRuleSet",
            "AWSManagedRulesKnownBadInputsRuleSet",
        ),
        description="AWS's rule groups, in the order in which they are asked.",
    )
    only_count: bool = Field(default=False, description="Blocks nothing and counts what it would block, to try it out.")

    @model_validator(mode="after")
    def _each_group_once(self) -> Self:
        for group in self.managed_rules:
            if self.managed_rules.count(group) > 1:
                raise ValueError(f"managed_rules names {group} twice")
        return self


class RestSettings(_Limited):
    """One REST API in front of all endpoints that answer at once: what an HTTP API has not."""

    authorization: Literal["iam", "cognito"] = Field(
        default="iam", description="Who may call: AWS identities, or those that serving.callers knows."
    )
    plans: dict[Name, PlanSettings] = Field(
        default_factory=dict, description="Usage plans by name; none by default. With plans, every call needs a key."
    )
    consumers: dict[Name, Name] = Field(
        default_factory=dict, description="Who has an API key: each consumer's plan, by the consumer's name."
    )
    key_days: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="Days after which a consumer has another key, in a secret of its own; the one of before works "
        "until the next. By default a key stays until somebody replaces it.",
    )
    cache: CacheSettings | None = Field(default=None, description="Answers that are given again; none by default.")
    firewall: FirewallSettings | None = Field(default=None, description="A web ACL in front; none by default.")
    networks: tuple[Network, ...] = Field(
        default=(), description="Address ranges from which alone it may be called; from anywhere by default."
    )
    accounts: tuple[AccountId, ...] = Field(
        default=(), description="Other AWS accounts whose identities may call it; for authorization iam."
    )

    @model_validator(mode="after")
    def _plans_and_consumers_fit(self) -> Self:
        for consumer, plan in sorted(self.consumers.items()):
            if plan not in self.plans:
                known = ", ".join(sorted(self.plans)) or "there are none"
                raise ValueError(f"consumers.{consumer} has the plan {plan}, which is not one of plans: {known}")
        for plan in sorted(self.plans.keys() - set(self.consumers.values())):
            raise ValueError(f"plans.{plan} counts by API key, and no consumer has it; name one under consumers")
        return self

    @model_validator(mode="after")
    def _days_are_of_keys(self) -> Self:
        if self.key_days is not None and not self.consumers:
            raise ValueError("key_days is about the keys of consumers, and there are none; name some under consumers")
        return self

    @model_validator(mode="after")
    def _accounts_are_for_iam(self) -> Self:
        if self.accounts and self.authorization != "iam":
            raise ValueError(f"accounts are for authorization iam; {self.authorization} knows no AWS identity")
        return self


class SocketSettings(_NotRest):
    """One WebSocket API, on which an answer comes in parts. AWS identities with execute-api:Invoke may connect."""

    authorization: Literal["iam"] = Field(
        default="iam",
        description="Who may connect. A browser's WebSocket sends no headers, so that a token would stand in the URL "
        "and in every log on the way: tokens are for the other doors.",
    )
    rows_at_once: int = Field(default=16, ge=1, le=1000, description="Rows that one part of an answer is about.")


class ClientSettings(Settings):
    """An application that calls: a service with a secret of its own, or a page at which people sign in."""

    kind: Literal["service", "people"] = Field(default="service", description="Who asks for its tokens.")
    callbacks: tuple[Url, ...] = Field(default=(), description="Where people come back to; for kind people.")
    token_minutes: int = Field(default=60, ge=5, le=1440, description="How long a token is good.")

    @model_validator(mode="after")
    def _callbacks_are_for_people(self) -> Self:
        if (self.kind == "people") != bool(self.callbacks):
            raise ValueError("callbacks are for kind people, which needs at least one: where people come back to")
        return self


class CallersSettings(Settings):
    """A Cognito user pool: the issuer of tokens for doors with authorization cognito."""

    clients: dict[Name, ClientSettings] = Field(min_length=1, description="Applications that may call, by name.")
    threat_protection: Literal["off", "audit", "enforced"] = Field(
        default="enforced",
        description="Cognito's own check of sign-ins; but for off, the pool is of the tier Plus, billed by person.",
    )
