"""Budget, required tags, configuration recorder."""

import pulumi

from contracts.outputs import GovernanceOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> GovernanceOutputs[Wire]:
    w = pulumi.Output.from_input
    return GovernanceOutputs[Wire](budget=w(env.named("monthly")), recorder=w(env.named("recorder")))
