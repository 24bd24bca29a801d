"""What a HyperPod cluster may be asked to be."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from components.base import Args
from contracts.gpus import gpus

ClusterType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
GroupName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")]


class HealthCheck(StrEnum):
    """What a node must pass before jobs run on it; each takes an hour or two of a node."""

    STRESS = "stress"
    CONNECTIVITY = "connectivity"


CHECKS = {HealthCheck.STRESS: "InstanceStress", HealthCheck.CONNECTIVITY: "InstanceConnectivity"}


class InstanceGroup(Args):
    """Instances of one type."""

    instance_type: ClusterType = Field(description="SageMaker's name of the type, such as `ml.p5.48xlarge`.")
    count: int = Field(default=0, ge=0, le=6758, description="Instances; none, and no cost, by default.")
    zone: Annotated[str, Field(pattern=r"^[a-f]$")] | None = Field(
        default=None, description="Letter of the zone they run in; the network's first by default."
    )
    disk_gb: int = Field(default=500, ge=1, le=16384, description="Further volume of each, in GiB.")
    health_checks: tuple[HealthCheck, ...] = Field(
        default=(), description="Deep checks of new nodes, of GPUs and of their network; none by default."
    )
    training_plan_arn: str | None = Field(
        default=None,
        pattern=r"^arn:[\w-]+:sagemaker:[a-z0-9-]+:\d{12}:training-plan/[\w-]+$",
        description="Training plan with reserved capacity; on demand by default.",
    )

    @model_validator(mode="after")
    def _checks_have_something_to_check(self) -> Self:
        found = gpus().types.get(self.instance_type.removeprefix("ml."))
        if self.health_checks and found is None:
            raise ValueError(f"health_checks are for GPUs, and {self.instance_type} has none")
        if HealthCheck.CONNECTIVITY in self.health_checks and found is not None and not found.efa_cards:
            raise ValueError(
                f"health_checks has connectivity, and {self.instance_type} has no Elastic Fabric Adapter to check"
            )
        return self


class HyperPodOptions(Args):
    """Instance groups that SageMaker repairs, on the estate's Kubernetes cluster.

    AWS's chart `HyperPodHelmChart` must be on that cluster first; nothing here installs it, and
    docs/adr/0003-eks-and-hyperpod.md says how to.
    """

    instance_groups: dict[GroupName, InstanceGroup] = Field(min_length=1, description="Instance groups by name.")

    @property
    def gpus(self) -> dict[str, int]:
        """GPUs of each group whose instances have any."""
        types = gpus().types
        found = {
            name: types.get(group.instance_type.removeprefix("ml.")) for name, group in self.instance_groups.items()
        }
        return {name: self.instance_groups[name].count * kind.gpus for name, kind in found.items() if kind is not None}
