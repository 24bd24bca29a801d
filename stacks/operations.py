"""What acts by itself: a drift alarm starts retraining."""

import pulumi

from contracts.outputs import OperationsOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> OperationsOutputs[Wire]:
    return OperationsOutputs[Wire](
        retrain_function=pulumi.Output.from_input(""), dead_letters=pulumi.Output.from_input("")
    )
