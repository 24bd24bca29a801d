"""Strings with JMESPath placeholders, filled in from what is known of a resource."""

import hashlib
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jmespath
from jmespath import functions
from jmespath.parser import ParsedResult

_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Unfilled(LookupError):
    """A placeholder inside a longer string has no value."""


@dataclass(frozen=True)
class At:
    """A JMESPath as it stands, for those that have braces of their own."""

    path: str


class _Functions(functions.Functions):
    @functions.signature({"types": ["array", "null"]}, {"types": ["array", "null"]})
    def _func_minus(self, these: list[Any] | None, others: list[Any] | None) -> list[Any] | None:
        return [item for item in these or [] if item not in (others or [])] or None

    @functions.signature({"types": ["string"]})
    def _func_crc32(self, text: str) -> int:
        return zlib.crc32(text.encode())

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_after(self, text: str, mark: str) -> str:
        return text.partition(mark)[2]

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_before(self, text: str, mark: str) -> str:
        return text.partition(mark)[0]

    @functions.signature({"types": ["string"]}, {"types": ["string"]})
    def _func_last(self, text: str, mark: str) -> str:
        return text.rpartition(mark)[2]

    @functions.signature({"types": ["string"]})
    def _func_parse(self, text: str) -> Any:
        return json.loads(text)

    @functions.signature({"types": ["string"]})
    def _func_token(self, text: str) -> str:
        """A request token that is the same for the same text: a repeated call is then one call."""
        return hashlib.sha256(text.encode()).hexdigest()[:32]


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@cache
def _compiled(path: str) -> ParsedResult:
    return jmespath.compile(path)


def search(path: str, context: Any) -> Any:
    """What a JMESPath finds. It knows the functions above beside JMESPath's own."""
    return _compiled(path).search(context, options=_OPTIONS)


def fill(template: Any, context: Mapping[str, Any]) -> Any:
    """The template with its placeholders filled in; lists and dicts are filled in member by member.

    One that is a single placeholder keeps its value's type, and may be None. Raises Unfilled where a value would
    vanish inside a string: never `topic-None`.
    """
    if isinstance(template, Mapping):
        return {key: fill(value, context) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill(value, context) for value in template]
    if isinstance(template, At):
        return search(template.path, context)
    if not isinstance(template, str):
        return template
    whole = _PLACEHOLDER.fullmatch(template)
    if whole:
        return search(whole[1], context)
    return _PLACEHOLDER.sub(lambda found: _text(found[1], context), template)


def _text(path: str, context: Mapping[str, Any]) -> str:
    value = search(path, context)
    if value is None:
        raise Unfilled(path)
    return str(value)
