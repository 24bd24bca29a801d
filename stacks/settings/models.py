"""Settings of a model: what it serves, how, and when it learns."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.slo import Kind, Slo
from stacks.settings.base import MlInstanceType, Schedule, Settings


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


class AutoscalingSettings(Settings):
    minimum: int = Field(default=1, ge=1, description="Instances that are always there.")
    maximum: int = Field(default=2, ge=1, description="Instances at most.")
    invocations_per_instance: int = Field(default=1000, ge=1, description="Target, a minute and instance.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class RolloutSettings(Settings):
    strategy: Literal["all-at-once", "canary", "linear"] = Field(
        default="all-at-once", description="How traffic moves to a new release."
    )
    step_percent: int = Field(default=10, ge=1, le=50, description="Share of capacity that a canary or step takes.")
    bake_seconds: int = Field(default=300, ge=0, le=3600, description="How long alarms are watched after each step.")


class EndpointSettings(Settings):
    instance_type: MlInstanceType = Field(default="ml.m5.large", description="SageMaker instance type.")
    autoscaling: AutoscalingSettings = Field(default=AutoscalingSettings(), description="How many instances.")
    rollout: RolloutSettings = Field(default=RolloutSettings(), description="How a new release takes over.")
    capture_percent: int = Field(default=100, ge=1, le=100, description="Share of requests kept for the monitors.")
    latency_ms: int = Field(default=500, ge=1, description="p99 model latency above which a rollout is rolled back.")

    @model_validator(mode="after")
    def _instances_suffice_for_the_rollout(self) -> Self:
        if self.rollout.strategy != "all-at-once" and self.autoscaling.minimum < 2:
            raise ValueError(
                f"autoscaling.minimum {self.autoscaling.minimum} is too few for a {self.rollout.strategy} rollout: "
                "a step is half of the instances at most, so it needs 2"
            )
        return self


SloName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")]
SLOS = {
    "availability": Slo(kind=Kind.AVAILABILITY, objective=99.5),
    "latency": Slo(kind=Kind.LATENCY, objective=99),
    "validity": Slo(kind=Kind.VALIDITY, objective=99),
}


class ModelSettings(Settings):
    release: Release | None = Field(default=None, description="Version that is served; without it, no endpoint.")
    endpoint: EndpointSettings = Field(default=EndpointSettings(), description="What serves it.")
    ingest_schedule: Schedule | None = Field(
        default=None, description="Validate and featurize landed rows regularly; only when started by default."
    )
    retrain_schedule: Schedule | None = Field(default=None, description="Retrain regularly; only on drift by default.")
    drift_threshold: int = Field(default=1, ge=1, description="Drifted features a run at which the alarm goes off.")
    slos: dict[SloName, Slo] = Field(
        default=SLOS,
        description="Service level objectives by name, in place of the default ones. Spent, they stop promotions.",
    )

    @property
    def objectives(self) -> dict[str, Slo]:
        """The objectives, with the latency that the endpoint promises where they name none."""
        return {
            name: slo.model_copy(update={"latency_ms": self.endpoint.latency_ms})
            if slo.kind is Kind.LATENCY and slo.latency_ms is None
            else slo
            for name, slo in self.slos.items()
        }
