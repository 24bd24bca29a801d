"""Who uses the models on purpose, and who really does: canaries, and browsers that report."""

from pathlib import Path

import pulumi

from contracts.workload import WorkloadError
from stacks.environment import Environment
from stacks.models import endpoint_name
from stacks.settings import EstateSettings
from stacks.settings.observing import CanarySettings
from stacks.upstream import Upstream
from stacks.workloads import Workloads

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def canaries(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    """One for each model that has one and is served."""
    served = upstream.serving.endpoints
    for model, wanted in sorted(settings.monitoring.canaries.items()):
        features = set(workloads[model].features)
        if set(wanted.row) != features:
            wrong = ", ".join(sorted(features ^ set(wanted.row)))
            raise WorkloadError(
                f"mlops-estate:monitoring.canaries.{model}.row must have exactly the features of the workload; differs "
                f"in {wrong}"
            )
        if model in served:
            _canary(env, model, wanted, upstream, opts)


def _canary(
    env: Environment, model: str, wanted: CanarySettings, upstream: Upstream, opts: pulumi.ResourceOptions
) -> None:
    from components.synthetics.model_canary import Door, ModelCanary, ModelCanaryArgs

    base, data, place = upstream.foundation, upstream.data, env.placement
    through_api = wanted.through == "api"
    if through_api:
        # The API's id is the first part of its name; with a name of one's own, any API's route of this model.
        route = f"/v1/models/{model}/invocations"
        door = Door(
            url=pulumi.Output.concat(upstream.serving.api["url"], route),
            action="execute-api:Invoke",
            resource=place.arn("execute-api", f"*/*/POST{route}"),
        )
    else:
        endpoint = upstream.serving.endpoints[model]
        door = Door(
            endpoint=endpoint,
            action="sagemaker:InvokeEndpoint",
            resource=place.arn("sagemaker", f"endpoint/{endpoint_name(env, model)}"),
        )
    ModelCanary(
        f"{model}-canary",
        ModelCanaryArgs(
            placement=place,
            model=model,
            code=(HANDLERS / "canary.py").read_text(encoding="utf-8"),
            door=door,
            row=wanted.row,
            schedule=wanted.schedule,
            slowest_ms=wanted.slowest_ms,
            runtime=wanted.runtime,
            bucket=data.buckets.curated,
            bucket_arn=data.bucket_arns.curated,
            bucket_key_arn=base.keys.data,
            # The API is tried from outside, where its callers are; an endpoint from where its callers are, inside.
            subnet_ids=[] if through_api else list(base.private_subnet_ids.values()),
            security_group_id=None if through_api else base.security_groups.models,
            key_arn=base.keys.logs,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )


def real_users(env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions) -> None:
    wanted = settings.monitoring.real_users
    if wanted is None:
        return
    from components.synthetics.real_users import RealUsers, RealUsersArgs

    RealUsers(
        "console",
        RealUsersArgs(
            placement=env.placement,
            domain=wanted.domain,
            sampled_share=wanted.sampled_percent / 100,
            cookies=wanted.cookies,
            permission_boundary_arn=upstream.foundation.permission_boundary_arn,
        ),
        opts,
    )
