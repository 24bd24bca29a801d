"""What watches: topics, alarms, logs and a dashboard."""

import pulumi

from contracts.outputs import MonitoringOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> MonitoringOutputs[Wire]:
    return MonitoringOutputs[Wire](
        topics={},
        drift_alarms={model: pulumi.Output.from_input(env.named(model, "drift")) for model in workloads},
        dashboard=pulumi.Output.from_input(env.named("overview")),
    )
