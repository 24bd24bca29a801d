"""What one IAM statement allows that others do not."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

from estate.plan.documents import listed

ANYTHING = "*"
# Operators whose values widen the condition when they are more, and those whose values narrow it.
POSITIVE = {
    "ArnEquals",
    "ArnLike",
    "Bool",
    "IpAddress",
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
}
NEGATIVE = {"ArnNotEquals", "ArnNotLike", "NotIpAddress", "StringNotEquals", "StringNotLike"}
WILD = {"ArnEquals", "ArnLike", "StringLike", "ArnNotEquals", "ArnNotLike", "StringNotLike"}
ROOT = re.compile(r"AWS:(?:arn:[\w-]+:iam::)?(\d{12})(?::root)?")


@dataclass(frozen=True)
class Names:
    """Patterns; with `but`, everything except them."""

    patterns: tuple[str, ...]
    but: bool = False

    def covers(self, pattern: str) -> bool:
        """Whether all that `pattern` matches is among these."""
        if self.but:
            return not any(overlap(pattern, excluded) for excluded in self.patterns)
        return any(covers(mine, pattern) for mine in self.patterns)

    def includes(self, other: "Names") -> bool:
        if not other.but:
            return all(map(self.covers, other.patterns))
        if self.but:
            return all(any(covers(theirs, mine) for theirs in other.patterns) for mine in self.patterns)
        return ANYTHING in self.patterns

    def atoms(self) -> "Sequence[Names]":
        """One at a time, so that each can be covered by another statement."""
        return (self,) if self.but else tuple(Names((pattern,)) for pattern in self.patterns)

    def __str__(self) -> str:
        text = ", ".join(self.patterns)
        return f"everything but {text}" if self.but else text


Condition = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Statement:
    """One statement of a policy. An identity's statements have no principal: theirs is `*`."""

    allow: bool
    principals: Names
    actions: Names
    resources: Names
    condition: str  # JSON, keys sorted

    @property
    def conditions(self) -> Condition:
        return json.loads(self.condition)

    def holds(self, atom: "Statement", with_conditions: bool = True) -> bool:
        """Whether this statement says all that `atom` says."""
        return (
            self.actions.includes(atom.actions)
            and self.resources.includes(atom.resources)
            and self.principals.includes(atom.principals)
            and (not with_conditions or looser(self.conditions, atom.conditions))
        )

    def atoms(self) -> "Iterator[Statement]":
        for principal, action, resource in product(
            self.principals.atoms(), self.actions.atoms(), self.resources.atoms()
        ):
            yield Statement(self.allow, principal, action, resource, self.condition)


@dataclass(frozen=True)
class Gap:
    """What of a statement no other says. `conditional`: others do, under stricter conditions."""

    statement: Statement
    principals: tuple[str, ...]
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditional: bool


def missing(wanted: Iterable[Statement], given: Sequence[Statement]) -> Iterator[Gap]:
    """What of `wanted` is said by no statement of `given`, statement by statement."""
    for statement in wanted:
        lost = [atom for atom in statement.atoms() if not any(other.holds(atom) for other in given)]
        for conditional in (False, True):
            part = [atom for atom in lost if _held_loosely(atom, given) is conditional]
            if part:
                yield Gap(
                    statement,
                    _texts(atom.principals for atom in part),
                    _texts(atom.actions for atom in part),
                    _texts(atom.resources for atom in part),
                    conditional,
                )


def _held_loosely(atom: Statement, given: Sequence[Statement]) -> bool:
    return any(other.holds(atom, with_conditions=False) for other in given)


def _texts(names: Iterable[Names]) -> tuple[str, ...]:
    return tuple(sorted({str(each) for each in names}))


def statements(document: Any) -> list[Statement]:
    """The statements of a policy, as text or as an object; none of what is no policy."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except json.JSONDecodeError:
            return []
    if not isinstance(document, Mapping):
        return []
    return [_statement(each) for each in listed(document.get("Statement")) if isinstance(each, Mapping)]


def _statement(given: Mapping[str, Any]) -> Statement:
    conditions: dict[str, dict[str, list[str]]] = {}
    for operator, keys in (given.get("Condition") or {}).items():
        conditions[operator] = {
            key.lower(): sorted(_condition_value(value) for value in listed(values)) for key, values in keys.items()
        }
    return Statement(
        allow=given.get("Effect") == "Allow",
        principals=_principals(given),
        actions=_names(given, "Action", str.lower),
        resources=_names(given, "Resource", str),
        condition=json.dumps(conditions, sort_keys=True),
    )


def _condition_value(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _names(given: Mapping[str, Any], key: str, written: Any) -> Names:
    if f"Not{key}" in given:
        return Names(tuple(sorted(written(str(each)) for each in listed(given[f"Not{key}"]))), but=True)
    found = listed(given.get(key, ANYTHING))
    return Names(tuple(sorted({written(str(each)) for each in found})))


def _principals(given: Mapping[str, Any]) -> Names:
    for key, but in (("Principal", False), ("NotPrincipal", True)):
        if key in given:
            return Names(tuple(sorted(_principal_texts(given[key]))), but)
    return Names((ANYTHING,))


def _principal_texts(value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield ANYTHING if value == ANYTHING else str(value)
        return
    for kind, names in value.items():
        for name in listed(names):
            text = f"{kind}:{name}"
            account = ROOT.fullmatch(text)
            yield ANYTHING if text == "AWS:*" else f"AWS:account {account[1]}" if account else text


def looser(mine: Condition, theirs: Condition) -> bool:
    """Whether all requests that fulfil `theirs` fulfil `mine`."""
    return all(
        operator in theirs and key in theirs[operator] and _looser(operator, values, theirs[operator][key])
        for operator, keys in mine.items()
        for key, values in keys.items()
    )


def _looser(operator: str, mine: Sequence[str], theirs: Sequence[str]) -> bool:
    kind = operator.removesuffix("IfExists").rpartition(":")[2]
    same = covers if kind in WILD else str.__eq__
    if kind in POSITIVE:
        return all(any(same(wide, narrow) for wide in mine) for narrow in theirs)
    if kind in NEGATIVE:
        return all(any(same(excluded, own) for excluded in theirs) for own in mine)
    return list(mine) == list(theirs)


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that the pattern `narrow` matches is matched by `wide`: `s3:Get*` covers `s3:GetObject`."""
    account = re.fullmatch(r"AWS:account (\d{12})", wide)
    if account is not None and f"::{account[1]}:" in narrow:
        return True  # a whole account may pass on what it may do
    return wide in (narrow, ANYTHING) or _compiled(wide).fullmatch(narrow) is not None


@lru_cache(maxsize=65536)
def overlap(one: str, other: str) -> bool:
    """Whether some text is matched by both patterns."""
    if not one or not other:
        return not (one or other).strip("*")
    if one[0] == "*":
        return overlap(one[1:], other) or overlap(one, other[1:])
    if other[0] == "*":
        return overlap(one, other[1:]) or overlap(one[1:], other)
    return (one[0] == other[0] or "?" in (one[0], other[0])) and overlap(one[1:], other[1:])


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> "re.Pattern[str]":
    parts = {"*": ".*", "?": "[^*]"}
    return re.compile("".join(parts.get(letter) or re.escape(letter) for letter in pattern), re.S)
