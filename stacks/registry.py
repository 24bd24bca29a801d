"""Where trained models are kept: a group of versions for each model, and news of their approval."""

import pulumi

from components.monitoring.event_topic import EventTopic, EventTopicArgs
from components.registry.approvals import approval_events
from components.registry.group import ModelGroup, ModelGroupArgs
from contracts.outputs import RegistryOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> RegistryOutputs[Wire]:
    groups = {
        model: ModelGroup(
            f"{model}-registry",
            ModelGroupArgs(placement=env.placement, model=model, description=workload.purpose.problem),
            opts=opts,
        )
        for model, workload in workloads.items()
    }
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
    return RegistryOutputs[Wire](package_groups={model: its.group for model, its in groups.items()})
