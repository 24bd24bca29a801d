"""How a new release takes over from the one before: SageMaker's deployment guardrails."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Self

import pulumi
from pulumi_aws import sagemaker
from pydantic import Field, model_validator

from components.base import Args

LONGEST = 14_400  # seconds; SageMaker's bound for one rollout
PROVISIONING = 1_800  # seconds allowed for starting the new instances, before the first traffic


class Strategy(StrEnum):
    ALL_AT_ONCE = "all-at-once"
    CANARY = "canary"
    LINEAR = "linear"


TYPES = {Strategy.ALL_AT_ONCE: "ALL_AT_ONCE", Strategy.CANARY: "CANARY", Strategy.LINEAR: "LINEAR"}


class Rollout(Args):
    strategy: Strategy = Field(default=Strategy.ALL_AT_ONCE, description="How traffic moves to the new instances.")
    step_percent: int = Field(
        default=10,
        ge=1,
        le=50,
        description="Capacity that the canary, or each linear step, takes; all at once, unused.",
    )
    bake_seconds: int = Field(default=300, ge=0, le=3600, description="How long alarms are watched after each step.")

    @model_validator(mode="after")
    def _sagemaker_takes_it(self) -> Self:
        if self.strategy is Strategy.LINEAR and self.step_percent < 10:
            raise ValueError(f"step_percent {self.step_percent} is too small for linear; allowed are 10 to 50")
        if self.seconds > LONGEST:
            raise ValueError(
                f"bake_seconds {self.bake_seconds} times {self.steps} steps is longer than a rollout may take: "
                f"{LONGEST - PROVISIONING} s without starting instances"
            )
        return self

    @property
    def steps(self) -> int:
        """How often the alarms are watched for `bake_seconds`."""
        if self.strategy is Strategy.LINEAR:
            return math.ceil(100 / self.step_percent)
        return 2 if self.strategy is Strategy.CANARY else 1

    @property
    def seconds(self) -> int:
        """How long a rollout may take before SageMaker gives it up."""
        return PROVISIONING + self.steps * self.bake_seconds

    @property
    def least_instances(self) -> int:
        """A canary or step is half of the instances at most, so there must be two of them."""
        return 1 if self.strategy is Strategy.ALL_AT_ONCE else 2

    def deployment_config(self, alarms: Sequence[pulumi.Input[str]]) -> "sagemaker.EndpointDeploymentConfigArgsDict":
        """Blue/green with automatic rollback when one of `alarms`, given by name, goes off."""
        routing: sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgsDict = {
            "type": TYPES[self.strategy],
            "wait_interval_in_seconds": self.bake_seconds,
        }
        if self.strategy is Strategy.CANARY:
            routing["canary_size"] = {"type": "CAPACITY_PERCENT", "value": self.step_percent}
        if self.strategy is Strategy.LINEAR:
            routing["linear_step_size"] = {"type": "CAPACITY_PERCENT", "value": self.step_percent}
        return {
            "blue_green_update_policy": {
                "traffic_routing_configuration": routing,
                "maximum_execution_timeout_in_seconds": self.seconds,
                "termination_wait_in_seconds": 0,
            },
            "auto_rollback_configuration": {"alarms": [{"alarm_name": alarm} for alarm in alarms]},
        }
