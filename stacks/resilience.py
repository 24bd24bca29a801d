"""Backups, faults on purpose, costs out of the ordinary and what nobody uses, each part where it is asked for."""

from pathlib import Path

import pulumi

from components.incidents.operations import Operations
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def handler_logs(
    env: Environment, settings: EstateSettings, upstream: Upstream, made: Operations, opts: pulumi.ResourceOptions
) -> None:
    """What the handlers' logs say that they never said before."""
    if not settings.monitoring.log_anomalies:
        return
    from components.monitoring.log_watch import LogWatch, LogWatchArgs

    for handler in (made.incidents, made.healing):
        subject = handler.name.rpartition("-")[2]
        LogWatch(
            f"{subject}-log-watch",
            LogWatchArgs(
                placement=env.placement,
                subject=subject,
                group=handler.log.name,
                group_arn=handler.log.arn,
                key_arn=upstream.foundation.keys.logs,
            ),
            opts,
        )


def backups(env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions) -> None:
    wanted = settings.operations.backup
    if wanted is None:
        return
    from components.backup.backups import Backups, BackupsArgs

    base, buckets = upstream.foundation, upstream.data.bucket_arns
    Backups(
        "backups",
        BackupsArgs(
            placement=env.placement,
            tags=_own(env),
            bucket_arns=[buckets.raw, buckets.curated, buckets.features, buckets.models],
            key_arn=base.keys.data,
            source_key_arns=[base.keys.models, base.keys.logs],
            permission_boundary_arn=base.permission_boundary_arn,
            schedule=wanted.schedule,
            keep_days=wanted.keep_days,
            cold_after_days=wanted.cold_after_days,
            lock_grace_days=None if wanted.lock is None else wanted.lock.grace_days,
            restore_test=wanted.restore_test,
        ),
        opts,
    )


def fault_experiments(
    env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions
) -> None:
    """None before the first release: no endpoint's alarm could stop an experiment."""
    wanted, alarms = settings.operations.faults, upstream.serving.alarms
    if wanted is None or not alarms:
        return
    from components.chaos.experiments import FaultExperiments, FaultExperimentsArgs

    base, place = upstream.foundation, env.placement
    cluster = None if settings.training.cluster is None else place.named("gpu")
    on_nodes = {"lost-nodes", "spot-interruption"}
    FaultExperiments(
        "faults",
        FaultExperimentsArgs(
            placement=place,
            experiments=[each for each in wanted.experiments if cluster is not None or each not in on_nodes],
            minutes=wanted.minutes,
            percent=wanted.percent,
            cluster=cluster,
            subnet_arns=[_arn(env, "ec2", "subnet/", subnet) for subnet in base.private_subnet_ids.values()],
            alarm_arns=[_arn(env, "cloudwatch", "alarm:", alarms[key]) for key in _first(list(alarms))],
            tags=_own(env),
            permission_boundary_arn=base.permission_boundary_arn,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )


def cost_anomalies(env: Environment, settings: EstateSettings, opts: pulumi.ResourceOptions) -> None:
    wanted = settings.operations.cost_anomalies
    if wanted is None:
        return
    from components.costs.anomalies import CostAnomalies, CostAnomaliesArgs

    CostAnomalies(
        "cost-anomalies",
        CostAnomaliesArgs(
            placement=env.placement,
            environment=env.name,
            scope=wanted.scope,
            least_usd=wanted.least_usd,
            frequency="DAILY" if wanted.frequency == "daily" else "WEEKLY",
            monitor_arn=wanted.monitor_arn,
            email=env.email,
        ),
        opts,
    )


def idle_watch(
    env: Environment, settings: EstateSettings, upstream: Upstream, made: Operations, opts: pulumi.ResourceOptions
) -> None:
    wanted = settings.operations.idle
    if wanted is None:
        return
    from components.idle.idle_watch import IdleWatch, IdleWatchArgs

    base = upstream.foundation
    cluster, studio = settings.training.cluster is not None, settings.training.studio is not None
    there = {"endpoints": True, "apps": studio, "node-groups": cluster}
    kinds = [each for each in wanted.kinds if there[each]]
    IdleWatch(
        "idle",
        IdleWatchArgs(
            placement=env.placement,
            environment=env.name,
            code={"idle.py": (HANDLERS / "idle.py").read_text(encoding="utf-8")},
            schedule=wanted.schedule,
            kinds=kinds,
            hours=wanted.hours,
            act=not env.protected if wanted.act is None else wanted.act,
            delete_endpoints=wanted.delete_endpoints,
            most=wanted.most,
            keep=wanted.keep,
            cluster=env.placement.named("gpu") if "node-groups" in kinds else None,
            studio_domain=upstream.training.studio["domain_id"] if "apps" in kinds else None,
            table=made.table.table,
            table_arn=made.table.arn,
            scheduler_role_arn=base.roles.scheduler,
            scheduler_role_name=base.role_names.scheduler,
            permission_boundary_arn=base.permission_boundary_arn,
            key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )


def _own(env: Environment) -> dict[str, str]:
    """The tags that tell this environment's things from all others."""
    return {key: env.tags[key] for key in ("environment", "managed-by")}


def _arn(env: Environment, service: str, kind: str, id: Wire) -> Wire:
    return pulumi.Output.concat(env.placement.arn(service, kind), id)


def _first(alarms: list[str]) -> list[str]:
    """Errors before latency: a fault may make things slow, and must not make them fail."""
    return sorted(alarms, key=lambda key: (not key.endswith("/errors"), key))
