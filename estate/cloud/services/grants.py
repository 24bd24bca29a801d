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


def role_may(iam: Any, arn: str, action: str) -> bool:
    """Whether a policy of a role, its own or an attached one, allows `action` on anything. `iam` is moto's backend."""
    role = next((item for item in iam.roles.values() if item.arn == arn), None)
    if role is None:
        return False
    versions = [version for policy in role.managed_policies.values() for version in policy.versions]
    documents = [*role.policies.values(), *(version.document for version in versions if version.is_default)]
    effects = {
        statement.get("Effect")
        for text in documents
        for statement in _list((json.loads(text) if isinstance(text, str) else text).get("Statement"))
        if _is_action(statement.get("Action"), action)
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
