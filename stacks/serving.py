"""What answers: an endpoint for every model that has a release."""

import pulumi

from components.endpoint.model_endpoint import ModelEndpoint, ModelEndpointArgs
from components.endpoint.rollout import Rollout, Strategy
from contracts.outputs import ServingOutputs
from stacks.environment import Environment
from stacks.models import endpoint_name, uris
from stacks.settings import EndpointSettings, EstateSettings, Release
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> ServingOutputs[Wire]:
    released = {model: release for model in workloads if (release := settings.models[model].release) is not None}
    endpoints = {model: _endpoint(env, settings, model, release, upstream, opts) for model, release in released.items()}
    return ServingOutputs[Wire](
        endpoints={model: its.endpoint for model, its in endpoints.items()},
        alarms={f"{model}/{signal}": alarm for model, its in endpoints.items() for signal, alarm in its.alarms.items()},
    )


def _endpoint(
    env: Environment,
    settings: EstateSettings,
    model: str,
    release: Release,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> ModelEndpoint:
    base, wanted = upstream.foundation, settings.models[model].endpoint
    return ModelEndpoint(
        f"{model}-endpoint",
        ModelEndpointArgs(
            placement=env.placement,
            model=model,
            endpoint_name=endpoint_name(env, model),
            version=release.version,
            package_arn=release.package_arn,
            role_arn=base.roles.models,
            subnet_ids=base.private_subnet_ids,
            security_group_id=base.security_groups.models,
            key_arn=base.keys.models,
            capture_uri=uris(upstream, model)["capture_uri"],
            capture_key_arn=base.keys.data,
            capture_percent=wanted.capture_percent,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
            instance_type=wanted.instance_type,
            minimum=wanted.autoscaling.minimum,
            maximum=wanted.autoscaling.maximum,
            invocations_per_instance=wanted.autoscaling.invocations_per_instance,
            latency_ms=wanted.latency_ms,
            rollout=_rollout(wanted),
        ),
        opts=opts,
    )


def _rollout(wanted: EndpointSettings) -> Rollout:
    return Rollout(
        strategy=Strategy(wanted.rollout.strategy),
        step_percent=wanted.rollout.step_percent,
        bake_seconds=wanted.rollout.bake_seconds,
    )
