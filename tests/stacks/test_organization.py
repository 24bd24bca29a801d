from typing import Any

import pytest

from estate.plan.record import record
from stacks import organization
from stacks.environment import Environment
from stacks.settings import SettingsError, parse, parse_stack
from stacks.settings.organization import OrganizationStack

BASE: dict[str, Any] = {
    "environment": "organization",
    "layers": ["organization"],
    "aws": {"account_id": "555555555555", "region": "eu-west-1"},
    "ownership": {"owner": "ml", "email": "ml@example.com", "cost_center": "ml"},
    "organization": {"targets": {"ml": "ou-ab12-cdef3456"}, "regions": ["eu-west-1"]},
}
POLICY = "aws:organizations/policy:Policy"


def with_(**changes):
    return {**BASE, "organization": {**BASE["organization"], **changes}}


def planned(values):
    settings = parse_stack(values)
    assert isinstance(settings, OrganizationStack)
    return record(lambda: organization.deploy(Environment.of(settings), settings))


def test_the_stack_holds_guardrails_and_nothing_else():
    made = planned(BASE)

    assert sorted(goal.inputs["name"] for goal in made.of_type(POLICY)) == [
        f"mlops-organization-{each}" for each in ("account", "audit", "data", "regions", "tags")
    ]
    others = {goal.type for goal in made.goals if goal.type.startswith("aws:")} - {POLICY}
    assert others == {"aws:organizations/policyAttachment:PolicyAttachment"}


def test_tags_need_not_be_a_matter_of_the_organisation():
    assert len(planned(with_(tag_policy=False)).of_type(POLICY)) == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (with_(targets={}), "organization.targets"),
        (with_(targets={"ml": "unit"}), "organization.targets.ml"),
        (with_(targets={"a": "r-ab12", "b": "r-ab12"}), "targets has r-ab12 under two names"),
        (with_(exempt_roles=["*"]), r"exempt_roles has '\*', which exempts everybody"),
        (with_(regions=["us-east-1"]), "aws.region eu-west-1 is not one of organization.regions, us-east-1"),
        (with_(regions=["mars"]), "organization.regions"),
        ({**BASE, "foundation": {}}, "mlops-estate:foundation: unknown key"),
    ],
)
def test_a_wrong_setting_is_refused(values, message):
    with pytest.raises(SettingsError, match=message):
        parse_stack(values)


@pytest.mark.parametrize("layers", [["organization"], ["foundation", "organization"]])
def test_an_environment_does_not_hold_it(layers):
    with pytest.raises(SettingsError, match="'organization' is no layer of an environment but a stack of its own"):
        parse({**BASE, "layers": layers})
