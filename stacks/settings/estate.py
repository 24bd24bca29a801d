"""Settings of one environment, whole."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings import data_agreement, kubernetes_agreement, learning, watching
from stacks.settings.base import Settings
from stacks.settings.data import DataSettings
from stacks.settings.foundation import FoundationSettings
from stacks.settings.governance import GovernanceSettings
from stacks.settings.models import ModelFlagSettings, ModelSettings
from stacks.settings.monitoring import MonitoringSettings
from stacks.settings.operations import OperationsSettings
from stacks.settings.registry import RegistrySettings
from stacks.settings.serving import ServingSettings
from stacks.settings.training import TrainingSettings

ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]


class Tier(StrEnum):
    """What an environment is for; decides protection and how policies are enforced."""

    SANDBOX = "sandbox"
    STAGING = "staging"
    PRODUCTION = "production"


class Layer(StrEnum):
    FOUNDATION = "foundation"
    DATA = "data"
    TRAINING = "training"
    REGISTRY = "registry"
    SERVING = "serving"
    MONITORING = "monitoring"
    OPERATIONS = "operations"
    GOVERNANCE = "governance"


class AwsSettings(Settings):
    account_id: str = Field(pattern=r"^\d{12}$", description="The only account that this environment may touch.")
    region: str = Field(default="us-east-1", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$", description="Region of everything.")
    assume_role_arn: str | None = Field(default=None, description="Role to assume first; none by default.")


class OwnershipSettings(Settings):
    """Who answers for the environment; becomes the required tags."""

    owner: str = Field(min_length=1, max_length=128, description="Team that answers for it.")
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", description="Where alarms and budget notices go.")
    cost_center: str = Field(min_length=1, max_length=64, description="Who pays.")
    data_classification: Literal["public", "internal", "confidential", "restricted"] = Field(
        default="confidential", description="Highest class of data that it may hold."
    )


class EstateSettings(Settings):
    """All settings of one environment."""

    environment: str = Field(pattern=r"^[a-z][a-z0-9]{1,15}$", description="Name; by default that of the stack.")
    prefix: str = Field(default="mlops", pattern=r"^[a-z][a-z0-9]{1,7}$", description="Start of every physical name.")
    tier: Tier = Field(default=Tier.SANDBOX, description="What it is for; all but a sandbox keep their data.")
    layers: tuple[Layer, ...] = Field(default=tuple(Layer), min_length=1, description="Layers that this stack holds.")
    aws: AwsSettings = Field(description="Account and region.")
    ownership: OwnershipSettings = Field(description="Who answers for it.")
    foundation: FoundationSettings = Field(description="Network, keys, roles, audit trail.")
    data: DataSettings = Field(default=DataSettings(), description="Lake, catalog, feature store.")
    training: TrainingSettings = Field(default=TrainingSettings(), description="Cluster, images, pipelines.")
    registry: RegistrySettings = Field(default=RegistrySettings(), description="Model packages.")
    serving: ServingSettings = Field(default=ServingSettings(), description="The API in front of the models.")
    monitoring: MonitoringSettings = Field(default=MonitoringSettings(), description="Logs, alarms, dashboards.")
    operations: OperationsSettings = Field(default=OperationsSettings(), description="What alarms set in motion.")
    governance: GovernanceSettings = Field(default=GovernanceSettings(), description="Budget and compliance.")
    models: dict[ModelName, ModelSettings] = Field(min_length=1, description="Models by the name of their workload.")

    @model_validator(mode="after")
    def _watching_fits_the_rest(self) -> Self:
        watching.check(self)
        return self

    @model_validator(mode="after")
    def _names_are_told_apart(self) -> Self:
        for model, wanted in self.models.items():
            for name in wanted.more_endpoints:
                if f"{model}-{name}" in self.models:
                    raise ValueError(f"models.{model}.more_endpoints.{name} has the name of the model {model}-{name}")
        doors = {"api": self.serving.api, "rest": self.serving.rest, "socket": self.serving.socket}
        for name, door in doors.items():
            if door is not None and name in self.models:
                raise ValueError(f"models.{name} has the name of serving.{name}; name the model otherwise")
        return self

    @model_validator(mode="after")
    def _doors_know_the_models(self) -> Self:
        cache = self.serving.rest.cache if self.serving.rest is not None else None
        for model in sorted(set(cache.models) - set(self.models)) if cache is not None else ():
            raise ValueError(f"serving.rest.cache.models.{model} is no model; models: {', '.join(sorted(self.models))}")
        for model, wanted in sorted(self.models.items()):
            if self.serving.flags is None and wanted.flags != ModelFlagSettings():
                raise ValueError(f"models.{model}.flags are read from serving.flags, which is not set")
        return self

    @model_validator(mode="after")
    def _gpus_are_offered(self) -> Self:
        cluster, hyperpod = self.training.cluster, self.training.hyperpod
        if hyperpod is not None and cluster is None:
            raise ValueError("training.hyperpod needs training.cluster, which schedules its jobs")
        for name, group in hyperpod.instance_groups.items() if hyperpod is not None else ():
            if group.zone not in (None, *self.foundation.network.letters):
                zones = ", ".join(self.foundation.network.letters)
                raise ValueError(
                    f"training.hyperpod.instance_groups.{name}: zone {group.zone} is none of the network's, {zones}"
                )
        fault = cluster.fault(self.aws.region, self.foundation.network.letters) if cluster is not None else None
        if fault is not None:
            raise ValueError(f"training.cluster.{fault}")
        return self

    @model_validator(mode="after")
    def _cluster_takes_its_workloads(self) -> Self:
        kubernetes_agreement.check(self)
        return self

    @model_validator(mode="after")
    def _data_agrees_with_the_rest(self) -> Self:
        data_agreement.check(self)
        return self

    @model_validator(mode="after")
    def _certificate_is_of_the_region(self) -> Self:
        domain = self.serving.api.domain if self.serving.api is not None else None
        if domain is not None and domain.certificate_arn.split(":")[3] != self.aws.region:
            raise ValueError(
                f"serving.api.domain.certificate_arn {domain.certificate_arn} is of another region than aws.region "
                f"{self.aws.region}"
            )
        return self

    @model_validator(mode="after")
    def _learning_fits_the_rest(self) -> Self:
        learning.check(self)
        return self
