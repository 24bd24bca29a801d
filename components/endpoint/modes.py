"""The ways in which a model is served, each with the options that it has and no others."""

from enum import StrEnum
from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from components.base import Args
from components.endpoint.rollout import Rollout, Strategy
from contracts.instances import job_instance

InstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
PlanName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,20}$")]
Expression = Annotated[str, StringConstraints(pattern=r"^(rate|cron|at)\(.+\)$")]

Bounds = TypeVar("Bounds", bound=Args)


class Mode(StrEnum):
    REAL_TIME = "real-time"
    SERVERLESS = "serverless"
    ASYNCHRONOUS = "asynchronous"
    MULTI_MODEL = "multi-model"
    COMPONENT = "component"
    BATCH = "batch"


def _ordered(bounds: Bounds, minimum: int, maximum: int) -> Bounds:
    if minimum > maximum:
        raise ValueError(f"minimum {minimum} is above maximum {maximum}")
    return bounds


class PlannedCapacity(Args):
    """Bounds that hold from a moment on, until another plan changes them."""

    at: Expression = Field(description="When, in UTC: `rate(...)`, `cron(...)` or `at(...)`.")
    minimum: int = Field(ge=0, description="Instances that are always there from then on.")
    maximum: int = Field(ge=1, description="Instances at most from then on.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        return _ordered(self, self.minimum, self.maximum)


class Autoscaling(Args):
    minimum: int = Field(default=1, ge=1, description="Instances that are always there.")
    maximum: int = Field(default=2, ge=1, description="Instances at most.")
    invocations_per_instance: int = Field(default=1000, ge=1, description="Target, a minute and instance.")
    planned: dict[PlanName, PlannedCapacity] = Field(
        default_factory=dict, description="Bounds that change at set times, by name; none by default."
    )

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        for name, plan in self.planned.items():
            if plan.minimum < 1:
                raise ValueError(f"planned.{name}: minimum 0 is for the mode asynchronous only; allowed is 1 or more")
        return _ordered(self, self.minimum, self.maximum)


class BacklogScaling(Args):
    """How many instances work off a queue. None while there is nothing to do, by default."""

    minimum: int = Field(default=0, ge=0, description="Instances that are always there; 0 stops all when idle.")
    maximum: int = Field(default=2, ge=1, description="Instances at most.")
    backlog_per_instance: int = Field(default=5, ge=1, description="Waiting requests an instance may have.")
    planned: dict[PlanName, PlannedCapacity] = Field(
        default_factory=dict, description="Bounds that change at set times, by name; none by default."
    )

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        return _ordered(self, self.minimum, self.maximum)


class ChallengerSlot(Args):
    """A second variant, which is there from the endpoint's first day on.

    SageMaker's guardrails change an endpoint only where its variants keep their names, so a challenger cannot be added
    to a guarded endpoint later; without one, the slot serves the endpoint's own release and gets no traffic.
    """

    minimum: int = Field(default=1, ge=1, description="Instances of the slot that are always there.")
    maximum: int = Field(default=1, ge=1, description="Instances of the slot at most.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        return _ordered(self, self.minimum, self.maximum)


class _Watched(Args):
    rollout: Rollout = Field(default=Rollout(), description="How a new release takes over.")
    latency_ms: int = Field(default=500, ge=1, description="p99 model latency above which a rollout is rolled back.")
    error_percent: float = Field(
        default=1.0, gt=0, le=100, description="Share of requests with 5xx above which a rollout is rolled back."
    )


class RealTime(_Watched):
    """Instances that always run and answer at once."""

    mode: Literal[Mode.REAL_TIME] = Mode.REAL_TIME
    instance_type: InstanceType = Field(default="ml.m5.large", description="SageMaker instance type.")
    autoscaling: Autoscaling = Field(default=Autoscaling(), description="How many instances.")
    challenger_slot: ChallengerSlot | None = Field(
        default=None, description="A second variant for A/B tests, which must be there from the start; none by default."
    )
    capture_percent: int = Field(default=100, ge=1, le=100, description="Share of requests kept for the monitors.")

    @model_validator(mode="after")
    def _rollout_fits(self) -> Self:
        self.rollout.check_instances("autoscaling.minimum", self.autoscaling.minimum)
        if self.challenger_slot is not None:
            if self.rollout.strategy is Strategy.ROLLING:
                raise ValueError("a rolling rollout is for a single variant; with challenger_slot use canary or linear")
            self.rollout.check_instances("challenger_slot.minimum", self.challenger_slot.minimum)
        return self


class Serverless(_Watched):
    """Runs only while it is asked. SageMaker captures nothing of it, and puts it into no network of one's own."""

    mode: Literal[Mode.SERVERLESS]
    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(default=2048, description="Memory of one worker.")
    max_concurrency: int = Field(default=5, ge=1, le=200, description="Requests that it works on at once.")
    provisioned_concurrency: int | None = Field(
        default=None, ge=1, le=200, description="Workers that are kept warm; none by default, so that idling is free."
    )
    provisioned_maximum: int | None = Field(
        default=None, ge=1, le=200, description="Warm workers that autoscaling may add up to; by default it adds none."
    )

    # A package names instance types, whatever serves it later.
    instance_type: ClassVar[str] = "ml.m5.large"

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        warm, most = self.provisioned_concurrency, self.provisioned_maximum
        if self.rollout.strategy is not Strategy.ALL_AT_ONCE:
            raise ValueError(f"a {self.rollout.strategy} rollout is for instances; serverless allows all-at-once only")
        if warm is not None and warm > self.max_concurrency:
            raise ValueError(f"provisioned_concurrency {warm} is above max_concurrency {self.max_concurrency}")
        if most is not None and warm is None:
            raise ValueError("provisioned_maximum needs provisioned_concurrency, which it starts from")
        if most is not None and warm is not None and not warm <= most <= self.max_concurrency:
            raise ValueError(
                f"provisioned_maximum {most} must lie between provisioned_concurrency {warm} and max_concurrency "
                f"{self.max_concurrency}"
            )
        return self


class Asynchronous(_Watched):
    """Takes requests from S3 and leaves answers there; no instance runs while none waits."""

    mode: Literal[Mode.ASYNCHRONOUS]
    instance_type: InstanceType = Field(default="ml.m5.large", description="SageMaker instance type.")
    autoscaling: BacklogScaling = Field(default=BacklogScaling(), description="How many instances.")
    requests_per_instance: int | None = Field(
        default=None, ge=1, le=1000, description="Requests that an instance works on at once; SageMaker's by default."
    )
    oldest_minutes: int = Field(default=60, ge=1, description="Age of a waiting request at which the alarm goes off.")
    capture_percent: int = Field(default=100, ge=1, le=100, description="Share of requests kept for the monitors.")

    @model_validator(mode="after")
    def _rollout_fits(self) -> Self:
        self.rollout.check_instances("autoscaling.minimum", max(1, self.autoscaling.minimum))
        return self


class MultiModel(_Watched):
    """Many versions behind one fleet, loaded when a request names one."""

    mode: Literal[Mode.MULTI_MODEL]
    instance_type: InstanceType = Field(default="ml.m5.large", description="SageMaker instance type.")
    autoscaling: Autoscaling = Field(default=Autoscaling(), description="How many instances.")
    cache: bool = Field(default=True, description="Keep models in memory between requests.")
    capture_percent: int = Field(default=100, ge=1, le=100, description="Share of requests kept for the monitors.")

    @model_validator(mode="after")
    def _rollout_fits(self) -> Self:
        self.rollout.check_instances("autoscaling.minimum", self.autoscaling.minimum)
        return self


class CopyScaling(Args):
    """How many copies of a model run. None while nobody asks, by default."""

    minimum: int = Field(default=0, ge=0, description="Copies that are always there; 0 stops all when idle.")
    maximum: int = Field(default=2, ge=1, description="Copies at most.")
    invocations_per_copy: int = Field(default=500, ge=1, description="Target, a minute and copy.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        return _ordered(self, self.minimum, self.maximum)


class InstanceBounds(Args):
    """How many instances SageMaker keeps for the copies. None while there is no copy, by default."""

    minimum: int = Field(default=0, ge=0, description="Instances that are always there.")
    maximum: int = Field(default=2, ge=1, description="Instances at most.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        return _ordered(self, self.minimum, self.maximum)


class Component(_Watched):
    """An inference component: copies of the model on instances that come and go with them, down to none.

    It is asked by the component's name. While no copy runs, requests are refused, and the first one starts a copy.
    SageMaker's guardrails are for endpoints, whose traffic moves; a component is updated in place, copy by copy, so it
    is rolled out with the strategy rolling only, and has neither a challenger nor a shadow.
    """

    mode: Literal[Mode.COMPONENT]
    instance_type: InstanceType = Field(default="ml.m5.large", description="SageMaker instance type.")
    instances: InstanceBounds = Field(default=InstanceBounds(), description="How many instances.")
    copies: CopyScaling = Field(default=CopyScaling(), description="How many copies of the model.")
    cpus: float = Field(default=1, ge=0.25, description="CPU cores that a copy gets.")
    memory_mb: int = Field(default=1024, ge=128, description="Memory that a copy gets at least.")
    accelerators: int | None = Field(default=None, ge=1, description="GPUs that a copy gets; none by default.")
    rollout: Rollout = Field(
        default=Rollout(strategy=Strategy.ROLLING, step_percent=50), description="How a new release takes over."
    )

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if self.rollout.strategy is not Strategy.ROLLING:
            raise ValueError(
                f"a {self.rollout.strategy} rollout moves an endpoint's traffic; an inference component is updated in "
                "place, so it allows rolling only"
            )
        if self.copies.minimum > 0 and self.instances.minimum == 0:
            raise ValueError(
                f"instances.minimum 0 leaves no room for copies.minimum {self.copies.minimum}; allowed is 1 or more"
            )
        return self


class Batch(Args):
    """A transform job at set times, over whatever lies under the model's batch prefix; nothing runs in between."""

    mode: Literal[Mode.BATCH]
    schedule: Expression = Field(description="When a job starts, in UTC.")
    instance_type: Annotated[InstanceType, AfterValidator(job_instance)] = Field(
        default="ml.m5.large", description="SageMaker instance type, without local storage."
    )
    instances: int = Field(default=1, ge=1, le=20, description="Instances of a job.")
    content_type: Literal["text/csv", "application/json"] = Field(
        default="text/csv", description="What the files hold."
    )
    max_payload_mb: int = Field(default=6, ge=1, le=100, description="Largest request that a file is split into.")
    timeout_seconds: int = Field(default=600, ge=1, le=3600, description="How long one request may take.")

    @model_validator(mode="after")
    def _files_can_be_split(self) -> Self:
        if self.content_type == "application/json" and self.max_payload_mb > 25:
            raise ValueError(
                f"max_payload_mb {self.max_payload_mb} is too large for application/json: a document is one request, "
                "and the serving image takes 25 MB"
            )
        return self


def check_rivals(serving: Args, challenger: bool, shadow: bool) -> None:
    """Raises ValueError where an endpoint of this kind cannot have a challenger or a shadow. As SageMaker refuses them:
    shadows only of instances that answer at once, and beside one variant only.
    """
    if not challenger and not shadow:
        return
    if not isinstance(serving, RealTime):
        what = "challenger" if challenger else "shadow"
        mode = getattr(serving, "mode", Mode.BATCH)
        raise ValueError(f"a {what} is for an endpoint of mode real-time, whose instances it stands beside; not {mode}")
    if challenger and serving.challenger_slot is None:
        raise ValueError(
            "a challenger needs endpoint.challenger_slot, as guardrails cannot add a variant to a live endpoint"
        )
    if shadow and serving.challenger_slot is not None:
        raise ValueError("a shadow stands beside a single variant; it is not for an endpoint with a challenger_slot")


Hosted = RealTime | Serverless | Asynchronous | MultiModel
AnyMode = RealTime | Serverless | Asynchronous | MultiModel | Component | Batch
