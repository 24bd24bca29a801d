"""Where trained models are kept: a group of versions and a card for each model, and news of their approval."""

from pathlib import Path

import pulumi

from components.monitoring.event_topic import EventTopic, EventTopicArgs
from components.registry.approvals import approval_events
from components.registry.card import ModelCard, ModelCardArgs
from components.registry.group import ModelGroup, ModelGroupArgs, central_group_arn, group_name
from components.registry.retention import VersionRetention, VersionRetentionArgs
from contracts.outputs import RegistryOutputs
from contracts.workload import Workload
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.settings.registry import RetentionSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

HANDLERS = Path(__file__).resolve().parents[1] / "pipelines" / "handlers"


def deploy(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> RegistryOutputs[Wire]:
    wanted = settings.registry
    if wanted.central is None:
        groups = {model: _own_group(env, settings, workload, opts) for model, workload in workloads.items()}
    else:
        groups = {model: pulumi.Output.from_input(registered_in(env, settings, model)) for model in workloads}
    if wanted.cards:
        for model, workload in workloads.items():
            ModelCard(
                f"{model}-card",
                ModelCardArgs(
                    placement=env.placement,
                    workload=workload,
                    owner=env.owner,
                    key_arn=upstream.foundation.keys.models,
                ),
                opts,
            )
    if wanted.retention is not None:
        _retention(env, settings, wanted.retention, groups, upstream, opts)
    if settings.registry.notify_approvals:
        EventTopic(
            "approvals",
            EventTopicArgs(
                placement=env.placement,
                subject="approvals",
                description="A model package was registered, or its approval changed",
                pattern=approval_events(env.placement),
                key_arn=upstream.foundation.keys.logs,
                email=env.email,
            ),
            opts=opts,
        )
    return RegistryOutputs[Wire](package_groups=groups)


def registered_in(env: Environment, settings: EstateSettings, model: str) -> str:
    """The group in which the model's versions are registered: a name, or the ARN of a central registry's group."""
    central = settings.registry.central
    if central is None:
        return group_name(env.placement, model)
    return central_group_arn(env.placement, central.account_id, central.prefix, model)


def _own_group(env: Environment, settings: EstateSettings, workload: Workload, opts: pulumi.ResourceOptions) -> Wire:
    made = ModelGroup(
        f"{workload.name}-registry",
        ModelGroupArgs(
            placement=env.placement,
            model=workload.name,
            description=workload.purpose.problem,
            readers=settings.registry.readers,
            writers=settings.registry.writers,
        ),
        opts=opts,
    )
    return made.group


def _retention(
    env: Environment,
    settings: EstateSettings,
    wanted: RetentionSettings,
    groups: dict[str, Wire],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    base = upstream.foundation
    VersionRetention(
        "version-retention",
        VersionRetentionArgs(
            placement=env.placement,
            groups=groups,
            pinned=_pinned(settings),
            keep=wanted.keep,
            action=wanted.action,
            most_a_run=wanted.most_a_run,
            schedule=wanted.schedule,
            code={"retention.py": (HANDLERS / "retention.py").read_text(encoding="utf-8")},
            permission_boundary_arn=base.permission_boundary_arn,
            key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )


def _pinned(settings: EstateSettings) -> list[str]:
    """Versions that settings name: they are served, or about to be."""
    named = [
        release
        for model in settings.models.values()
        for release in (
            model.release,
            None if model.challenger is None else model.challenger.release,
            None if model.shadow is None else model.shadow.release,
        )
    ]
    return sorted({release.package_arn for release in named if release is not None})
