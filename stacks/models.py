"""What is published of one model, gathered from the layers that hold its parts."""

import pulumi

from components.names import Limit
from contracts.outputs import Buckets, ModelOutputs
from stacks.environment import Environment
from stacks.upstream import Upstream, Wire

SERVED = "served"  # prefix of the archives of released versions, for multi-model endpoints


def endpoint_name(env: Environment, model: str, name: str = "") -> str:
    """The name of a model's endpoint, or of its other endpoint `name`; known before there is a first release."""
    return env.named(model, name)


def endpoint_arn(env: Environment, model: str) -> str:
    """ARN of a model's own endpoint; SageMaker writes names in small letters there."""
    return env.placement.arn("sagemaker", f"endpoint/{endpoint_name(env, model).lower()}")


def transform_name(env: Environment, model: str, name: str) -> str:
    """Name of the schedule that starts a model's transform jobs."""
    return env.named(model, name, "transform", limit=Limit.LAMBDA)  # 64, as for functions


def uris(upstream: Upstream, model: str) -> dict[str, Wire]:
    """Where a model's data lies in the lake."""
    return uris_in(upstream.data.buckets, model)


def uris_in(buckets: Buckets[Wire], model: str) -> dict[str, Wire]:
    """Where a model's data lies in these buckets."""
    return {
        "raw_uri": pulumi.Output.concat("s3://", buckets.raw, f"/{model}/rows"),
        "capture_uri": pulumi.Output.concat("s3://", buckets.raw, f"/{model}/capture"),
        "curated_uri": pulumi.Output.concat("s3://", buckets.curated, f"/{model}/rows"),
        "quarantine_uri": pulumi.Output.concat("s3://", buckets.curated, f"/{model}/quarantine"),
        "monitor_uri": pulumi.Output.concat("s3://", buckets.curated, f"/{model}/monitor"),
        "features_uri": pulumi.Output.concat("s3://", buckets.features, f"/{model}"),
        "models_uri": pulumi.Output.concat("s3://", buckets.models, f"/{model}"),
    }


def model_outputs(env: Environment, model: str, upstream: Upstream) -> ModelOutputs[Wire]:
    training = upstream.training
    return ModelOutputs[Wire](
        package_group=upstream.registry.package_groups[model],
        data_pipeline=training.data_pipelines[model],
        training_pipeline=training.training_pipelines[model],
        monitor_pipeline=training.monitor_pipelines[model],
        feature_group=upstream.data.feature_groups[model],
        drift_alarm=upstream.monitoring.drift_alarms[model],
        endpoint=pulumi.Output.from_input(endpoint_name(env, model)),
        **uris(upstream, model),
    )
