"""What CloudFormation alone knows: its desired state and its tags."""

import json

import pulumi
import pytest

from components.base import Component
from components.declared import TagsAs, cloud_control
from tests.components.places import VIRGINIA

TYPE = "AWS::SageMaker::MlflowTrackingServer"
PLACE = VIRGINIA.model_copy(update={"tags": {"owner": "platform", "environment": "test"}})


def state(record, body) -> dict:
    """The desired state of the resource `it` that `body` declares under a component."""

    def program() -> None:
        parent = Component("estate:test:Thing", "thing", PLACE, None)
        body(parent.child())

    return json.loads(record(program).named("it")["desiredState"])


def test_a_state_has_sorted_keys_and_no_members_that_are_none(record):
    def program() -> None:
        name = pulumi.Output.from_input("runs")
        given = {"TrackingServerName": name, "ArtifactStoreUri": "s3://a", "MlflowVersion": None, "RoleArn": "arn:r"}
        cloud_control("it", TYPE, given)

    inputs = record(program).named("it")
    assert inputs["typeName"] == TYPE
    assert inputs["desiredState"] == '{"ArtifactStoreUri":"s3://a","RoleArn":"arn:r","TrackingServerName":"runs"}'


def test_the_tags_of_its_place_are_added_and_its_own_go_over_them(record):
    own = [{"Key": "owner", "Value": "science"}]
    found = state(record, lambda opts: cloud_control("it", TYPE, {"Tags": own}, opts))
    assert found["Tags"] == [{"Key": "environment", "Value": "test"}, {"Key": "owner", "Value": "science"}]


@pytest.mark.parametrize(
    ("form", "tags"),
    [(TagsAs.MAP, {"owner": "platform", "environment": "test"}), (TagsAs.NONE, None)],
)
def test_a_type_says_how_it_takes_its_tags(record, form, tags):
    found = state(record, lambda opts: cloud_control("it", TYPE, {"RoleArn": "r"}, opts, tags=form))
    assert found.get("Tags") == tags


@pytest.mark.parametrize("type", ["SageMaker::Cluster", "aws:sagemaker:Cluster", "AWS::SageMaker::", "AWS::A::B::C"])
def test_what_is_no_type_of_cloudformation_is_refused(type):
    with pytest.raises(ValueError, match="is no CloudFormation type"):
        cloud_control("it", type, {})
