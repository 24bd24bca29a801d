"""What mutations are made of: one resource of `full` whose inputs are changed in one place."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

PROTECT = "(protect)"  # stands for the option of that name among a resource's inputs
Inputs = dict[str, Any]
Change = Callable[[Inputs], None]


@dataclass(frozen=True)
class Mutation:
    """How `full` is broken in exactly one place.

    The resource of `type` that is called `where`, or the first one with that in its name, gets its inputs changed by
    `change`, or is left out where there is none; with `added`, one with those inputs is added instead. `also` are the
    other rules that speak of the same fault: none but these may.
    """

    type: str
    change: Change | None = None
    where: str = ""
    added: Mapping[str, Any] | None = None
    also: tuple[str, ...] = ()


def put(path: str, value: Any) -> Change:
    """Sets a value: `vpcConfig.endpointPrivateAccess`, `rules[0].status`."""

    def change(inputs: Inputs) -> None:
        holder, last = _holder(inputs, path)
        holder[last] = value

    return change


def drop(path: str) -> Change:
    """Leaves a value out that is there."""

    def change(inputs: Inputs) -> None:
        holder, last = _holder(inputs, path)
        del holder[last]

    return change


def inside(input: str, change: Change) -> Change:
    """Changes a JSON document that an input holds."""

    def whole(inputs: Inputs) -> None:
        document = json.loads(inputs[input])
        change(document)
        inputs[input] = json.dumps(document)

    return whole


def allow(input: str = "policy", **statement: Any) -> Change:
    """Adds a statement that allows something to the policy document of an input."""

    def change(document: Inputs) -> None:
        document["Statement"] = [*document["Statement"], {"Effect": "Allow", **statement}]

    return inside(input, change)


def at_step(kind: str, change: Change) -> Change:
    """Changes the arguments of the first step of a kind in a pipeline's definition."""

    def search(steps: list[Inputs]) -> Inputs | None:
        for step in steps:
            if step["Type"] == kind:
                return step
            for branch in ("IfSteps", "ElseSteps"):
                found = search(step.get("Arguments", {}).get(branch, []))
                if found is not None:
                    return found
        return None

    def whole(document: Inputs) -> None:
        step = search(document["Steps"])
        assert step is not None, f"no step of the kind {kind}"
        change(step["Arguments"])

    return inside("pipelineDefinition", whole)


def _holder(inputs: Inputs, path: str) -> tuple[Any, Any]:
    steps: list[Any] = [int(number) if number else name for name, number in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]
    holder: Any = inputs
    for step in steps[:-1]:
        holder = holder[step]
    return holder, steps[-1]
