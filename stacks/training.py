"""What models are trained with: images, pipelines, and where asked for, Studio, MLflow and a GPU cluster."""

from pathlib import Path

import pulumi

from components.images.repositories import Image
from components.pipeline.definition import Capacity
from components.pipeline.model_pipelines import ModelPipelines, ModelPipelinesArgs
from components.pipeline.permissions import PipelinePermissions, PipelinePermissionsArgs
from components.pipeline.schedule import PipelineSchedule, PipelineScheduleArgs
from contracts.outputs import TrainingOutputs
from contracts.pipelines import Definition, Parameter
from contracts.workload import Workload
from stacks.cluster import gpu_cluster
from stacks.environment import Environment
from stacks.images import images
from stacks.models import uris
from stacks.registry import registered_in
from stacks.settings import EstateSettings
from stacks.settings.training import CapacitySettings
from stacks.studio import studio, tracking_server
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

DEFINITIONS = Path(__file__).resolve().parents[1] / "pipelines" / "definitions"


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> TrainingOutputs[Wire]:
    base = upstream.foundation
    made = images(env, settings, upstream, opts)
    tracking = settings.training.tracking
    tracking_arn = None if tracking is None else tracking_server(env, tracking, upstream, opts).arn
    PipelinePermissions(
        "pipeline-permissions",
        PipelinePermissionsArgs(
            placement=env.placement,
            jobs_role_name=base.role_names.jobs,
            jobs_role_arn=base.roles.jobs,
            scheduler_role_name=base.role_names.scheduler,
            central_groups=[registered_in(env, settings, model) for model in workloads if settings.registry.central],
        ),
        opts=opts,
    )
    pipelines = _pipelines(env, settings, workloads, upstream, made.urls, tracking_arn, opts)
    cluster = settings.training.cluster
    wanted_studio = settings.training.studio
    lab = None if wanted_studio is None else studio(env, settings, wanted_studio, tracking_arn, made, upstream, opts)
    gpu = None if cluster is None else gpu_cluster(env, settings, cluster, upstream, opts, made.urls)

    def of(definition: Definition) -> dict[str, Wire]:
        return {model: its.names[definition] for model, its in pipelines.items()}

    return TrainingOutputs[Wire](
        repositories=made.urls,
        cluster_name={} if gpu is None else {"gpu": gpu.cluster_name},
        hosts={} if gpu is None else gpu.hosts,
        cluster_security_group={} if gpu is None else {"gpu": gpu.security_group},
        node_groups={} if gpu is None else gpu.cluster.node_groups,
        filesystem={} if gpu is None else gpu.mounting,
        hyperpod={} if gpu is None or gpu.hyperpod is None else {"arn": gpu.hyperpod.arn},
        data_pipelines=of(Definition.DATA),
        training_pipelines=of(Definition.TRAINING),
        monitor_pipelines=of(Definition.MONITOR),
        training_pipeline_arns={model: its.arns[Definition.TRAINING] for model, its in pipelines.items()},
        monitor_pipeline_arns={model: its.arns[Definition.MONITOR] for model, its in pipelines.items()},
        tracking={} if tracking_arn is None else {"arn": tracking_arn},
        studio={} if lab is None else {"domain_id": lab.domain.domain_id},
        starters={**({} if lab is None else lab.roles), **({} if gpu is None else gpu.starters)},
    )


def _pipelines(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    repositories: dict[str, Wire],
    tracking_arn: Wire | None,
    opts: pulumi.ResourceOptions,
) -> dict[str, ModelPipelines]:
    """Pipelines and their schedules, by model."""
    pipelines = {
        model: ModelPipelines(
            f"{model}-pipelines",
            ModelPipelinesArgs(
                placement=env.placement,
                model=model,
                definitions=DEFINITIONS,
                role_arn=upstream.foundation.roles.jobs,
                values=_values(env, settings, workload, upstream, repositories, tracking_arn),
                capacity=_capacity(settings, model),
            ),
            opts=opts,
        )
        for model, workload in workloads.items()
    }
    for model in workloads:
        _schedules(env, settings, model, pipelines[model], upstream, opts)
    return pipelines


def _values(
    env: Environment,
    settings: EstateSettings,
    workload: Workload,
    upstream: Upstream,
    repositories: dict[str, Wire],
    tracking_arn: Wire | None,
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
        Parameter.PACKAGE_GROUP: registered_in(env, settings, workload.name),
        Parameter.TRACKING: "none" if tracking_arn is None else tracking_arn,
        Parameter.RELEASE: "none" if model.release is None else model.release.package_arn,
    }


def _capacity(settings: EstateSettings, model: str) -> Capacity:
    wanted = settings.training.capacity.get(model, CapacitySettings())
    return Capacity(
        spot=wanted.spot,
        spot_patience=wanted.spot_patience_seconds if wanted.spot else 0,
        keep_alive=wanted.keep_alive_seconds,
    )


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
