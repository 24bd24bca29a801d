"""What watches: topics, alarms on data, the monitors' schedules and a dashboard.

A log group belongs to the component whose service writes it. Those that all environments of an account share, such as
`/aws/sagemaker/TrainingJobs`, belong to none of them.
"""

import pulumi

from components.monitoring.alarm_topics import AlarmTopics, AlarmTopicsArgs
from components.monitoring.dashboard import Dashboard, DashboardArgs
from components.monitoring.model_monitor import ModelMonitor, ModelMonitorArgs
from components.signals import Signal, alarm_name
from contracts.outputs import MonitoringOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> MonitoringOutputs[Wire]:
    topics = AlarmTopics(
        "alarms",
        AlarmTopicsArgs(placement=env.placement, key_arn=upstream.foundation.keys.logs, email=env.email),
        opts=opts,
    )
    monitors = {model: _monitor(env, settings, model, upstream, opts) for model in workloads}
    dashboard = Dashboard(
        "overview",
        DashboardArgs(
            placement=env.placement,
            environment=env.name,
            models=list(workloads),
            endpoints=upstream.serving.endpoints,
            pipelines=_pipelines(upstream),
            alarm_arns=[
                *(arn for its in monitors.values() for arn in its.alarm_arns),
                *(
                    env.placement.arn("cloudwatch", f"alarm:{alarm_name(env.placement, signal, model)}")
                    for model in upstream.serving.endpoints
                    for signal in (Signal.ERRORS, Signal.LATENCY)
                ),
            ],
        ),
        opts=opts,
    )
    return MonitoringOutputs[Wire](
        topics={severity.value: arn for severity, arn in topics.arns.items()},
        drift_alarms={model: its.drift_alarm for model, its in monitors.items()},
        dashboard=dashboard.dashboard,
    )


def _monitor(
    env: Environment, settings: EstateSettings, model: str, upstream: Upstream, opts: pulumi.ResourceOptions
) -> ModelMonitor:
    wanted = settings.models[model]
    return ModelMonitor(
        f"{model}-monitor",
        ModelMonitorArgs(
            placement=env.placement,
            environment=env.name,
            model=model,
            drift_threshold=wanted.drift_threshold,
            # Without a release nothing is captured, and there is nothing to check.
            schedule=None if wanted.release is None else settings.monitoring.monitor_schedule,
            pipeline_arn=upstream.training.monitor_pipeline_arns[model],
            role_arn=upstream.foundation.roles.scheduler,
        ),
        opts=opts,
    )


def _pipelines(upstream: Upstream) -> dict[str, Wire]:
    training = upstream.training
    kinds = {"data": training.data_pipelines, "training": training.training_pipelines}
    kinds["monitor"] = training.monitor_pipelines
    return {f"{model}-{kind}": name for kind, names in kinds.items() for model, name in names.items()}
