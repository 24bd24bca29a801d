"""Resource policies: whether one lets an AWS service in."""

import fnmatch
import json
from collections.abc import Mapping
from typing import Any

EQUALS = frozenset({"StringEquals", "ArnEquals", "StringEqualsIgnoreCase"})
LIKE = frozenset({"StringLike", "ArnLike"})


def allows(policy: Any, principal: str, action: str, source: Mapping[str, str]) -> bool:
    """Whether a statement of `policy` allows the service `principal` to do `action`, and none denies it.

    `source` has the condition keys of the request, in small letters, such as `aws:sourcearn`. A condition on any other
    key, or with another operator, is taken as not met.
    """
    document = json.loads(policy) if isinstance(policy, str) and policy else policy
    statements = document.get("Statement", []) if isinstance(document, dict) else document or []
    effects = {
        statement.get("Effect")
        for statement in (statements if isinstance(statements, list) else [statements])
        if _is_principal(statement.get("Principal"), principal)
        and _is_action(statement.get("Action"), action)
        and all(_is_met(operator, keys, source) for operator, keys in statement.get("Condition", {}).items())
    }
    return effects & {"Allow", "Deny"} == {"Allow"}


def _is_principal(who: Any, principal: str) -> bool:
    if who == "*":
        return True
    if not isinstance(who, dict):
        return False
    return principal in _list(who.get("Service")) or "*" in _list(who.get("AWS"))


def _is_action(actions: Any, action: str) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), str(pattern).lower()) for pattern in _list(actions))


def _is_met(operator: str, keys: Mapping[str, Any], source: Mapping[str, str]) -> bool:
    for key, wanted in keys.items():
        value = source.get(key.lower())
        if value is None:
            return False
        if operator in EQUALS:
            met = value in _list(wanted)
        elif operator in LIKE:
            met = any(fnmatch.fnmatchcase(value, pattern) for pattern in _list(wanted))
        else:
            return False
        if not met:
            return False
    return True


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
