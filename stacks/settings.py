"""Settings of an environment: frozen models, and the only reader of Pulumi's configuration."""

import json
from collections.abc import Mapping
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import AfterValidator, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from contracts.instances import job_instance
from stacks.messages import line
from stacks.network_settings import NetworkSettings
from stacks.settings_base import Settings

PROJECT = "mlops-estate"

InstanceType = Annotated[str, Field(pattern=r"^[a-z0-9-]+\.[a-z0-9]+$")]
MlInstanceType = Annotated[str, Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]
ModelName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=32)]
Schedule = Annotated[str, Field(pattern=r"^(rate|cron|at)\(.+\)$", description="EventBridge Scheduler expression.")]


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


class ExistingKeys(Settings):
    """Keys that the team already has, by domain."""

    data: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Lake, feature store, catalog.")
    models: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Artifacts, images, volumes.")
    logs: str = Field(pattern=r"^arn:[\w-]+:kms:", description="Logs, audit trail, topics, queues.")


class GithubSettings(Settings):
    """The repository whose workflows may deploy, through GitHub's OIDC tokens."""

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="`owner/name`.")
    environment: str | None = Field(
        default=None, description="GitHub environment that a token must come from; by default this environment's name."
    )
    existing_provider_arn: str | None = Field(
        default=None, description="The account's OIDC provider; one is created by default (an account has one at most)."
    )


class FoundationSettings(Settings):
    network: NetworkSettings = Field(description="Where everything runs.")
    existing_keys: ExistingKeys | None = Field(default=None, description="Use these keys; by default they are created.")
    existing_permission_boundary_arn: str | None = Field(
        default=None, pattern=r"^arn:[\w-]+:iam::", description="Use this boundary; by default one is created."
    )
    github: GithubSettings | None = Field(default=None, description="Role for CI; without it, there is none.")
    audit_retention_days: int = Field(default=365, ge=1, description="How long the audit trail cannot be deleted.")


class DataSettings(Settings):
    noncurrent_days: int | None = Field(
        default=None, ge=1, description="Days that replaced objects stay; by default the zone decides."
    )
    query_scan_limit_gb: int = Field(default=10, ge=1, description="What one Athena query may scan.")


class NodeGroupSettings(Settings):
    instance_type: InstanceType = Field(default="g5.xlarge", description="EC2 instance type with GPUs.")
    minimum: int = Field(default=0, ge=0, description="Nodes that are always there; later raised to what runs.")
    maximum: int = Field(default=1, ge=1, description="Nodes at most.")
    capacity: Literal["on-demand", "spot"] = Field(default="on-demand", description="How instances are bought.")
    disk_gb: int = Field(default=100, ge=50, description="Root volume of a node, in GiB.")

    @model_validator(mode="after")
    def _bounds_are_ordered(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        return self


class ClusterSettings(Settings):
    kubernetes_version: str = Field(default="1.34", pattern=r"^1\.\d{2}$", description="Minor version of EKS.")
    node_groups: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,20}$")], NodeGroupSettings] = Field(
        default={"gpu": NodeGroupSettings()}, min_length=1, description="GPU node groups by name."
    )
    system_instance_type: InstanceType = Field(
        default="t3.large", description="Instance type of the nodes that run the cluster's own pods."
    )
    gpu_quota: int = Field(default=8, ge=0, description="GPUs that all jobs on the cluster may hold at once.")
    device_plugin_image: str = Field(
        default="nvcr.io/nvidia/k8s-device-plugin:v0.17.4",
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="NVIDIA's device plugin; in a network without NAT, a copy in a registry that it reaches.",
    )
    public_access_cidrs: tuple[IPv4Network, ...] = Field(
        default=(),
        description="Who may reach the cluster's API from outside the VPC; nobody by default, so deploy from inside.",
    )


class TrainingSettings(Settings):
    cluster: ClusterSettings | None = Field(default=None, description="GPU cluster on EKS; without it, there is none.")
    image_tag: str = Field(
        default="0.1.0",
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$",
        description="Tag of the images `jobs` and `serving` that pipelines use; a tag cannot be moved.",
    )
    processing_instance_type: Annotated[MlInstanceType, AfterValidator(job_instance)] = Field(
        default="ml.m5.xlarge", description="Instance type of all jobs but training, without local storage."
    )


class RegistrySettings(Settings):
    notify_approvals: bool = Field(default=True, description="Tell the owner when a package's status changes.")


class ServingSettings(Settings):
    pass


class MonitoringSettings(Settings):
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 3653] = (
        Field(default=30, description="Days that logs stay; the values that CloudWatch Logs knows.")
    )
    monitor_schedule: Schedule = Field(default="rate(1 hour)", description="How often captured traffic is checked.")


class OperationsSettings(Settings):
    retrain_on_drift: bool = Field(default=True, description="Start the training pipeline when a drift alarm goes off.")


class GovernanceSettings(Settings):
    monthly_budget_usd: int = Field(default=500, ge=1, description="Spend a month at which the owner is told.")
    config_recorder: bool = Field(
        default=True, description="Record configuration changes; an account and region has one recorder at most."
    )


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


class ModelSettings(Settings):
    release: Release | None = Field(default=None, description="Version that is served; without it, no endpoint.")
    endpoint: EndpointSettings = Field(default=EndpointSettings(), description="What serves it.")
    ingest_schedule: Schedule | None = Field(
        default=None, description="Validate and featurize landed rows regularly; only when started by default."
    )
    retrain_schedule: Schedule | None = Field(default=None, description="Retrain regularly; only on drift by default.")
    drift_threshold: int = Field(default=1, ge=1, description="Drifted features a run at which the alarm goes off.")


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
    serving: ServingSettings = Field(default=ServingSettings(), description="Endpoints; each model has its own.")
    monitoring: MonitoringSettings = Field(default=MonitoringSettings(), description="Logs, alarms, dashboards.")
    operations: OperationsSettings = Field(default=OperationsSettings(), description="What alarms set in motion.")
    governance: GovernanceSettings = Field(default=GovernanceSettings(), description="Budget and compliance.")
    models: dict[ModelName, ModelSettings] = Field(min_length=1, description="Models by the name of their workload.")


class SettingsError(Exception):
    """A setting is wrong. The message has one line for each: key, what is wrong, the value given."""


def parse(values: Mapping[str, object]) -> EstateSettings:
    """Checks the values that stand under this project's namespace."""
    try:
        return EstateSettings.model_validate(values)
    except ValidationError as error:
        raise SettingsError("\n".join(line(PROJECT, EstateSettings, each) for each in error.errors())) from None


def load(stack: str, root: Path) -> EstateSettings:
    """Settings of the running stack, from Pulumi's configuration.

    A stack that holds only some layers names its `environment`; what it leaves out comes from that environment's own
    file, `Pulumi.<environment>.yaml` under `root`. Raises SettingsError.
    """
    # pulumi.Config cannot list its keys, and an unknown one must be refused.
    everything = {**get_config_env(), **CONFIG.get()}
    own = {key.partition(":")[2]: _value(text) for key, text in everything.items() if key.startswith(f"{PROJECT}:")}
    environment = str(own.get("environment", stack))
    shared = {} if environment == stack else read_stack_file(root / f"Pulumi.{environment}.yaml")
    return parse({**shared, **own, "environment": environment})


def _value(text: object) -> object:
    """Pulumi hands objects and lists over as JSON, scalars as text."""
    return json.loads(text) if isinstance(text, str) and text[:1] in ("{", "[") else text


def read_stack_file(path: Path) -> dict[str, Any]:
    """The values of a `Pulumi.<stack>.yaml` under this project's namespace, by key.

    Raises SettingsError where the file is missing, is no YAML, or has a key twice.
    """
    if not path.is_file():
        known = ", ".join(sorted(p.name.split(".")[1] for p in path.parent.glob("Pulumi.*.yaml")))
        raise SettingsError(f"{path.name}: no such environment; there are: {known}")
    try:
        document = YAML(typ="safe", pure=True).load(path) or {}
    except MarkedYAMLError as error:
        number = error.problem_mark.line + 1 if error.problem_mark else 0
        raise SettingsError(f"{path.name}:{number}: {error.problem}") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(f"{path.name}: needs a mapping `config`")
    return {key.partition(":")[2]: value for key, value in config.items() if str(key).startswith(f"{PROJECT}:")}
