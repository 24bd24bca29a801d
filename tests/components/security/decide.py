"""Whether a policy lets somebody do something, decided as IAM decides: what is denied is denied."""

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any


def may(statements: Sequence[Mapping[str, Any]], action: str, resource: str = "*", **context: Sequence[str]) -> bool:
    """`context` holds the request's condition keys, with `__` for a colon, such as `kms__ViaService=["s3..."]`."""
    given = {key.replace("__", ":"): list(values) for key, values in context.items()}
    spoken = [each["Effect"] for each in statements if _speaks(each, action, resource, given)]
    return "Allow" in spoken and "Deny" not in spoken


def _speaks(statement: Mapping[str, Any], action: str, resource: str, given: Mapping[str, list[str]]) -> bool:
    return (
        _any(statement["Action"], action.lower(), lower=True)
        and _any(statement["Resource"], resource)
        and all(
            _met(operator, wanted, given.get(key))
            for operator, by_key in statement.get("Condition", {}).items()
            for key, wanted in by_key.items()
        )
    )


def _met(operator: str, wanted: Any, values: list[str] | None) -> bool:
    if operator == "Null":
        return (values is None) == (wanted == "true")
    if operator == "ForAllValues:StringLike":
        return all(_any(wanted, value) for value in values or [])
    assert operator in ("StringEquals", "StringLike"), operator
    return values is not None and any(_any(wanted, value) for value in values)


def _any(patterns: Any, value: str, lower: bool = False) -> bool:
    each = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatch.fnmatchcase(value, pattern.lower() if lower else pattern) for pattern in each)
