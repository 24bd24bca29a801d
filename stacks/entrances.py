"""Ways in to the models beside their endpoints: an HTTP API, and events."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from components.endpoint.modes import Asynchronous
from stacks.environment import Environment
from stacks.models import endpoint_name
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def open_api(
    env: Environment,
    settings: EstateSettings,
    upstream: Upstream,
    endpoints: Mapping[str, Wire],
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """The API's URL under `url`; nothing where none is wanted, or where no endpoint answers at once."""
    wanted = settings.serving.api
    answering = {
        model: endpoint
        for model, endpoint in endpoints.items()
        if not isinstance(settings.models[model].endpoint, Asynchronous)
    }
    if wanted is None or not answering:
        return {}
    # Much is loaded for them, and most environments have none.
    from components.api.domain import Domain
    from components.api.model_api import Cors, Jwt, ModelApi, ModelApiArgs

    base, jwt = upstream.foundation, wanted.jwt
    api = ModelApi(
        "api",
        ModelApiArgs(
            placement=env.placement,
            endpoints=answering,
            endpoint_arns={model: _endpoint_arn(env, model) for model in answering},
            code=_code("answer.py"),
            authorization=wanted.authorization,
            jwt=None if jwt is None else Jwt(issuer=jwt.issuer, audience=jwt.audience, scopes=jwt.scopes),
            requests_per_second=wanted.requests_per_second,
            burst=wanted.burst,
            cors=None
            if wanted.cors is None
            else Cors(origins=wanted.cors.origins, max_age_seconds=wanted.cors.max_age_seconds),
            domain=None
            if wanted.domain is None
            else Domain(name=wanted.domain.name, certificate_arn=wanted.domain.certificate_arn),
            permission_boundary_arn=base.permission_boundary_arn,
            key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts=opts,
    )
    return {"url": api.url}


def take_events(
    env: Environment,
    settings: EstateSettings,
    upstream: Upstream,
    endpoints: Mapping[str, Wire],
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """Where the events of each model go that takes some and is served."""
    taking = {model: wanted for model in endpoints if (wanted := settings.models[model].stream) is not None}
    if not taking:
        return {}
    from components.streaming.landings import Landings, LandingsArgs
    from components.streaming.scored_events import Lake, ScoredEvents, ScoredEventsArgs

    data, base = upstream.data, upstream.foundation
    if any(wanted.source == "objects" for wanted in taking.values()):
        Landings("landings", LandingsArgs(placement=env.placement, bucket=data.buckets.raw), opts=opts)
    lake = Lake(
        landing=data.buckets.raw,
        landing_arn=data.bucket_arns.raw,
        answers=data.buckets.curated,
        answers_arn=data.bucket_arns.curated,
        key_arn=base.keys.data,
    )
    made = {
        model: ScoredEvents(
            f"{model}-events",
            ScoredEventsArgs(
                placement=env.placement,
                model=model,
                endpoint_name=endpoints[model],
                endpoint_arn=_endpoint_arn(env, model),
                source=wanted.source,
                results=wanted.results,
                batch=wanted.batch,
                window_seconds=wanted.window_seconds,
                attempts=wanted.attempts,
                shards=wanted.shards,
                lake=lake,
                code=_code("score.py"),
                permission_boundary_arn=base.permission_boundary_arn,
                key_arn=base.keys.logs,
                log_retention_days=settings.monitoring.log_retention_days,
            ),
            opts=opts,
        )
        for model, wanted in taking.items()
    }
    return {model: events.address for model, events in made.items()}


def _endpoint_arn(env: Environment, model: str) -> str:
    return env.placement.arn("sagemaker", f"endpoint/{endpoint_name(env, model).lower()}")


def _code(file: str) -> dict[str, str]:
    return {file: (HANDLERS / file).read_text(encoding="utf-8")}
