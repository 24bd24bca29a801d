"""Inputs as a rule reads them: a value that is not known yet stops the rule, it never lets it pass or fail.

In a preview an input may hang on something that does not exist yet. Reading such a value raises `Undecided`, so that a
rule reads like any other code and needs no case for it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

PLAIN = str | bool | int | float | None
Inputs = Mapping[str, Any]


class Undecided(Exception):
    """A rule needs a value that is not known yet. Says which, as a path of property names."""


class Missing(Undecided, KeyError):
    """A rule needs a value that is not there. An engine's preview may leave out what it does not know."""

    def __str__(self) -> str:
        return str(self.args[0])


class Unreadable(Exception):
    """A document that a rule must read is malformed. Says why."""


class Record(Mapping[str, Any]):
    """A mapping that raises Undecided where an unknown value is read. `in` asks whether one is set, known or not."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self._values, self._path = values, path

    def __getitem__(self, key: str) -> Any:
        path = f"{self._path}.{key}" if self._path else key
        if key not in self._values:
            raise Missing(path)
        return readable(self._values[key], path)

    def __contains__(self, key: object) -> bool:
        return self._values.get(str(key)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class Items(Sequence[Any]):
    """A list that raises Undecided where an unknown value is read."""

    def __init__(self, values: Sequence[Any], path: str) -> None:
        self._values, self._path = values, path

    def __getitem__(self, index: Any) -> Any:
        return readable(self._values[index], f"{self._path}[{index}]")

    def __len__(self) -> int:
        return len(self._values)


def readable(value: object, path: str = "") -> Any:
    """`value` with its unknown parts guarded. Whatever is no JSON value counts as unknown: rules cannot judge it."""
    if isinstance(value, PLAIN | Record | Items):
        return value
    if isinstance(value, Mapping):
        return Record(value, path)
    if isinstance(value, list | tuple):
        return Items(value, path)
    raise Undecided(path)


def items(value: object) -> Sequence[Any]:
    """`value` as a list: what AWS's documents write as one thing or as several, and Pulumi as nothing at all."""
    if value is None:
        return []
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return [value]


def record(value: object) -> Mapping[str, Any]:
    """`value` as a mapping; an absent one is empty. Pulumi writes a nested block as itself or as a list of one."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        value = value[0] if len(value) else None
    return value if isinstance(value, Mapping) else Record({})


def document(value: object) -> Mapping[str, Any]:
    """A JSON document that stands in an input as text or as an object. Raises Unreadable."""
    if isinstance(value, Mapping):
        return value
    if not isinstance(value, str):
        raise Unreadable("is no JSON object")
    return _parsed(value)


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Mapping[str, Any]:
    """Several rules read the same document; nobody changes it."""
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is no JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise Unreadable("is no JSON object")
    return parsed
