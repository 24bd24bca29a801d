"""What a check says of one input."""

import json
from dataclasses import dataclass
from typing import Any

LONGEST = 160


@dataclass(frozen=True)
class Leaf:
    """One value inside an input, or inside the parameters of a call.

    `allowed` is None where the value keeps to what is published, `bound` is False where nothing is published about it,
    `listed` says that every allowed value is.
    """

    path: str
    value: Any
    bound: bool
    allowed: str | None = None
    listed: bool = False


@dataclass(frozen=True)
class Fault:
    """An input that breaks a published constraint. `path` has Pulumi's property names where they could be found."""

    urn: str
    type: str
    path: str
    value: str
    allowed: str
    source: str

    @property
    def message(self) -> str:
        return f"{self.path}: {self.value} is not allowed; {self.allowed} ({self.source})"


def shown(value: Any) -> str:
    """A value on one line, cut where it is long."""
    text = json.dumps(value, default=repr, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
