"""How a new release takes over from the one before: SageMaker's deployment guardrails."""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import pulumi
from pydantic import Field, model_validator

from components.base import Args

if TYPE_CHECKING:  # settings are read by commands that need no provider
    from pulumi_aws import sagemaker

LONGEST = 14_400  # seconds; SageMaker's bound for one rollout
PROVISIONING = 1_800  # seconds allowed for starting the new instances, before the first traffic


class Strategy(StrEnum):
    ALL_AT_ONCE = "all-at-once"
    CANARY = "canary"
    LINEAR = "linear"
    ROLLING = "rolling"


TYPES = {Strategy.ALL_AT_ONCE: "ALL_AT_ONCE", Strategy.CANARY: "CANARY", Strategy.LINEAR: "LINEAR"}
SMALLEST = {Strategy.LINEAR: 10, Strategy.ROLLING: 5}  # percent; from the API's reference


class Rollout(Args):
    strategy: Strategy = Field(default=Strategy.ALL_AT_ONCE, description="How traffic moves to the new instances.")
    step_percent: int = Field(
        default=10,
        ge=1,
        le=50,
        description="Capacity that the canary, or each linear or rolling step, takes; all at once, unused.",
    )
    rollback_percent: int | None = Field(
        default=None, ge=5, le=50, description="Rolling only: capacity that goes back a step; all at once by default."
    )
    bake_seconds: int = Field(default=300, ge=0, le=3600, description="How long alarms are watched after each step.")

    @model_validator(mode="after")
    def _sagemaker_takes_it(self) -> Self:
        smallest = SMALLEST.get(self.strategy, 1)
        if self.step_percent < smallest:
            raise ValueError(
                f"step_percent {self.step_percent} is too small for {self.strategy}; allowed are {smallest} to 50"
            )
        if self.rollback_percent is not None and self.strategy is not Strategy.ROLLING:
            raise ValueError(f"rollback_percent is for the strategy rolling; {self.strategy} goes back all at once")
        if self.seconds > LONGEST:
            raise ValueError(
                f"bake_seconds {self.bake_seconds} times {self.steps} steps is longer than a rollout may take: "
                f"{LONGEST - PROVISIONING} s without starting instances"
            )
        return self

    @property
    def steps(self) -> int:
        """How often the alarms are watched for `bake_seconds`."""
        if self.strategy in (Strategy.LINEAR, Strategy.ROLLING):
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

    def check_instances(self, key: str, minimum: int) -> None:
        """Raises ValueError where `minimum` instances, the value of the setting `key`, cannot change in such steps."""
        if minimum < self.least_instances:
            raise ValueError(
                f"{key} {minimum} is too few for a {self.strategy} rollout: a step is half of the instances at most, "
                f"so it needs {self.least_instances}"
            )

    def deployment_config(self, alarms: Sequence[pulumi.Input[str]]) -> "sagemaker.EndpointDeploymentConfigArgsDict":
        """The guardrails, with automatic rollback when one of `alarms`, given by name, goes off."""
        back: sagemaker.EndpointDeploymentConfigAutoRollbackConfigurationArgsDict = {
            "alarms": [{"alarm_name": alarm} for alarm in alarms]
        }
        if self.strategy is Strategy.ROLLING:
            return {"rolling_update_policy": self._rolling(), "auto_rollback_configuration": back}
        return {"blue_green_update_policy": self._blue_green(), "auto_rollback_configuration": back}

    def _blue_green(self) -> "sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyArgsDict":
        routing: sagemaker.EndpointDeploymentConfigBlueGreenUpdatePolicyTrafficRoutingConfigurationArgsDict = {
            "type": TYPES[self.strategy],
            "wait_interval_in_seconds": self.bake_seconds,
        }
        if self.strategy is Strategy.CANARY:
            routing["canary_size"] = {"type": "CAPACITY_PERCENT", "value": self.step_percent}
        if self.strategy is Strategy.LINEAR:
            routing["linear_step_size"] = {"type": "CAPACITY_PERCENT", "value": self.step_percent}
        return {
            "traffic_routing_configuration": routing,
            "maximum_execution_timeout_in_seconds": self.seconds,
            "termination_wait_in_seconds": 0,
        }

    def _rolling(self) -> "sagemaker.EndpointDeploymentConfigRollingUpdatePolicyArgsDict":
        policy: sagemaker.EndpointDeploymentConfigRollingUpdatePolicyArgsDict = {
            "maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": self.step_percent},
            "wait_interval_in_seconds": self.bake_seconds,
            "maximum_execution_timeout_in_seconds": self.seconds,
        }
        if self.rollback_percent is not None:
            policy["rollback_maximum_batch_size"] = {"type": "CAPACITY_PERCENT", "value": self.rollback_percent}
        return policy
