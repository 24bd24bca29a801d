"""What models are trained with: images, pipelines, and where asked for, a GPU cluster."""

from pathlib import Path

import pulumi

from components.images.repositories import Image, ImageRepositories, ImageRepositoriesArgs
from components.pipeline.model_pipelines import ModelPipelines, ModelPipelinesArgs
from components.pipeline.permissions import PipelinePermissions, PipelinePermissionsArgs
from components.pipeline.schedule import PipelineSchedule, PipelineScheduleArgs
from components.registry.group import group_name
from contracts.outputs import TrainingOutputs
from contracts.pipelines import Definition, Parameter
from contracts.workload import Workload
from stacks.cluster import gpu_cluster
from stacks.environment import Environment
from stacks.models import uris
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

DEFINITIONS = Path(__file__).resolve().parents[1] / "pipelines" / "definitions"


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> TrainingOutputs[Wire]:
    base = upstream.foundation
    images = ImageRepositories(
        "images", ImageRepositoriesArgs(placement=env.placement, key_arn=base.keys.models), opts=opts
    )
    images.grant_pull("jobs", base.role_names.jobs)
    images.grant_pull("models", base.role_names.models)
    PipelinePermissions(
        "pipeline-permissions",
        PipelinePermissionsArgs(
            placement=env.placement,
            jobs_role_name=base.role_names.jobs,
            jobs_role_arn=base.roles.jobs,
            scheduler_role_name=base.role_names.scheduler,
        ),
        opts=opts,
    )
    pipelines = {
        model: ModelPipelines(
            f"{model}-pipelines",
            ModelPipelinesArgs(
                placement=env.placement,
                model=model,
                definitions=DEFINITIONS,
                role_arn=base.roles.jobs,
                values=_values(env, settings, workload, upstream, images.urls),
            ),
            opts=opts,
        )
        for model, workload in workloads.items()
    }
    for model in workloads:
        _schedules(env, settings, model, pipelines[model], upstream, opts)
    cluster = settings.training.cluster
    gpu = None if cluster is None else gpu_cluster(env, settings, cluster, upstream, opts)

    def of(definition: Definition) -> dict[str, Wire]:
        return {model: its.names[definition] for model, its in pipelines.items()}

    return TrainingOutputs[Wire](
        repositories=images.urls,
        cluster_name={} if gpu is None else {"gpu": gpu.cluster_name},
        cluster_security_group={} if gpu is None else {"gpu": gpu.security_group},
        data_pipelines=of(Definition.DATA),
        training_pipelines=of(Definition.TRAINING),
        monitor_pipelines=of(Definition.MONITOR),
        training_pipeline_arns={model: its.arns[Definition.TRAINING] for model, its in pipelines.items()},
        monitor_pipeline_arns={model: its.arns[Definition.MONITOR] for model, its in pipelines.items()},
    )


def _values(
    env: Environment, settings: EstateSettings, workload: Workload, upstream: Upstream, repositories: dict[str, Wire]
) -> dict[Parameter, pulumi.Input[str]]:
    """What the definitions' parameters are for this model, here."""
    base, model = upstream.foundation, settings.models[workload.name]
    subnets = [base.private_subnet_ids[zone] for zone in sorted(base.private_subnet_ids)]
    lake = uris(upstream, workload.name)
    tag = f":{settings.training.image_tag}"
    return {
        Parameter.ENVIRONMENT: env.name,
        Parameter.WORKLOAD: workload.name,
        Parameter.ROLE_ARN: base.roles.jobs,
        Parameter.JOBS_IMAGE: pulumi.Output.concat(repositories[Image.JOBS], tag),
        Parameter.SERVING_IMAGE: pulumi.Output.concat(repositories[Image.SERVING], tag),
        Parameter.PROCESSING_INSTANCE_TYPE: settings.training.processing_instance_type,
        Parameter.TRAINING_INSTANCE_TYPE: workload.training.instance_type,
        Parameter.INFERENCE_INSTANCE_TYPE: model.endpoint.instance_type,
        Parameter.KMS_KEY_ARN: base.keys.models,
        Parameter.SECURITY_GROUP_ID: base.security_groups.jobs,
        Parameter.SUBNET_A: subnets[0],
        Parameter.SUBNET_B: subnets[1],
        Parameter.RAW_URI: lake["raw_uri"],
        Parameter.CURATED_URI: lake["curated_uri"],
        Parameter.QUARANTINE_URI: lake["quarantine_uri"],
        Parameter.FEATURES_URI: lake["features_uri"],
        Parameter.MODELS_URI: lake["models_uri"],
        Parameter.CAPTURE_URI: lake["capture_uri"],
        Parameter.MONITOR_URI: lake["monitor_uri"],
        Parameter.FEATURE_GROUP: upstream.data.feature_groups[workload.name],
        Parameter.PACKAGE_GROUP: group_name(env.placement, workload.name),
        Parameter.RELEASE: "none" if model.release is None else model.release.package_arn,
    }


def _schedules(
    env: Environment,
    settings: EstateSettings,
    model: str,
    pipelines: ModelPipelines,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    wanted = settings.models[model]
    starts = {
        "ingest": (Definition.DATA, wanted.ingest_schedule, {}),
        "retrain": (Definition.TRAINING, wanted.retrain_schedule, {Parameter.TRIGGER: "schedule"}),
    }
    for purpose, (definition, expression, parameters) in starts.items():
        if expression is not None:
            PipelineSchedule(
                f"{model}-{purpose}",
                PipelineScheduleArgs(
                    placement=env.placement,
                    purpose=f"{model}-{purpose}",
                    expression=expression,
                    pipeline_arn=pipelines.arns[definition],
                    role_arn=upstream.foundation.roles.scheduler,
                    parameters=parameters,
                ),
                opts=opts,
            )
