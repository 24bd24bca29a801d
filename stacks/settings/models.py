"""Settings of a model: what it serves, how, and when it learns."""

from typing import Annotated, Self

from pydantic import AfterValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from components.endpoint.modes import (
    Asynchronous,
    Batch,
    Component,
    Mode,
    MultiModel,
    RealTime,
    Serverless,
    check_rivals,
)
from components.kubernetes.options import KubernetesHost
from contracts.slo import Kind, Slo
from stacks.settings.base import Schedule, Settings
from stacks.settings.serving import StreamSettings


class Release(Settings):
    """The version of a model that this environment serves. Written by `estate promote`."""

    version: int = Field(ge=1, description="Version of the model package.")
    package_arn: str = Field(
        pattern=r"^arn:[\w-]+:sagemaker:[a-z0-9-]+:\d{12}:model-package/[\w-]+/\d+$",
        description="The approved model package.",
    )

    @model_validator(mode="after")
    def _arn_is_of_the_version(self) -> Self:
        if not self.package_arn.endswith(f"/{self.version}"):
            raise ValueError(f"version {self.version} is not the one of package_arn {self.package_arn}")
        return self


def _mode(value: object) -> str:
    """The mode that a value asks for; real-time where it names none."""
    found = value.get("mode", Mode.REAL_TIME) if isinstance(value, dict) else getattr(value, "mode", None)
    return str(found)


def _share(value: int) -> int:
    if not 0 <= value <= 100:
        raise ValueError(f"{value} % is no share of the requests: it and the rest are 100 % together, so 0 to 100")
    return value


Share = Annotated[int, AfterValidator(_share), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 100})]


# What SageMaker hosts for a model first of all, and what may stand beside it.
EndpointSettings = Annotated[
    Annotated[RealTime, Tag(Mode.REAL_TIME)]
    | Annotated[Serverless, Tag(Mode.SERVERLESS)]
    | Annotated[Asynchronous, Tag(Mode.ASYNCHRONOUS)],
    Discriminator(_mode),
]
MoreEndpointSettings = Annotated[
    Annotated[RealTime, Tag(Mode.REAL_TIME)]
    | Annotated[Serverless, Tag(Mode.SERVERLESS)]
    | Annotated[Asynchronous, Tag(Mode.ASYNCHRONOUS)]
    | Annotated[MultiModel, Tag(Mode.MULTI_MODEL)]
    | Annotated[Component, Tag(Mode.COMPONENT)]
    | Annotated[Batch, Tag(Mode.BATCH)],
    Discriminator(_mode),
]
EndpointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,11}$")]


# Names that stand for something else of a model: prefixes of the lake, and the alarms of its second variant.
TAKEN = frozenset({"async", "capture", "challenger", "events", "monitor", "quarantine", "rows"})


class ChallengerSettings(Settings):
    """A release that answers a share of the requests, to be compared with the endpoint's own one."""

    release: Release = Field(description="The release that challenges; approved like any other.")
    percent: Share = Field(description="Share of requests that it answers; the rest is the release's own.")


class ShadowSettings(Settings):
    """A release that gets copies of requests and answers nobody."""

    release: Release = Field(description="The release that is tried out; approved like any other.")
    percent: int = Field(default=100, ge=1, le=100, description="Share of requests that is copied to it.")
    instances: int = Field(default=1, ge=1, description="Instances that take the copies.")


class ModelFlagSettings(Settings):
    """What every door asks before it lets a request through to the model; read anew each minute, without a rollout."""

    enabled: bool = Field(default=True, description="Whether the model is asked at all.")
    largest_rows: int | None = Field(default=None, ge=1, le=100_000, description="Rows of a request; any by default.")
    explore_percent: Share | None = Field(
        default=None,
        description="Share of requests that the doors send to the challenger; challenger.percent by default.",
    )


SloName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")]
SLOS = {
    "availability": Slo(kind=Kind.AVAILABILITY, objective=99.5),
    "latency": Slo(kind=Kind.LATENCY, objective=99),
    "validity": Slo(kind=Kind.VALIDITY, objective=99),
}


class ModelSettings(Settings):
    release: Release | None = Field(default=None, description="Version that is served; without it, no endpoint.")
    endpoint: EndpointSettings = Field(default=RealTime(), description="What serves it.")
    challenger: ChallengerSettings | None = Field(
        default=None, description="Second release in an A/B test; none by default."
    )
    shadow: ShadowSettings | None = Field(default=None, description="Release that gets copies; none by default.")
    more_endpoints: dict[EndpointName, MoreEndpointSettings] = Field(
        default_factory=dict, description="The same release served in other ways too, by name; none by default."
    )
    flags: ModelFlagSettings = Field(default=ModelFlagSettings(), description="What doors ask; needs serving.flags.")
    on_kubernetes: KubernetesHost | None = Field(
        default=None,
        description="Host the release on the GPU cluster too, for callers inside of it; its traffic is not captured.",
    )
    stream: StreamSettings | None = Field(default=None, description="Requests that come as events; none by default.")
    ingest_schedule: Schedule | None = Field(
        default=None, description="Validate and featurize landed rows regularly; only when started by default."
    )
    retrain_schedule: Schedule | None = Field(default=None, description="Retrain regularly; only on drift by default.")
    drift_threshold: int = Field(default=1, ge=1, description="Drifted features a run at which the alarm goes off.")
    slos: dict[SloName, Slo] = Field(
        default=SLOS,
        max_length=12,  # a composite alarm holds 100 others, and a fast pace takes four an objective
        description="Service level objectives by name, in place of the default ones. Spent, they stop promotions.",
    )

    @model_validator(mode="after")
    def _names_are_free(self) -> Self:
        for name in sorted(TAKEN & self.more_endpoints.keys()):
            raise ValueError(f"more_endpoints.{name}: the name is taken; {', '.join(sorted(TAKEN))} are")
        return self

    @model_validator(mode="after")
    def _releases_stand_beside_one(self) -> Self:
        rivals = {"challenger": self.challenger, "shadow": self.shadow}
        for name, rival in rivals.items():
            if rival is None:
                continue
            if self.release is None:
                raise ValueError(f"a {name} needs a release beside which it stands")
            group, own = (r.package_arn.rpartition("/")[0] for r in (rival.release, self.release))
            if group != own:
                raise ValueError(f"{name}.release is of another package group than release: {group}")
            if rival.release.version == self.release.version:
                raise ValueError(f"{name}.release is version {rival.release.version}, which is served already")
        if self.flags.explore_percent is not None and self.challenger is None:
            raise ValueError("flags.explore_percent needs a challenger, which gets that share of the requests")
        if self.stream is not None and isinstance(self.endpoint, Asynchronous):
            raise ValueError("stream asks an endpoint that answers at once; endpoint has the mode asynchronous")
        check_rivals(self.endpoint, self.challenger is not None, self.shadow is not None)
        return self

    @property
    def objectives(self) -> dict[str, Slo]:
        """The objectives, with the latency that the endpoint promises where they name none."""
        return {
            name: slo.model_copy(update={"latency_ms": self.endpoint.latency_ms})
            if slo.kind is Kind.LATENCY and slo.latency_ms is None
            else slo
            for name, slo in self.slos.items()
        }
