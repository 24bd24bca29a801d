"""What observes beside CloudWatch's own alarms, each part where it is asked for."""

from collections.abc import Mapping

import pulumi

from components.monitoring.model_signals import Watched
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.observing import PrometheusSettings
from stacks.upstream import Upstream, Wire


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
