"""Settings of what answers, beside the models' own endpoints: doors over HTTP, flags, and streams of requests."""

from typing import Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings
from stacks.settings.doors import ApiSettings, CallersSettings, RestSettings, SocketSettings


class FlagSettings(Settings):
    """How changed flags reach those who read them: step by step, and back where a rollback alarm goes off."""

    step_percent: int = Field(default=20, ge=1, le=100, description="Readers that get new flags with each step.")
    minutes: int = Field(default=10, ge=0, le=1440, description="Until all readers have them.")
    bake_minutes: int = Field(default=10, ge=0, le=1440, description="For which alarms are watched after that.")


class ServingSettings(Settings):
    api: ApiSettings | None = Field(default=None, description="An HTTP API in front; none by default.")
    rest: RestSettings | None = Field(default=None, description="A REST API in front; none by default.")
    socket: SocketSettings | None = Field(default=None, description="A WebSocket API in front; none by default.")
    callers: CallersSettings | None = Field(
        default=None, description="Whom doors with authorization cognito know; nobody by default."
    )
    flags: FlagSettings | None = Field(
        default=None,
        description="Feature flags of the models in AppConfig; without them, doors let everything through.",
    )
    gateway_log_role: bool = Field(
        default=False,
        description="Makes the one role of the account and region with which API Gateway writes the logs of REST and "
        "WebSocket APIs. Off where the account has one already; without any, AWS refuses their stages.",
    )

    @model_validator(mode="after")
    def _callers_are_known(self) -> Self:
        doors = {"api": self.api, "rest": self.rest}
        asking = [name for name, door in doors.items() if door is not None and door.authorization == "cognito"]
        if asking and self.callers is None:
            raise ValueError(f"{asking[0]}.authorization cognito needs callers, with the applications that may call")
        if self.callers is not None and not asking:
            raise ValueError("callers are for a door with authorization cognito; with iam or jwt nobody asks them")
        return self


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
