"""What answers when something goes wrong: incidents, root causes, self-healing, runbooks."""

from pathlib import Path

import pulumi

from components.incidents.incident_topic import Route
from components.incidents.operations import Data, Operations, OperationsArgs
from contracts.outputs import OperationsOutputs
from stacks import resilience
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.operations import OperationsSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"
# They make a version that nobody serves yet, or keep one from being served: safe where nobody watches.
CAUTIOUS = ("retrain", "rollback")
ALL = ("quarantine", "restart", "retrain", "rollback", "scale-out")


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> OperationsOutputs[Wire]:
    base, own, tracing = upstream.foundation, settings.operations, settings.monitoring.tracing
    buckets = upstream.data.bucket_arns
    made = Operations(
        "operations",
        OperationsArgs(
            placement=env.placement,
            environment=env.name,
            code=code(),
            data=Data(raw_arn=buckets.raw, curated_arn=buckets.curated, key_arn=base.keys.data),
            bucket_arns=[buckets.raw, buckets.curated, buckets.features, buckets.models],
            models_key_arn=base.keys.models,
            logs_key_arn=base.keys.logs,
            permission_boundary_arn=base.permission_boundary_arn,
            log_retention_days=settings.monitoring.log_retention_days,
            routes=_routes(env, settings),
            owners=_owners(env, own, list(workloads)),
            alert_topics=_alert_topics(settings, upstream),
            tracing_layer_arn=None if tracing is None else tracing.adot_layer_arn,
            healing=own.healing.enabled,
            act=_act(env, own),
            per_target_hour=own.healing.per_target_hour,
            per_hour=own.healing.per_hour,
            share=own.healing.share,
        ),
        opts=opts,
    )
    resilience.handler_logs(env, settings, upstream, made, opts)
    resilience.backups(env, settings, upstream, opts)
    resilience.fault_experiments(env, settings, upstream, opts)
    resilience.cost_anomalies(env, settings, opts)
    resilience.idle_watch(env, settings, upstream, made, opts)
    return OperationsOutputs[Wire](
        incidents=made.table.table,
        topic=made.topic.arn,
        switch=made.switch.parameter,
        runbooks=made.runbooks.names,
        functions={"incidents": made.incidents.arn, "healing": made.healing.arn},
        dead_letters={"incidents": made.incidents.dead_letters, "healing": made.healing.dead_letters},
    )


def _alert_topics(settings: EstateSettings, upstream: Upstream) -> dict[str, Wire]:
    """Prometheus' alerts; CloudWatch's come as events."""
    if settings.monitoring.prometheus is None:
        return {}
    return {"prometheus": upstream.monitoring.prometheus["topic"]}


def code() -> dict[str, str]:
    """The handlers' archive: the package `operations`, whole."""
    folder = HANDLERS / "operations"
    files = sorted(path for path in folder.iterdir() if path.suffix in (".py", ".json"))
    return {f"operations/{path.name}": path.read_text(encoding="utf-8") for path in files}


def _act(env: Environment, own: OperationsSettings) -> list[str]:
    default = CAUTIOUS if env.protected else ALL
    chosen = default if own.healing.act is None else own.healing.act
    return [each for each in chosen if each != "retrain" or own.retrain_on_drift]


def _routes(env: Environment, settings: EstateSettings) -> dict[str, Route]:
    """The environment's owner hears of everything; others of what they asked for."""
    routes = {"owner": Route(email=env.email)}
    for name, wanted in settings.operations.routes.items():
        routes[name] = Route(email=wanted.email, severities=wanted.severities, subjects=wanted.models)
    return routes


def _owners(env: Environment, own: OperationsSettings, models: list[str]) -> dict[str, str]:
    """Who answers for a model: whoever has a route for it, or else the environment's owner."""
    routed = {model: route.email for route in own.routes.values() for model in route.models or ()}
    return {model: routed.get(model, env.email) for model in models}
