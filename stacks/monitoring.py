"""What watches: topics, alarms on data, the monitors' schedules and a dashboard.

A log group belongs to the component whose service writes it. Those that all environments of an account share, such as
`/aws/sagemaker/TrainingJobs`, belong to none of them.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.endpoint.modes import RealTime
from components.monitoring.alarm_topics import AlarmTopics, AlarmTopicsArgs
from components.monitoring.dashboard import Dashboard, DashboardArgs
from components.monitoring.model_alarms import ModelAlarms, ModelAlarmsArgs
from components.monitoring.model_logs import ModelLogs, ModelLogsArgs
from components.monitoring.model_monitor import ModelMonitor, ModelMonitorArgs
from components.monitoring.model_signals import ModelSignal, Watched, model_signals
from components.signals import Signal, alarm_name
from contracts.outputs import MonitoringOutputs
from contracts.variants import CHALLENGER, CHAMPION
from contracts.workload import Workload
from stacks import observing, synthetics
from stacks.environment import Environment
from stacks.models import endpoint_name
from stacks.settings import EstateSettings, ModelSettings
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
    watched = {model: _watched(env, settings, workloads[model], upstream) for model in workloads}
    signals = {model: model_signals(its) for model, its in watched.items()}
    monitors = {model: _monitor(env, settings, model, signals[model], upstream, opts) for model in workloads}
    alarms = {
        model: _alarms(env, settings, its, signals[model], upstream, opts)
        for model, its in watched.items()
        if its.endpoint is not None
    }
    dashboard = Dashboard(
        "overview",
        DashboardArgs(
            placement=env.placement,
            models=signals,
            pipelines=_pipelines(upstream),
            alarm_arns=[
                *(arn for its in alarms.values() for arn in its.alarm_arns),
                *(env.placement.arn("cloudwatch", f"alarm:{name}") for name in _rollback_alarms(env, upstream)),
                *(arn for its in monitors.values() for arn in its.alarm_arns),
            ],
        ),
        opts=opts,
    )
    for model, endpoint in upstream.serving.endpoints.items():
        ModelLogs(f"{model}-logs", ModelLogsArgs(placement=env.placement, model=model, endpoint=endpoint), opts)
    metrics = observing.prometheus(env, settings, watched, upstream, opts)
    observing.tracing(env, settings, upstream, opts)
    observing.log_watches(env, settings, upstream, opts)
    synthetics.canaries(env, settings, workloads, upstream, opts)
    synthetics.real_users(env, settings, upstream, opts)
    return MonitoringOutputs[Wire](
        topics={severity.value: arn for severity, arn in topics.arns.items()},
        drift_alarms={model: its.drift_alarm for model, its in monitors.items()},
        dashboard=dashboard.dashboard,
        grafana=_grafana(env, settings, signals, metrics, upstream, opts),
        prometheus=metrics,
    )


def _grafana(
    env: Environment,
    settings: EstateSettings,
    signals: Mapping[str, Sequence[ModelSignal]],
    metrics: Mapping[str, Wire],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """Where the dashboard's file lies, and where AWS's own Grafana is."""
    found = {}
    if settings.monitoring.grafana:
        # Imported where it is asked for: the dashboard's builder is on nobody else's way.
        from components.monitoring.grafana_files import GrafanaFiles, GrafanaFilesArgs

        args = GrafanaFilesArgs(
            placement=env.placement, environment=env.name, bucket=upstream.data.buckets.curated, models=signals
        )
        found["models"] = GrafanaFiles("grafana", args, opts).uri
    url = observing.grafana(env, settings, metrics, upstream, opts)
    return found if url is None else {**found, "url": url}


def _watched(env: Environment, settings: EstateSettings, workload: Workload, upstream: Upstream) -> Watched:
    wanted = settings.models[workload.name]
    return Watched(
        prefix=env.prefix,
        environment=env.name,
        model=workload.name,
        endpoint=endpoint_name(env, workload.name) if workload.name in upstream.serving.endpoints else None,
        variants=_variants(wanted),
        latency_ms=wanted.endpoint.latency_ms,
        drift_threshold=wanted.drift_threshold,
        slos=wanted.objectives,
        outage_requests=settings.monitoring.outage_requests,
        anomalies=settings.monitoring.anomaly_alarms,
        biased=workload.monitors.bias.not_applicable is None,
        business=workload.monitors.business,
    )


def _variants(wanted: ModelSettings) -> tuple[str, ...]:
    slot = isinstance(wanted.endpoint, RealTime) and wanted.endpoint.challenger_slot is not None
    return (CHAMPION, CHALLENGER) if slot else (CHAMPION,)


def _rollback_alarms(env: Environment, upstream: Upstream) -> list[str]:
    """Names of the alarms that the serving layer makes; known without asking, as its keys are."""
    return [alarm_name(env.placement, Signal(key.split("/")[1]), key.split("/")[0]) for key in upstream.serving.alarms]


def _monitor(
    env: Environment,
    settings: EstateSettings,
    model: str,
    signals: Sequence[ModelSignal],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> ModelMonitor:
    return ModelMonitor(
        f"{model}-monitor",
        ModelMonitorArgs(
            placement=env.placement,
            model=model,
            signals=signals,
            # Without a release nothing is captured, and there is nothing to check.
            schedule=None if settings.models[model].release is None else settings.monitoring.monitor_schedule,
            pipeline_arn=upstream.training.monitor_pipeline_arns[model],
            role_arn=upstream.foundation.roles.scheduler,
        ),
        opts=opts,
    )


def _alarms(
    env: Environment,
    settings: EstateSettings,
    watched: Watched,
    signals: Sequence[ModelSignal],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> ModelAlarms:
    alerts = settings.monitoring.burn_alerts
    return ModelAlarms(
        f"{watched.model}-alarms",
        ModelAlarmsArgs(
            placement=env.placement,
            subject=watched.subject,
            endpoint=upstream.serving.endpoints.get(watched.model),
            signals=signals,
            causes=[name for key, name in upstream.serving.alarms.items() if key.startswith(f"{watched.model}/")],
            slos=watched.slos,
            fast=alerts in ("fast", "all"),
            slow=alerts == "all",
        ),
        opts=opts,
    )


def _pipelines(upstream: Upstream) -> dict[str, Wire]:
    training = upstream.training
    kinds = {"data": training.data_pipelines, "training": training.training_pipelines}
    kinds["monitor"] = training.monitor_pipelines
    return {f"{model}-{kind}": name for kind, names in kinds.items() for model, name in names.items()}
