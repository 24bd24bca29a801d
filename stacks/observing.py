"""What observes beside CloudWatch's own alarms, each part where it is asked for."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.monitoring.model_signals import Watched
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.observing import PrometheusSettings
from stacks.upstream import Upstream, Wire

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def prometheus(
    env: Environment,
    settings: EstateSettings,
    watched: Mapping[str, Watched],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """The workspace's ID, URL and topic of alerts; nothing where none is wanted."""
    wanted = settings.monitoring.prometheus
    if wanted is None:
        return {}
    from components.prometheus.cluster_rules import ClusterBounds, cluster_rules
    from components.prometheus.model_rules import model_rules
    from components.prometheus.workspace import MetricsWorkspace, MetricsWorkspaceArgs

    paces = settings.monitoring.burn_alerts
    bounds = ClusterBounds(wanted.gpu_idle_percent, wanted.gpu_idle_minutes, wanted.queue_wait_minutes)
    models = [model_rules(its, fast=paces != "none", slow=paces == "all") for its in watched.values()]
    made = MetricsWorkspace(
        "metrics",
        MetricsWorkspaceArgs(
            placement=env.placement,
            rules={"models": models, "cluster": cluster_rules(bounds)},
            key_arn=upstream.foundation.keys.logs,
            retention_days=wanted.retention_days,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )
    if wanted.scrape_cluster:
        _scraper(env, wanted, made.arn, upstream, opts)
    return {"workspace": made.workspace, "endpoint": made.endpoint, "topic": made.topic}


def _scraper(
    env: Environment,
    wanted: PrometheusSettings,
    workspace_arn: Wire,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    from components.prometheus.scraper import ClusterScraper, ClusterScraperArgs

    base, training = upstream.foundation, upstream.training
    cluster = training.cluster_name["gpu"].apply(lambda name: env.placement.arn("eks", f"cluster/{name}"))
    ClusterScraper(
        "cluster-metrics",
        ClusterScraperArgs(
            placement=env.placement,
            cluster_arn=cluster,
            workspace_arn=workspace_arn,
            subnet_ids=list(base.private_subnet_ids.values()),
            security_group_ids=[training.cluster_security_group["gpu"]],
            seconds=wanted.scrape_seconds,
        ),
        opts,
    )


def grafana(
    env: Environment,
    settings: EstateSettings,
    metrics: Mapping[str, Wire],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> Wire | None:
    """The URL of a workspace of Managed Grafana; None where none is wanted."""
    wanted = settings.monitoring.managed_grafana
    if wanted is None:
        return None
    from components.grafana.workspace import GrafanaWorkspace, GrafanaWorkspaceArgs, Saml

    base, saml = upstream.foundation, wanted.saml
    made = GrafanaWorkspace(
        "managed-grafana",
        GrafanaWorkspaceArgs(
            placement=env.placement,
            saml=None
            if saml is None
            else Saml(
                metadata_url=saml.metadata_url,
                role_assertion=saml.role_assertion,
                admin_roles=saml.admin_roles,
                editor_roles=saml.editor_roles,
            ),
            admin_groups=wanted.admin_groups,
            version=wanted.version,
            metrics_arn=_workspace_arn(env, metrics["workspace"]) if metrics else None,
            subnet_ids=list(base.private_subnet_ids.values()),
            security_group_id=base.security_groups.models,
            key_arn=base.keys.logs,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
    return made.url


def _workspace_arn(env: Environment, id: Wire) -> Wire:
    return pulumi.Output.concat(env.placement.arn("aps", "workspace/"), id)


def tracing(env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions) -> None:
    wanted = settings.monitoring.tracing
    if wanted is None:
        return
    from components.api.rest_api import STAGE
    from components.tracing.tracing import Tracing, TracingArgs

    # Known without asking: a layer reads only what stands above it, and the handlers are below.
    doors = {"api": settings.serving.api, "rest": settings.serving.rest, "socket": settings.serving.socket}
    services = [env.named(each) for each, door in doors.items() if door is not None]
    if settings.serving.rest is not None:
        services.append(f"{env.named('rest')}/{STAGE}")  # of gateways only a REST API's stage is traced itself
    Tracing(
        "tracing",
        TracingArgs(
            placement=env.placement,
            services=[*services, *(env.named(each) for each in ("incidents", "healing"))],
            sampled_share=wanted.sampled_percent / 100,
            sampled_per_second=wanted.sampled_per_second,
            insights=wanted.insights,
            environment=env.name,
            key_arn=upstream.foundation.keys.logs if wanted.encrypt_account else None,
        ),
        opts,
    )
    _pipeline_traces(env, settings, upstream, opts)


def _pipeline_traces(
    env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions
) -> None:
    """Jobs trace nothing themselves: once an execution has ended, a handler writes what it took."""
    from components.incidents.handler import Handler, HandlerArgs

    base, place = upstream.foundation, env.placement
    pipelines = place.arn("sagemaker", f"pipeline/{place.prefix}-")
    Handler(
        "pipeline-traces",
        HandlerArgs(
            placement=place,
            subject="pipeline-traces",
            description="Writes the traces of pipelines' executions",
            code={"traces.py": (HANDLERS / "traces.py").read_text(encoding="utf-8")},
            entry="traces.handle",
            timeout_seconds=60,
            memory_mb=256,
            settings={"environment": env.name},
            events="Executions of pipelines that ended",
            pattern={
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Building Pipeline Execution Status Change"],
                "detail": {
                    "pipelineArn": [{"prefix": pipelines}],
                    "currentPipelineExecutionStatus": ["Failed", "Stopped", "Succeeded"],
                },
            },
            permissions=[
                {
                    "Sid": "SeeExecutions",
                    "Effect": "Allow",
                    "Action": ["sagemaker:DescribePipelineExecution", "sagemaker:ListPipelineExecutionSteps"],
                    "Resource": f"{pipelines}*",
                }
            ],
            permission_boundary_arn=base.permission_boundary_arn,
            key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )


def log_watches(env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions) -> None:
    """On the logs of the models' own endpoints, which may say what a request held."""
    wanted = settings.monitoring
    if not wanted.log_anomalies and not wanted.mask_personal_data:
        return
    from components.monitoring.log_watch import LogWatch, LogWatchArgs

    for model, endpoint in upstream.serving.endpoints.items():
        group = pulumi.Output.concat("/aws/sagemaker/Endpoints/", endpoint)
        LogWatch(
            f"{model}-log-watch",
            LogWatchArgs(
                placement=env.placement,
                subject=model,
                group=group,
                group_arn=pulumi.Output.concat(env.placement.arn("logs", "log-group:"), group),
                key_arn=upstream.foundation.keys.logs,
                anomalies=wanted.log_anomalies,
                mask=wanted.mask_personal_data,
            ),
            opts,
        )
