"""What answers: an endpoint for every model that has a release."""

import pulumi

from contracts.outputs import ServingOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> ServingOutputs[Wire]:
    return ServingOutputs[Wire](endpoints={}, alarms={})
