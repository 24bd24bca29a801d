"""Which layers exist, their order, and where their outputs go."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
from pulumi_aws import ssm

from contracts.outputs import LAYER_PARAMETER, MODEL_PARAMETER, Outputs
from stacks import data, foundation, governance, monitoring, operations, registry, serving, training
from stacks.environment import Environment
from stacks.models import model_outputs
from stacks.reference import read_layer
from stacks.settings import EstateSettings, Layer
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

Deploy = Callable[[Environment, EstateSettings, Workloads, Upstream, pulumi.ResourceOptions], Outputs[Wire]]

# In this order: a layer reads only layers above it.
LAYERS: dict[Layer, Deploy] = {
    Layer.FOUNDATION: foundation.deploy,
    Layer.DATA: data.deploy,
    Layer.TRAINING: training.deploy,
    Layer.REGISTRY: registry.deploy,
    Layer.SERVING: serving.deploy,
    Layer.MONITORING: monitoring.deploy,
    Layer.OPERATIONS: operations.deploy,
    Layer.GOVERNANCE: governance.deploy,
}


class LayerGroup(pulumi.ComponentResource):
    """Everything of one layer hangs under it, so that every tree and report shows the estate by layer."""

    def __init__(self, layer: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("estate:stack:Layer", layer, {}, opts)

    @property
    def options(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self)


def deploy(env: Environment, settings: EstateSettings, workloads: Workloads, root: Path) -> None:
    """Registers the layers of this stack, exports their outputs and publishes them as SSM parameters."""
    provider = env.options(env.provider(settings.aws.assume_role_arn))
    upstream = Upstream(read=read_layer(settings, root))
    for layer, deploy_layer in LAYERS.items():
        if layer not in settings.layers:
            continue
        group = LayerGroup(layer, provider)
        outputs = deploy_layer(env, settings, workloads, upstream, group.options)
        upstream.add(layer, outputs)
        pulumi.export(layer, outputs.model_dump())
        path = LAYER_PARAMETER.format(environment=env.name, layer=layer)
        _publish(f"{layer}-outputs", path, outputs, group.options)
        if layer is Layer.MONITORING:  # the last layer that holds a part of a model
            for model in workloads:
                path = MODEL_PARAMETER.format(environment=env.name, model=model)
                _publish(f"{model}-outputs", path, model_outputs(env, model, upstream), group.options)
        group.register_outputs({})


def _publish(name: str, path: str, outputs: Outputs[Any], opts: pulumi.ResourceOptions) -> None:
    """One standard parameter, which holds 4 KB; the plan checks the length."""
    value = pulumi.Output.json_dumps(outputs.model_dump(), sort_keys=True, separators=(",", ":"))
    ssm.Parameter(name, name=path, type="String", value=value, opts=opts)
