import json

import pytest

from components.base import Component
from components.documents import Statement, trust
from components.roles import bounded_role, inline_policy

READ: Statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def registered(record, place, suffixes=None, stays=False):
    """What a component registers that has a role and lets it read."""

    def program():
        owner = Component("estate:test:Owner", "lake", place, None)
        own, may = suffixes or ("role", "policy")
        opts = owner.guarding_child() if stays else None
        role = bounded_role(
            owner,
            "rows",
            "reader",
            suffix=own,
            description="Reads rows",
            boundary_arn="arn:aws:iam::123456789012:policy/most",
            trusted=trust(place, "glue"),
            opts=opts,
        )
        inline_policy(owner, role.name, "read", READ, suffix=may, opts=opts)

    return record(program)


def test_a_role_stands_under_the_environments_path_and_within_its_boundary(record, place):
    made = registered(record, place)
    role = made.named("lake-role")

    assert (role["name"], role["path"]) == (f"{place.prefix}-rows-reader", place.path)
    assert role["permissionsBoundary"] == "arn:aws:iam::123456789012:policy/most"
    assert role["description"] == "Reads rows"
    assert made.statements("lake-role", "assumeRolePolicy")["0"]["Principal"] == {"Service": ["glue.amazonaws.com"]}
    assert made.goal("lake-role").parent == made.goal("lake").urn


def test_what_it_may_do_stands_in_the_role_itself(record, place):
    made = registered(record, place)
    policy = made.named("lake-policy")

    assert (policy["name"], policy["role"]) == ("read", f"{place.prefix}-rows-reader")
    assert json.loads(policy["policy"])["Statement"] == [READ]
    assert made.goal("lake-policy").parent == made.goal("lake").urn


def test_a_component_with_several_roles_tells_them_apart(record, place):
    assert {"lake-merges", "lake-merges-policy"} <= set(
        registered(record, place, suffixes=("merges", "merges-policy")).resources
    )


@pytest.mark.parametrize("stays", [True, False])
def test_a_role_stays_where_its_owner_wants_that(record, place, stays):
    made = registered(record, place.model_copy(update={"protected": True}), stays=stays)

    assert [made.goal(name).retain_on_delete for name in ("lake-role", "lake-policy")] == [stays, stays]
