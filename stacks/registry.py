"""Where approved models are kept: a group of versions for each model."""

import pulumi

from contracts.outputs import RegistryOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> RegistryOutputs[Wire]:
    return RegistryOutputs[Wire](
        package_groups={model: pulumi.Output.from_input(env.named(model)) for model in workloads}
    )
