"""Where trained models are kept: a group of versions for each model, and news of their approval."""

import pulumi

from components.registry.approvals import ApprovalEvents, ApprovalEventsArgs
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
    approvals = ApprovalEvents("approvals", ApprovalEventsArgs(placement=env.placement), opts=opts)
    return RegistryOutputs[Wire](
        package_groups={model: its.group for model, its in groups.items()}, approval_rule=approvals.rule
    )
