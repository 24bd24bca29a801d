"""A model that answers: one release behind one endpoint."""

import hashlib
import json
from collections.abc import Mapping
from typing import Self

import pulumi
from pulumi_aws import appautoscaling, cloudwatch, sagemaker
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.endpoint.alarms import VARIANT, EndpointAlarms, EndpointAlarmsArgs
from components.endpoint.rollout import Rollout
from components.signals import Signal


class ModelEndpointArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    endpoint_name: str = Field(description="The endpoint's name, which stays the same from release to release.")
    version: int = Field(ge=1, description="Version of the release in its package group.")
    package_arn: str = Field(description="The approved model package, with image, artifact and environment.")
    role_arn: pulumi.Input[str] = Field(description="Role of the model, already permitted to read its artifact.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets, by zone letter.")
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of the instances' volumes.")
    capture_uri: pulumi.Input[str] = Field(description="`s3://` prefix of captured requests and answers.")
    capture_key_arn: pulumi.Input[str] = Field(description="KMS key of captured requests and answers.")
    capture_percent: int = Field(default=100, ge=1, le=100, description="Share of requests that is captured.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the container's log.")
    log_retention_days: int = Field(ge=1, description="Days that the container's log stays.")
    instance_type: str = Field(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$", description="Such as `ml.m5.large`.")
    minimum: int = Field(default=1, ge=1, description="Instances that always run.")
    maximum: int = Field(default=2, ge=1, description="Instances that autoscaling may start.")
    invocations_per_instance: int = Field(default=1000, ge=1, description="Load at which it starts one, a minute.")
    latency_ms: int = Field(default=500, ge=1, description="p99 latency above which a rollout is rolled back.")
    rollout: Rollout = Rollout()

    @model_validator(mode="after")
    def _instances_suffice(self) -> Self:
        if self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        if self.minimum < self.rollout.least_instances:
            raise ValueError(
                f"minimum {self.minimum} is too few for a {self.rollout.strategy} rollout, which needs "
                f"{self.rollout.least_instances} instances"
            )
        return self


class ModelEndpoint(Component):
    """Model, endpoint configuration, endpoint with guardrails, alarms, autoscaling and log.

    A new release makes a new model and configuration, moves the endpoint over, and then removes the old ones. They are
    resources of their own, named after the version: a release that is rolled back leaves the old ones untouched, and
    pinning the old version again finds them. How many instances run is autoscaling's alone: the endpoint's own inputs
    do not name it.
    """

    endpoint: pulumi.Output[str]
    alarms: dict[Signal, pulumi.Output[str]]

    def __init__(self, name: str, args: ModelEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:ModelEndpoint", name, args.placement, opts)
        self.alarms = EndpointAlarms(
            f"{name}-alarms",
            EndpointAlarmsArgs(
                placement=args.placement,
                model=args.model,
                endpoint_name=args.endpoint_name,
                latency_ms=args.latency_ms,
            ),
            self.child(),
        ).names
        # SageMaker would make the log itself, in clear and for ever.
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/sagemaker/Endpoints/{args.endpoint_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        configuration = self._configuration(args, self._model(args))
        endpoint = sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.endpoint_name,
            endpoint_config_name=configuration.name,
            deployment_config=args.rollout.deployment_config(list(self.alarms.values())),
            opts=self.child(depends_on=[log]),
        )
        self._autoscaling(args, endpoint)
        self.endpoint = endpoint.name
        self.register_outputs({"endpoint": self.endpoint, "alarms": self.alarms})

    def _model(self, args: ModelEndpointArgs) -> sagemaker.Model:
        return sagemaker.Model(
            f"{self.name}-model-v{args.version}",
            name=args.placement.named(args.model, f"v{args.version}"),
            execution_role_arn=args.role_arn,
            primary_container={"model_package_name": args.package_arn},
            enable_network_isolation=True,  # a model answers; it calls nobody
            vpc_config={"subnets": list(args.subnet_ids.values()), "security_group_ids": [args.security_group_id]},
            opts=self.child(),
        )

    def _configuration(self, args: ModelEndpointArgs, model: sagemaker.Model) -> sagemaker.EndpointConfiguration:
        digest = _digest(args)
        return sagemaker.EndpointConfiguration(
            f"{self.name}-configuration-v{args.version}-{digest}",
            name=args.placement.named(args.model, f"v{args.version}", digest),
            kms_key_arn=args.key_arn,
            production_variants=[
                {
                    "variant_name": VARIANT,
                    "model_name": model.name,
                    "instance_type": args.instance_type,
                    "initial_instance_count": args.minimum,
                    "initial_variant_weight": 1,
                }
            ],
            data_capture_config={
                "enable_capture": True,
                "initial_sampling_percentage": args.capture_percent,
                "destination_s3_uri": args.capture_uri,
                "kms_key_id": args.capture_key_arn,
                "capture_options": [{"capture_mode": "Input"}, {"capture_mode": "Output"}],
                "capture_content_type_header": {
                    "csv_content_types": ["text/csv"],
                    "json_content_types": ["application/json"],
                },
            },
            opts=self.child(),
        )

    def _autoscaling(self, args: ModelEndpointArgs, endpoint: sagemaker.Endpoint) -> None:
        target = appautoscaling.Target(
            f"{self.name}-capacity",
            service_namespace="sagemaker",
            scalable_dimension="sagemaker:variant:DesiredInstanceCount",
            resource_id=pulumi.Output.concat("endpoint/", endpoint.name, f"/variant/{VARIANT}"),
            min_capacity=args.minimum,
            max_capacity=args.maximum,
            opts=self.child(),
        )
        appautoscaling.Policy(
            f"{self.name}-scaling",
            name=args.placement.named(args.model, "invocations"),
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "target_value": args.invocations_per_instance,
                "predefined_metric_specification": {"predefined_metric_type": "SageMakerVariantInvocationsPerInstance"},
                "scale_in_cooldown": 300,
                "scale_out_cooldown": 60,
            },
            opts=self.child(),
        )


def _digest(args: ModelEndpointArgs) -> str:
    """Tells two configurations of one release apart: the new one must exist before the endpoint leaves the old one."""
    parts = [args.instance_type, args.minimum, args.capture_percent]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]
