"""Settings of what answers, beside the models' own endpoints: the HTTP API, and streams of requests."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from stacks.settings.base import Settings

Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$")]


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


class ApiSettings(Settings):
    """One HTTP API in front of all endpoints that answer at once."""

    authorization: Literal["iam", "jwt"] = Field(
        default="iam", description="Who may call: AWS identities with execute-api:Invoke, or bearers of tokens."
    )
    jwt: JwtSettings | None = Field(default=None, description="Whose tokens are believed; for authorization jwt.")
    requests_per_second: int = Field(default=50, ge=1, le=10_000, description="A model's requests, steadily.")
    burst: int = Field(default=100, ge=1, le=5_000, description="A model's requests at once.")
    cors: CorsSettings | None = Field(default=None, description="Web pages that may call it; none by default.")
    domain: DomainSettings | None = Field(default=None, description="A name of one's own; AWS's by default.")

    @model_validator(mode="after")
    def _tokens_are_for_jwt(self) -> Self:
        if self.authorization == "jwt" and self.jwt is None:
            raise ValueError("authorization jwt needs jwt, with the issuer and audience of the tokens")
        if self.authorization == "iam" and self.jwt is not None:
            raise ValueError("jwt is for authorization jwt; with iam no token is read")
        if self.authorization == "iam" and self.cors is not None:
            raise ValueError("cors is for authorization jwt: a web page has no AWS identity")
        if self.burst < self.requests_per_second:
            raise ValueError(f"burst {self.burst} is below requests_per_second {self.requests_per_second}")
        return self


class ServingSettings(Settings):
    api: ApiSettings | None = Field(default=None, description="An HTTP API in front; none by default.")


class StreamSettings(Settings):
    """Requests that come as events, one model's; what the model answers is left as an object, a message or a record."""

    source: Literal["kinesis", "queue", "objects"] = Field(
        description="A Kinesis stream of its own, a queue of its own, or objects landed under the model's `events/`."
    )
    results: Literal["objects", "queue", "kinesis"] = Field(default="objects", description="Where answers go.")
    batch: int = Field(default=10, ge=1, le=100, description="Events that are handled together at most.")
    window_seconds: int = Field(default=1, ge=0, le=60, description="How long a batch is waited for.")
    attempts: int = Field(default=3, ge=1, le=10, description="Tries before an event goes to the dead letters.")
    shards: int | None = Field(
        default=None, ge=1, le=100, description="Shards of the Kinesis stream; on demand by default."
    )

    @model_validator(mode="after")
    def _options_fit_the_source(self) -> Self:
        if self.shards is not None and self.source != "kinesis":
            raise ValueError(f"shards is for the source kinesis, not {self.source}")
        if self.source == "kinesis" and self.attempts == 1:
            # The AWS provider leaves a 0 out, and what is left out means for ever.
            raise ValueError("attempts 1 is for queues and objects; of a Kinesis stream a pipe tries at least 2 times")
        if self.source != "kinesis" and self.batch > 10 and self.window_seconds == 0:
            raise ValueError(
                f"batch {self.batch} needs a window_seconds: without one a queue gives 10 messages at most"
            )
        return self
