import pulumi
import pytest
from pulumi_aws import sns
from pydantic import ValidationError

from components.base import Args, Component, Placement


class ThingArgs(Args):
    placement: Placement
    text: pulumi.Input[str]
    count: int = 1


class Thing(Component):
    def __init__(self, name, placement):
        super().__init__("estate:test:Thing", name, placement, None)
        sns.Topic(f"{name}-plain", opts=self.child())
        sns.Topic(f"{name}-guard", opts=self.guarding_child())
        sns.Topic(f"{name}-state", opts=self.stateful_child())


@pytest.mark.parametrize(
    ("fixture", "protect", "retain"),
    [
        ("place", {"plain": False, "guard": False, "state": False}, {"plain": False, "guard": False, "state": False}),
        (
            "protected_place",
            {"plain": False, "guard": False, "state": True},
            {"plain": False, "guard": True, "state": True},
        ),
    ],
)
def test_a_protected_place_keeps_state_and_what_guards_it(record, request, fixture, protect, retain):
    made = record(lambda: Thing("thing", request.getfixturevalue(fixture)))

    goals = {role: made.goal(f"thing-{role}") for role in ("plain", "guard", "state")}
    assert {role: goal.protect for role, goal in goals.items()} == protect
    assert {role: goal.retain_on_delete for role, goal in goals.items()} == retain
    assert {goal.parent for goal in goals.values()} == {made.goal("thing").urn}


def test_arguments_take_outputs_where_they_are_wires(place):
    assert ThingArgs(placement=place, text="plain").text == "plain"


@pytest.mark.parametrize(("wrong", "named"), [({"count": "many"}, "count"), ({"txt": "x"}, "txt"), ({}, "text")])
def test_wrong_arguments_are_refused_by_name(place, wrong, named):
    with pytest.raises(ValidationError, match=named):
        ThingArgs.model_validate({"placement": place, **({"text": "x"} if wrong else {}), **wrong})


def test_arguments_cannot_be_changed(place):
    args = ThingArgs(placement=place, text="x")

    with pytest.raises(ValidationError, match="frozen"):
        setattr(args, "count", 2)  # noqa: B010  plainly written, the type checker refuses it first


def test_arns_are_of_the_places_partition_account_and_region(place):
    china = place.model_copy(update={"partition": "aws-cn", "region": "cn-north-1"})

    assert china.arn("kms", "key/1") == "arn:aws-cn:kms:cn-north-1:123456789012:key/1"
    assert china.iam_arn("role", "jobs") == "arn:aws-cn:iam::123456789012:role/mlops/test/jobs"
    assert china.s3_arn("lake/*") == "arn:aws-cn:s3:::lake/*"
