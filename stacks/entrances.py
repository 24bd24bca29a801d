"""Ways in to the models beside their endpoints and doors: events."""

from collections.abc import Mapping
from pathlib import Path

import pulumi

from stacks.environment import Environment
from stacks.models import endpoint_arn
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


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
                endpoint_arn=endpoint_arn(env, model),
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


def _code(file: str) -> dict[str, str]:
    return {file: (HANDLERS / file).read_text(encoding="utf-8")}
