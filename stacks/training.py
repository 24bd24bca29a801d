"""What models are trained with: images, pipelines, and where asked for, a GPU cluster."""

import pulumi

from contracts.outputs import TrainingOutputs
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> TrainingOutputs[Wire]:
    def named(kind: str) -> dict[str, Wire]:
        return {model: pulumi.Output.from_input(env.named(model, kind)) for model in workloads}

    return TrainingOutputs[Wire](
        repositories={},
        cluster_name={},
        data_pipelines=named("data"),
        training_pipelines=named("training"),
        monitor_pipelines=named("monitor"),
        training_pipeline_arns=named("training"),
        monitor_pipeline_arns=named("monitor"),
    )
