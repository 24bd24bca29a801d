"""Resolves what a definition leaves open: parameters, execution variables, properties of steps, joins, JSON files."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from estate.cloud.services.pipelines.definition_parts import Definition

PART = re.compile(r"([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")
# Lists of a job's description that a property path indexes by name.
NAMED_LISTS = {"Outputs": "OutputName", "ProcessingInputs": "InputName", "InputDataConfig": "ChannelName"}


class Unresolved(Exception):
    """A value cannot be had. The message becomes the step's FailureReason."""


@dataclass(frozen=True)
class Scope:
    """What an execution knows so far. `read` gives the bytes at an S3 URI, and raises Unresolved."""

    definition: Definition
    parameters: Mapping[str, Any]
    execution: Mapping[str, str]
    properties: Mapping[str, Any]  # description of the job or package of every finished step
    read: Callable[[str], bytes]

    def resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Get"}:
            return self._get(value["Get"])
        if set(value) == {"Std:Join"}:
            join = value["Std:Join"]
            return str(join["On"]).join(as_text(self.resolve(item)) for item in join["Values"])
        if set(value) == {"Std:JsonGet"}:
            return self._json_get(value["Std:JsonGet"])
        return {key: self.resolve(item) for key, item in value.items()}

    def holds(self, condition: Mapping[str, Any]) -> bool:
        """Whether a condition is met. Raises Unresolved for values that cannot be compared."""
        kind = condition["Type"]
        if kind == "Not":
            return not self.holds(condition["Expression"])
        if kind == "Or":
            return any(self.holds(item) for item in condition["Conditions"])
        if kind == "In":
            return self.resolve(condition["QueryValue"]) in self.resolve(condition["Values"])
        left, right = self.resolve(condition["LeftValue"]), self.resolve(condition["RightValue"])
        if kind == "Equals":
            return left == right
        if isinstance(left, bool | str) or isinstance(right, bool | str) or left is None or right is None:
            raise Unresolved(f"{kind} compares numbers, not {left!r} and {right!r}")
        return {
            "GreaterThan": left > right,
            "GreaterThanOrEqualTo": left >= right,
            "LessThan": left < right,
            "LessThanOrEqualTo": left <= right,
        }[kind]

    def _get(self, path: str) -> Any:
        root, _, rest = path.partition(".")
        if root == "Parameters":
            return self.parameters[rest]
        if root == "Execution":
            if rest not in self.execution:
                raise Unresolved(f"{path}: there is no such value in this step")
            return self.execution[rest]
        name, _, rest = rest.partition(".")
        if name not in self.properties:
            raise Unresolved(f"{path}: step {name} has no result")
        return follow(self.properties[name], rest, path)

    def _json_get(self, argument: Mapping[str, Any]) -> Any:
        path = argument["Path"]
        if "S3Uri" in argument:
            uri = self.resolve(argument["S3Uri"])
        else:
            reference = argument["PropertyFile"]["Get"]
            _, step, _, file = reference.split(".", 3)
            found = self.definition.steps[step].property_files[file]
            output = follow(
                self.properties.get(step, {}),
                f"ProcessingOutputConfig.Outputs['{found['OutputName']}'].S3Output.S3Uri",
                reference,
            )
            uri = f"{output.rstrip('/')}/{found['FilePath']}"
        try:
            content = json.loads(self.read(uri))
        except ValueError:
            raise Unresolved(f"{uri} is not JSON") from None
        return follow(content, path.removeprefix("$").removeprefix("."), f"{uri}: {path}")


def follow(value: Any, path: str, whole: str) -> Any:
    previous = ""
    for word, single, double, index in PART.findall(path):
        key = word or single or double
        if index and isinstance(value, list):
            value = value[int(index)] if int(index) < len(value) else None
        elif isinstance(value, list) and previous in NAMED_LISTS:
            value = next((item for item in value if item.get(NAMED_LISTS[previous]) == key), None)
        elif isinstance(value, dict):
            value = value.get(key or index)
        else:
            value = None
        if value is None:
            raise Unresolved(f"{whole}: nothing is at {key or index!r}")
        previous = key
    return value


def as_text(value: Any) -> str:
    """As pipelines write a value into a text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
