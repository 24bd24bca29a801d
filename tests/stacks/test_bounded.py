"""No role of `full` asks for what its boundary refuses: such a permission would be there in a plan and never on AWS."""

import json
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from estate.engine.program import up
from estate.engine.values import unwrap
from estate.plan.standin import StandInProvider

ROOT = Path(__file__).resolve().parents[2]
BOUNDARY = "boundary-policy"
Statement = Mapping[str, Any]


@pytest.fixture(scope="module")
def full() -> list[tuple[str, str, Mapping[str, Any]]]:
    """Type, name and inputs of all that `full` consists of, with the outputs of what it hangs on."""
    return [(goal.type, goal.name, unwrap(goal.inputs)) for goal in up(ROOT, "full", StandInProvider()).goals]


def test_no_role_is_promised_what_its_boundary_refuses(full):
    (boundary,) = [statements(inputs["policy"]) for _, name, inputs in full if name == BOUNDARY]
    policies = [
        (name, statements(inputs["policy"])) for kind, name, inputs in full if kind == "aws:iam/rolePolicy:RolePolicy"
    ]
    assert len(policies) > 60

    assert [(name, refused) for name, each in policies for refused in refusals(each, boundary)] == []


@pytest.mark.parametrize(
    ("statement", "refused"),
    [
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::mlops-full-raw-1/*"}, []),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::payments/*"}, ["s3:GetObject"]),
        ({"Action": ["iam:CreateUser", "sqs:SendMessage"], "Resource": "*"}, ["iam:CreateUser"]),
        ({"Action": "kms:ScheduleKeyDeletion", "Resource": "*"}, ["kms:ScheduleKeyDeletion"]),
    ],
)
def test_what_the_boundary_refuses_is_told(full, statement, refused):
    (boundary,) = [statements(inputs["policy"]) for _, name, inputs in full if name == BOUNDARY]

    assert list(refusals([{"Effect": "Allow", **statement}], boundary)) == refused


def refusals(policy: Sequence[Statement], boundary: Sequence[Statement]) -> Iterator[str]:
    """Actions of a policy that the boundary does not allow on any of their resources, or denies on all."""
    for statement in policy:
        if statement["Effect"] != "Allow":
            continue
        for action in listed(statement["Action"]):
            resources = [
                resource
                for resource in listed(statement["Resource"])
                if not any(
                    each["Effect"] == "Deny" and covers(each, action) and within(resource, each) for each in boundary
                )
            ]
            allowed = [each for each in boundary if each["Effect"] == "Allow" and covers(each, action)]
            if not any(meets(resource, each) for resource in resources for each in allowed):
                yield action


def covers(statement: Statement, action: str) -> bool:
    """Whether it speaks of the action. `NotAction` is about regions, in which a plan of one region always is."""
    return any(fnmatchcase(action.lower(), each.lower()) for each in listed(statement.get("Action", ())))


def within(resource: str, statement: Statement) -> bool:
    return any(fnmatchcase(resource, each) for each in listed(statement["Resource"]))


def meets(resource: str, statement: Statement) -> bool:
    """Whether the two speak of something in common; either may be the wider one."""
    return any(fnmatchcase(resource, each) or fnmatchcase(each, resource) for each in listed(statement["Resource"]))


def statements(policy: str) -> list[Statement]:
    return json.loads(policy)["Statement"]


def listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
