"""Outputs of layers that another stack of the same environment holds."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pulumi

from components.endpoint.modes import Mode
from contracts.outputs import (
    DataOutputs,
    FoundationOutputs,
    MonitoringOutputs,
    Outputs,
    RegistryOutputs,
    ServingOutputs,
    TrainingOutputs,
)
from stacks.persons import persons
from stacks.settings import EstateSettings, Layer, read_stack_file
from stacks.upstream import MissingLayer, Wire

MODELS: dict[Layer, type[Outputs[Wire]]] = {
    Layer.FOUNDATION: FoundationOutputs[Wire],
    Layer.DATA: DataOutputs[Wire],
    Layer.TRAINING: TrainingOutputs[Wire],
    Layer.REGISTRY: RegistryOutputs[Wire],
    Layer.SERVING: ServingOutputs[Wire],
    Layer.MONITORING: MonitoringOutputs[Wire],
}


BY_MODEL = frozenset(
    {
        "data_pipelines",
        "drift_alarms",
        "feature_groups",
        "monitor_pipeline_arns",
        "monitor_pipelines",
        "package_groups",
        "training_pipeline_arns",
        "training_pipelines",
    }
)


def read_layer(settings: EstateSettings, root: Path) -> Callable[[str], Outputs[Wire]]:
    """A function that gives the outputs of a layer that this stack does not hold."""

    @cache
    def reference(stack: str) -> pulumi.StackReference:
        return pulumi.StackReference(f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}")

    def read(layer: str) -> Outputs[Wire]:
        stack = _holder(settings, Layer(layer), root)
        return wired(MODELS[Layer(layer)], reference(stack).require_output(layer), _keys(settings))

    return read


def _holder(settings: EstateSettings, layer: Layer, root: Path) -> str:
    """The sibling stack that holds `layer`; exactly one must."""
    siblings = sorted(root.glob(f"Pulumi.{settings.environment}-*.yaml"))
    holders = [
        path.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for path in siblings
        if layer.value in read_stack_file(path).get("layers", [])
    ]
    if len(holders) != 1:
        raise MissingLayer(
            f"mlops-estate:layers: the layer {layer.value!r} is needed, and is held by "
            f"{' and '.join(holders) or 'no stack'} of environment {settings.environment!r}; "
            f"exactly one file Pulumi.{settings.environment}-*.yaml must list it"
        )
    return holders[0]


def _keys(settings: EstateSettings) -> Callable[[str], list[str]]:
    """The keys of the outputs that are maps: a preview must know them before their values are known."""
    network = settings.foundation.network
    zones = list(network.existing.private_subnet_ids) if network.existing is not None else list("abc"[: network.zones])
    released = [name for name, model in settings.models.items() if model.release is not None]
    answering = [name for name in released if settings.models[name].endpoint.mode is not Mode.ASYNCHRONOUS]
    special = {
        "private_subnet_ids": zones,
        "repositories": ["jobs", "gpu", "serving"],
        "cluster_name": [] if settings.training.cluster is None else ["gpu"],
        "cluster_security_group": [] if settings.training.cluster is None else ["gpu"],
        "prometheus": [] if settings.monitoring.prometheus is None else ["workspace", "endpoint", "topic"],
        "endpoints": released,
        "api": ["url"] if settings.serving.api is not None and answering else [],
        "alarms": [f"{model}/{signal}" for model in released for signal in ("errors", "latency")],
        "topics": ["page", "ticket"],
        "ci_role": [] if settings.foundation.github is None else ["ci"],
        "row_streams": sorted(settings.data.streams),
        "kafka": [] if settings.data.kafka is None else ["cluster"],
        "spark": [] if settings.data.spark is None else ["application", "role"],
        "personal_tag": [] if settings.data.lake_formation is None else ["key"],
        "labelling": [] if settings.data.labelling is None else sorted(settings.data.labelling.tasks),
        "person_roles": [person.value for person in persons(settings)],
    }
    # What has an entry a model, and what no other layer reads: a key of that is not known from settings alone.
    return lambda field: special.get(field, list(settings.models) if field in BY_MODEL else [])


M = TypeVar("M", bound=Outputs[Any])


def wired(model: type[M], output: pulumi.Output[Any], keys: Callable[[str], list[str]]) -> M:
    """`model` with every leaf taken from one output that holds the whole of it."""
    values: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        part = output.apply(lambda whole, name=name: whole[name])
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Outputs):
            values[name] = wired(kind, part, keys)
        elif getattr(kind, "__origin__", None) is dict:
            values[name] = {key: part.apply(lambda found, key=key: found[key]) for key in keys(name)}
        else:
            values[name] = part
    return model(**values)
