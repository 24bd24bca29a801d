"""IAM policy documents, read the way AWS reads them."""

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .values import Inputs, document, items, record

# `role/*`, `function:*`, or `*` alone, after whatever stands before it in an ARN.
EVERY_ONE = re.compile(r"(arn:([^:]*:){4})?([a-z*-]+[:/])?\*+")
# Operators that are met where the request says nothing of the key, or something else.
MET_WITHOUT = ("Not", "Null", "IfExists", "ForAllValues")


@dataclass(frozen=True)
class Statement:
    allows: bool
    actions: tuple[str, ...]
    everything_but: bool  # NotAction: the actions are those left out
    resources: tuple[str, ...]
    every_resource_but: bool  # NotResource
    principals: Mapping[str, Sequence[str]]  # by kind: AWS, Service, Federated; `*` stands under AWS
    conditions: Mapping[str, Mapping[str, Sequence[str]]]  # operator -> key in lower case -> values

    def may(self, *actions: str) -> bool:
        """Whether it speaks of one of `actions`, wildcards included."""
        said = [any(fnmatch.fnmatchcase(action.lower(), each.lower()) for each in self.actions) for action in actions]
        return not all(said) if self.everything_but else any(said)

    @property
    def any_action(self) -> bool:
        return self.everything_but or "*" in self.actions or "*:*" in self.actions

    @property
    def any_resource(self) -> bool:
        return self.every_resource_but or "*" in self.resources

    @property
    def every_one_of_a_kind(self) -> bool:
        """Whether it speaks of all roles, all functions or the like; a path or the start of a name bounds them."""
        return self.every_resource_but or any(EVERY_ONE.fullmatch(each) for each in self.resources)

    @property
    def anyone(self) -> bool:
        return "*" in self.principals.get("AWS", ())

    def conditioned_on(self, *keys: str) -> bool:
        """Whether a condition asks for some values of one of `keys`, and is not met by every value or by none."""
        return any(
            key in {k.lower() for k in keys} and values and "*" not in values
            for operator, by_key in self.conditions.items()
            if not any(each in operator for each in MET_WITHOUT)
            for key, values in by_key.items()
        )


def statements(value: object) -> Iterator[Statement]:
    """The statements of a policy document. Raises Unreadable, Undecided."""
    yield from _read(value) if isinstance(value, str) else _statements(document(value))


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[Statement, ...]:
    """Several rules read the same document."""
    return tuple(_statements(document(text)))


def _statements(policy: Mapping[str, Any]) -> Iterator[Statement]:
    return (_statement(record(raw)) for raw in items(policy.get("Statement")))


def allowed(value: object) -> Iterator[Statement]:
    return (statement for statement in statements(value) if statement.allows)


def _statement(raw: Mapping[str, Any]) -> Statement:
    principal = raw.get("Principal", {})
    return Statement(
        allows=raw.get("Effect") == "Allow",
        actions=_texts(raw.get("Action", raw.get("NotAction"))),
        everything_but="NotAction" in raw,
        resources=_texts(raw.get("Resource", raw.get("NotResource"))),
        every_resource_but="NotResource" in raw,
        principals={"AWS": ("*",)}
        if principal == "*"
        else {kind: _texts(who) for kind, who in record(principal).items()},
        conditions={
            operator: {key.lower(): _texts(values) for key, values in record(by_key).items()}
            for operator, by_key in record(raw.get("Condition")).items()
        },
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in items(value))


POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
GROUP_POLICY = "aws:iam/groupPolicy:GroupPolicy"
# Every type that can hold a grant to an identity.
GRANTS = (POLICY, ROLE_POLICY, USER_POLICY, GROUP_POLICY, ROLE)


def granted(inputs: Inputs) -> Iterator[Statement]:
    """What an identity is allowed by a resource of `GRANTS`."""
    return (each for document in documents(inputs) for each in allowed(document))


def documents(inputs: Inputs) -> Iterator[object]:
    """The policy documents of a resource of `GRANTS`."""
    if inputs.get("policy") is not None:
        yield inputs["policy"]
    for inline in items(inputs.get("inlinePolicies")):
        if inline.get("policy") is not None:
            yield inline["policy"]
