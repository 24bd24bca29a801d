"""An environment of two small models, layer by layer, and what its stacks register."""

from collections.abc import Callable, Mapping
from functools import cache
from types import ModuleType

import pytest

from contracts.outputs import Outputs
from contracts.workload import Workload
from estate.engine.result import Result
from estate.plan.record import record
from stacks import data, foundation, governance, monitoring, operations, registry, serving, training
from stacks.environment import Environment
from stacks.settings import parse
from stacks.upstream import Upstream, Wire

LAYERS: dict[str, ModuleType] = {
    "foundation": foundation,
    "data": data,
    "training": training,
    "registry": registry,
    "serving": serving,
    "monitoring": monitoring,
    "operations": operations,
    "governance": governance,
}
MODELS = ("ride-fare", "ride-risk")
BASE: dict[str, object] = {
    "environment": "test",
    "aws": {"account_id": "123456789012", "region": "eu-west-1"},
    "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
    "foundation": {"network": {"cidr": "10.9.0.0/16"}},
    "models": {model: {} for model in MODELS},
}


def small_workload(model: str) -> Workload:
    """The least that a workload can be."""

    def column(kind: str) -> dict[str, str]:
        return {"type": kind, "description": f"A {kind}."}

    times = {name: column("timestamp") for name in ("asked_at", "known_at", "landed_at")}
    return Workload.model_validate(
        {
            "name": model,
            "task": "regression",
            "synthetic": True,
            "source": "made up for tests",
            "purpose": {"problem": f"Estimates {model}.", "users": "u", "success": "s", "risk": "minimal"},
            "data": {
                "key": "id",
                "event_time": "asked_at",
                "label": "outcome",
                "label_time": "known_at",
                "arrival_time": "landed_at",
                "columns": {"id": column("string"), "outcome": column("number"), **times},
            },
            "features": {"distance": column("number")},
            "gate": {"metric": "mae", "direction": "minimize", "threshold": 2.0, "baseline_gain": 0.1},
            "training": {"instance_type": "ml.c5.xlarge"},
        }
    )


class Estate:
    """What the layers gave each other, and what they registered."""

    def __init__(self, outputs: Mapping[str, Outputs[Wire]], result: Result) -> None:
        self.outputs = outputs
        self.result = result
        self.named = result.named
        self.of_type = result.of_type
        self.names = {goal.name for goal in result.goals}


def run_estate(**changes: object) -> Estate:
    """Runs every layer under the settings of a small environment, some of them replaced."""
    settings = parse({**BASE, **changes})
    env = Environment.of(settings)
    workloads = {model: small_workload(model) for model in sorted(settings.models)}
    outputs: dict[str, Outputs[Wire]] = {}

    def program() -> None:
        opts = env.options(env.provider(settings.aws.assume_role_arn))
        upstream = Upstream(read=lambda layer: pytest.fail(f"{layer} was read before it was made"))
        for name, layer in LAYERS.items():
            outputs[name] = layer.deploy(env, settings, workloads, upstream, opts)
            upstream.add(name, outputs[name])

    result = record(program)
    return Estate(outputs, result)


@cache
def unchanged_estate() -> Estate:
    """The small environment as it is, which most tests look at and none changes."""
    return run_estate()


@pytest.fixture
def estate() -> Callable[..., Estate]:
    return lambda **changes: run_estate(**changes) if changes else unchanged_estate()


def release(model: str, version: int = 3) -> dict[str, object]:
    arn = f"arn:aws:sagemaker:eu-west-1:123456789012:model-package/mlops-test-{model}/{version}"
    return {"release": {"version": version, "package_arn": arn}}


@pytest.fixture
def released() -> dict[str, object]:
    """Models of which the first has a release."""
    return {MODELS[0]: release(MODELS[0]), MODELS[1]: {}}
