"""EventBridge's event patterns, checked and matched; pipes and event sources filter in the same way.

A pattern names members of the event, each with a list of values or operators of which one must hold.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Pattern = Mapping[str, Any]
NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=": lambda a, b: a == b,
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
}
MOST = 5e9  # numbers are allowed from -5 to 5 thousand millions
LONGEST = 2048
_GONE = object()


class PatternError(Exception):
    """A pattern that EventBridge does not take. The message is its reason."""


def read(text: str, longest: int = LONGEST) -> Pattern:
    """Raises PatternError."""
    if len(text) > longest:
        raise PatternError(f"Pattern is longer than {longest} characters")
    try:
        pattern = json.loads(text)
    except ValueError:
        raise PatternError("Filter is not valid JSON") from None
    if not isinstance(pattern, dict):
        raise PatternError("Filter is not an object")
    if not pattern:
        raise PatternError("Empty objects are not allowed")
    _check(pattern)
    return pattern


def matches(pattern: Pattern, event: Any) -> bool:
    """Whether an event has what a pattern asks for. Of a list in the event one element must have it."""
    if isinstance(event, list):
        return any(matches(pattern, item) for item in event)
    found = event if isinstance(event, Mapping) else {}
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(part, event) for part in wanted):
                return False
        elif isinstance(wanted, Mapping):
            if not matches(wanted, found.get(name, {})):
                return False
        elif not any(_holds(one, found.get(name, _GONE)) for one in wanted):
            return False
    return True


def _check(pattern: Pattern) -> None:
    for name, wanted in pattern.items():
        if name == "$or":
            if not isinstance(wanted, list) or len(wanted) < 2 or not all(isinstance(p, dict) and p for p in wanted):
                raise PatternError("There must be at least 2 Objects in '$or' relationship")
            for part in wanted:
                _check(part)
        elif isinstance(wanted, dict):
            if not wanted:
                raise PatternError("Empty objects are not allowed")
            _check(wanted)
        elif not isinstance(wanted, list):
            raise PatternError(f'"{name}" must be an object or an array')
        elif not wanted:
            raise PatternError("Empty arrays are not allowed")
        else:
            for one in wanted:
                _check_value(one)


def _check_value(one: Any) -> None:
    if isinstance(one, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if isinstance(one, dict):
        if len(one) != 1:
            raise PatternError("Only one key allowed in match expression")
        _check_operator(*next(iter(one.items())))


def _check_operator(name: str, given: Any) -> None:
    if name not in ("prefix", "suffix", "equals-ignore-case", "wildcard", "exists", "numeric", "cidr", "anything-but"):
        raise PatternError(f"Unrecognized match type {name}")
    if name in ("prefix", "suffix") and isinstance(given, dict):
        if set(given) != {"equals-ignore-case"} or not isinstance(given["equals-ignore-case"], str):
            raise PatternError(f"Unsupported {name} pattern: only equals-ignore-case is allowed in it")
    elif name in ("prefix", "suffix", "equals-ignore-case") and not isinstance(given, str):
        raise PatternError(f"{name} match pattern must be a string")
    elif name == "wildcard":
        _check_wildcard(given)
    elif name == "exists" and not isinstance(given, bool):
        raise PatternError("exists match pattern must be either true or false.")
    elif name == "numeric":
        _check_numeric(given)
    elif name == "cidr":
        try:
            ipaddress.ip_network(given, strict=False)
        except (ValueError, TypeError):
            raise PatternError(f"Malformed CIDR, one '/' required: {given}") from None
    elif name == "anything-but":
        _check_anything_but(given)


def _check_wildcard(given: Any) -> None:
    if not isinstance(given, str):
        raise PatternError("wildcard match pattern must be a string")
    if "**" in given:
        raise PatternError("Consecutive wildcard characters")
    if re.search(r"\\[^*\\]|\\$", given):
        raise PatternError("Invalid escape character")


def _check_numeric(given: Any) -> None:
    if not isinstance(given, list) or not given or len(given) % 2 or len(given) > 4:
        raise PatternError("Value of numeric must be an array of an operator and a number, or of two of each")
    for operator, number in zip(given[::2], given[1::2], strict=True):
        if operator not in NUMERIC:
            raise PatternError(f"Unrecognized numeric range operator: {operator}")
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > MOST:
            raise PatternError("Value must be between -5.0E9 and 5.0E9, inclusive")
    if len(given) == 4 and (given[0] not in (">", ">=") or given[2] not in ("<", "<=") or given[1] > given[3]):
        raise PatternError("Bottom must be less than top")


def _check_anything_but(given: Any) -> None:
    if isinstance(given, dict):
        if len(given) != 1 or next(iter(given)) not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
            raise PatternError("Unsupported anything-but pattern")
        for text in _several(next(iter(given.values()))):
            _check_operator(next(iter(given)), text)
        return
    values = _several(given)
    if not values or any(isinstance(value, dict | list | bool) or value is None for value in values):
        raise PatternError("Value of anything-but must be an array or single string/number value.")


def _several(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _holds(one: Any, value: Any) -> bool:
    """One wanted value or operator against what the event has there, or against nothing."""
    if isinstance(one, dict):
        name, given = next(iter(one.items()))
        if name == "exists":
            # Only leaves exist for a pattern: an object on the way to one does not.
            return (value is not _GONE and not isinstance(value, Mapping)) == given
        if name == "anything-but":
            # Of a list in the event, one element that is something else is enough.
            return value is not _GONE and any(_differs(given, item) for item in _elements(value))
    if value is _GONE:
        return False
    return any(_is(one, item) for item in _elements(value))


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _differs(given: Any, value: Any) -> bool:
    if isinstance(given, dict):
        name, texts = next(iter(given.items()))
        return not any(_is({name: text}, value) for text in _several(texts))
    return not any(_is(one, value) for one in _several(given))


def _is(one: Any, value: Any) -> bool:
    if not isinstance(one, dict):
        return one == value and isinstance(one, bool) == isinstance(value, bool)
    name, given = next(iter(one.items()))
    if name == "numeric":
        return (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and all(NUMERIC[sign](value, number) for sign, number in zip(given[::2], given[1::2], strict=True))
        )
    if not isinstance(value, str):
        return False
    if name == "cidr":
        return _within(value, given)
    if isinstance(given, dict):
        given, value = given["equals-ignore-case"].lower(), value.lower()
    if name == "prefix":
        return value.startswith(given)
    if name == "suffix":
        return value.endswith(given)
    if name == "equals-ignore-case":
        return value.lower() == given.lower()
    return _wildcard(given).fullmatch(value) is not None


def _within(value: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _wildcard(given: str) -> re.Pattern[str]:
    parts = re.findall(r"\\.|\*|[^*\\]+", given)
    return re.compile("".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts), re.DOTALL)
