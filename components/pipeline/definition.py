"""A committed pipeline definition, and its parameters' defaults."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from contracts.pipelines import Definition, Parameter

LONGEST = 1_048_576  # characters; CreatePipeline's limit for a definition given in the call


class DefinitionError(Exception):
    """A pipeline definition is missing, is none, or cannot be filled in."""


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
