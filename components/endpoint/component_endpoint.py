"""An inference component behind an endpoint of its own: copies of a model that come and go, instances with them."""

import hashlib
import json

import pulumi
from pulumi_aws import cloudcontrol, cloudwatch, sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.declared import cloud_control
from components.endpoint import modes, scaling
from components.endpoint.alarms import EndpointAlarms, EndpointAlarmsArgs
from components.endpoint.model import Runtime, content_name, released_model
from components.endpoint.variants import Served
from components.signals import Signal
from contracts.instances import takes_key
from contracts.variants import CHAMPION


class ComponentEndpointArgs(Args):
    placement: Placement
    model: str = Field(description="What is served: the model's name with the endpoint's.")
    endpoint_name: str = Field(description="Name of the endpoint, and of the component on it.")
    serving: modes.Component = Field(description="How it is served.")
    release: Served = Field(description="The release that it serves.")
    runtime: Runtime = Field(description="Network and role of the containers.")
    key_arn: pulumi.Input[str] = Field(
        description="KMS key of the instances' volumes; disks that encrypt themselves have none."
    )
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the containers' log.")
    log_retention_days: int = Field(ge=1, description="Days that the containers' log stays.")


class ComponentEndpoint(Component):
    """Endpoint without a model of its own, the component with its alarms, and autoscaling from none and to none.

    SageMaker hosts such models in the endpoint's network and isolation, which pulumi-aws cannot state: configuration
    and component go through Cloud Control. How many copies and instances run is autoscaling's alone: the count that
    the component starts with is always one, so that no later change of settings sets it back.
    """

    endpoint: pulumi.Output[str]
    component: pulumi.Output[str]
    alarms: dict[Signal, pulumi.Output[str]]

    def __init__(self, name: str, args: ComponentEndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:ComponentEndpoint", name, args.placement, opts)
        alarms = self._alarms(args)
        self.alarms = alarms.names
        logs = [self._log(args, kind, of) for kind, of in (("", "Endpoints"), ("-component", "InferenceComponents"))]
        endpoint = sagemaker.Endpoint(
            f"{name}-endpoint",
            name=args.endpoint_name,
            endpoint_config_name=self._configuration(args),
            opts=self.child(depends_on=logs),
        )
        made = self._component(args, endpoint.name, alarms)
        # Whoever is told its name waits for it.
        self.component = made.id.apply(lambda _: args.endpoint_name)
        scaling.by_copies(self, args.model, self.component, args.serving.copies)
        self.endpoint = endpoint.name
        self.register_outputs({"endpoint": self.endpoint, "component": self.component, "alarms": self.alarms})

    def _log(self, args: ComponentEndpointArgs, role: str, kind: str) -> cloudwatch.LogGroup:
        # SageMaker would make the log itself, in clear and for ever.
        return cloudwatch.LogGroup(
            f"{self.name}{role}-log",
            name=f"/aws/sagemaker/{kind}/{args.endpoint_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )

    def _alarms(self, args: ComponentEndpointArgs) -> EndpointAlarms:
        return EndpointAlarms(
            f"{self.name}-alarms",
            EndpointAlarmsArgs(
                placement=args.placement,
                model=args.model,
                endpoint_name=args.endpoint_name,
                component=args.endpoint_name,
                error_percent=args.serving.error_percent,
                latency_ms=args.serving.latency_ms,
            ),
            self.child(),
        )

    def _configuration(self, args: ComponentEndpointArgs) -> pulumi.Output[str]:
        """Its name, which ends in a digest, as nothing of it can change: the new one is there before."""
        serving, runtime = args.serving, args.runtime
        plain = {"type": serving.instance_type, "instances": serving.instances.model_dump()}
        key = args.key_arn if takes_key(serving.instance_type) else None
        subnets = list(runtime.subnet_ids.values())
        content = {
            **plain,
            "role": runtime.role_arn,
            "key": key,
            "subnets": subnets,
            "group": runtime.security_group_id,
        }
        digest = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()[:8]
        name = content_name(args.placement, args.model, "instances", content=content)
        made = cloud_control(
            f"{self.name}-configuration-{digest}",
            "AWS::SageMaker::EndpointConfig",
            {
                "EndpointConfigName": name,
                "ExecutionRoleArn": runtime.role_arn,
                "KmsKeyId": key,
                "EnableNetworkIsolation": True,
                "VpcConfig": {"Subnets": subnets, "SecurityGroupIds": [runtime.security_group_id]},
                "ProductionVariants": [
                    {
                        "VariantName": CHAMPION,
                        "InstanceType": serving.instance_type,
                        "InitialInstanceCount": max(1, serving.instances.minimum),
                        "InitialVariantWeight": 1,
                        "ManagedInstanceScaling": {
                            "Status": "ENABLED",
                            "MinInstanceCount": serving.instances.minimum,
                            "MaxInstanceCount": serving.instances.maximum,
                        },
                        # A copy that just started, and is slow yet, gets less than the others.
                        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                    }
                ],
            },
            self.child(),
        )
        return pulumi.Output.all(name, made.id).apply(lambda known: known[0])

    def _component(
        self, args: ComponentEndpointArgs, endpoint: pulumi.Output[str], alarms: EndpointAlarms
    ) -> cloudcontrol.Resource:
        serving = args.serving
        model = released_model(self, args.model, args.release, args.runtime, isolated=False)
        return cloud_control(
            f"{self.name}-component",
            "AWS::SageMaker::InferenceComponent",
            {
                "InferenceComponentName": args.endpoint_name,
                "EndpointName": endpoint,
                "VariantName": CHAMPION,
                "Specification": {
                    "ModelName": model.name,
                    "ComputeResourceRequirements": {
                        "NumberOfCpuCoresRequired": serving.cpus,
                        "MinMemoryRequiredInMb": serving.memory_mb,
                        "NumberOfAcceleratorDevicesRequired": serving.accelerators,
                    },
                },
                "RuntimeConfig": {"CopyCount": 1},
                "DeploymentConfig": {
                    "RollingUpdatePolicy": _rolling(serving),
                    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm} for alarm in alarms.rollback]},
                },
            },
            self.child(),
        )


def _rolling(serving: modes.Component) -> dict[str, pulumi.Input[str | int | float | bool] | dict[str, str | int]]:
    rollout = serving.rollout
    back = rollout.rollback_percent
    return {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": rollout.step_percent},
        "WaitIntervalInSeconds": rollout.bake_seconds,
        "MaximumExecutionTimeoutInSeconds": rollout.seconds,
        **({} if back is None else {"RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": back}}),
    }
