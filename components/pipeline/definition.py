"""A committed pipeline definition, and its parameters' defaults."""

import copy
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from contracts.pipelines import Definition, Parameter

EXECUTION_ID = "Execution.PipelineExecutionId"
LONGEST = 1_048_576  # characters; CreatePipeline's limit for a definition given in the call


class DefinitionError(Exception):
    """A pipeline definition is missing, is none, or cannot be filled in."""


@dataclass(frozen=True)
class Capacity:
    """Machines of training jobs: on demand, managed spot, or kept warm for the next job; times in seconds."""

    spot: bool = False
    spot_patience: int = 0  # how long a job may wait for spot machines, beside the time that it may run
    keep_alive: int | None = None

    def __post_init__(self) -> None:
        if self.spot and self.keep_alive is not None:
            raise ValueError("SageMaker keeps no spot machines warm: spot or keep_alive")


class DefinitionFile:
    """The definition `<folder>/<kind>.json`, read once.

    Raises DefinitionError where the file is missing, is no pipeline definition, or declares a parameter that
    contracts.pipelines does not know.
    """

    def __init__(self, folder: Path, kind: Definition) -> None:
        path = folder / f"{kind}.json"
        self.where = f"{folder.name}/{path.name}"
        try:
            self._document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            declared = [parameter["Name"] for parameter in self._document["Parameters"]]
            self._document["Steps"][0]["Name"]
        except FileNotFoundError:
            raise DefinitionError(f"{self.where}: no such definition") from None
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DefinitionError(f"{self.where}: no pipeline definition ({type(error).__name__}: {error})") from None
        unknown = sorted(set(declared) - {parameter.value for parameter in Parameter})
        if unknown:
            raise DefinitionError(f"{self.where}: unknown parameters: {', '.join(unknown)}")
        self.parameters = frozenset(map(Parameter, declared))

    def require(self, given: Collection[Parameter]) -> None:
        """Raises DefinitionError where a declared parameter has no default and gets no value."""
        open_ones = {entry["Name"] for entry in self._document["Parameters"] if "DefaultValue" not in entry}
        missing = sorted(open_ones - {parameter.value for parameter in given})
        if missing:
            raise DefinitionError(f"{self.where}: no value for parameters: {', '.join(missing)}")

    def on(self, capacity: Capacity) -> Self:
        """The same definition, with its training jobs on such machines.

        Whether a job asks for spot machines or a warm pool is in which members its request has, and a pipeline's
        parameters can only give a member its value.
        """
        changed = copy.copy(self)
        changed._document = {**self._document, "Steps": [_on(step, capacity) for step in self._document["Steps"]]}
        return changed

    def fill(self, values: Mapping[str, str]) -> str:
        """The definition with `values`, by parameter name, as defaults; a parameter without a value keeps its own."""
        parameters = [
            {**entry, "DefaultValue": values[entry["Name"]]} if entry["Name"] in values else entry
            for entry in self._document["Parameters"]
        ]
        text = json.dumps({**self._document, "Parameters": parameters}, separators=(",", ":"))
        if len(text) > LONGEST:
            raise DefinitionError(f"{self.where}: {len(text)} characters; SageMaker takes {LONGEST}")
        return text


def _on(step: Mapping[str, Any], capacity: Capacity) -> Mapping[str, Any]:
    """A step, its training job on such machines; other steps, and those of a condition's branches, as they are."""
    if step["Type"] != "Training":
        return step
    request = {**step["Arguments"]}
    if capacity.keep_alive is not None:
        request["ResourceConfig"] = {**request["ResourceConfig"], "KeepAlivePeriodInSeconds": capacity.keep_alive}
    if capacity.spot:
        stopping = request["StoppingCondition"]
        wait = stopping["MaxRuntimeInSeconds"] + capacity.spot_patience
        request["EnableManagedSpotTraining"] = True
        request["StoppingCondition"] = {**stopping, "MaxWaitTimeInSeconds": wait}
        # Of the execution, so that a job goes on where an interrupted one was, and never from another snapshot's.
        parts = [{"Get": f"Parameters.{Parameter.MODELS_URI}"}, "checkpoints", {"Get": EXECUTION_ID}]
        request["CheckpointConfig"] = {"S3Uri": {"Std:Join": {"On": "/", "Values": parts}}}
    return {**step, "Arguments": request}
