"""Desired states of Cloud Control against CloudFormation's schemas: what is wrong, what replaces, what stands in."""

import json

import pytest

from estate.plan.constraints import check
from estate.plan.desired import TYPE, answered, changed_for_good, identifier
from estate.plan.difference import diff

SERVER = "AWS::SageMaker::MlflowTrackingServer"
CLUSTER = "AWS::SageMaker::Cluster"
STATE = {
    "TrackingServerName": "runs",
    "ArtifactStoreUri": "s3://artifacts/runs",
    "RoleArn": "arn:aws:iam::222222222222:role/runs",
}
PROGRAM = """
aws.cloudcontrol.Resource("runs", type_name="AWS::SageMaker::MlflowTrackingServer",
    desired_state=json.dumps({state!r}), opts=opts)
"""


def faults(goal, type, state):
    text = state if isinstance(state, str) else json.dumps(state)
    found = check([goal(TYPE, inputs={"typeName": type, "desiredState": text})], region="eu-west-1").faults
    return [(fault.path, fault.allowed) for fault in found]


def test_a_state_that_keeps_to_its_schema_is_checked_value_by_value(goal):
    inputs = {"typeName": SERVER, "desiredState": json.dumps(STATE)}
    checked = check([goal(TYPE, inputs=inputs)], region="eu-west-1")
    assert (checked.inputs, checked.unchecked, checked.faults) == (3, 0, ())


@pytest.mark.parametrize(
    ("type", "state", "path", "allowed"),
    [
        (
            SERVER,
            {"TrackingServerName": "runs", "ArtifactStoreUri": "s3://a"},
            "desiredState.RoleArn",
            "it is required",
        ),
        (SERVER, {**STATE, "TrackingServerSize": "Huge"}, "desiredState.TrackingServerSize", "Large, Medium, Small"),
        (SERVER, {**STATE, "Colour": "red"}, "desiredState.Colour", "ArtifactStoreUri"),
        (SERVER, {**STATE, "TrackingServerName": "-runs"}, "desiredState.TrackingServerName", "text that matches"),
        (SERVER, {**STATE, "AutomaticModelRegistration": "yes"}, "desiredState.AutomaticModelRegistration", "boolean"),
        (SERVER, {**STATE, "TrackingServerArn": "arn:a"}, "desiredState.TrackingServerArn", "AWS alone writes it"),
        (SERVER, "no json", "desiredState", "allowed is JSON"),
        ("AWS::SageMaker::Server", STATE, "typeName", "a type that CloudFormation has in eu-west-1"),
        (
            CLUSTER,
            {"InstanceGroups": [{"InstanceGroupName": "a", "CurrentCount": 1}]},
            "desiredState.InstanceGroups[0].CurrentCount",
            "AWS alone writes it",
        ),
    ],
)
def test_a_state_that_breaks_its_schema_is_told_with_its_place(goal, type, state, path, allowed):
    said = dict(faults(goal, type, state))
    assert path in said
    assert allowed in said[path]


def test_a_property_that_is_create_only_is_replaced_for(planned):
    def compare(**change):
        base = json.loads(planned(PROGRAM.format(state=STATE)).text())
        return diff(base, json.loads(planned(PROGRAM.format(state={**STATE, **change})).text())).changes

    (replaced,) = compare(TrackingServerName="others")
    assert (replaced.op, replaced.because) == ("replace", "desiredState.TrackingServerName cannot change in place")
    (updated,) = compare(TrackingServerSize="Large")
    assert updated.op == "update"


def test_a_stand_in_says_what_aws_would(planned):
    read = "pulumi.export('arn', pulumi.Output.json_loads(made.properties)['TrackingServerArn'])"
    plan = planned(PROGRAM.format(state=STATE).replace("aws.cloud", "made = aws.cloud", 1) + read)
    assert plan.faults == ()
    (state,) = [each for each in plan.resolved.deployment.states.values() if each.goal.type == TYPE]
    assert state.id == "runs"
    made = json.loads(state.outputs["properties"])
    assert made["TrackingServerArn"] == "arn:aws:sagemaker:eu-west-1:222222222222:mlflow-tracking-server/runs"


def test_create_only_paths_reach_into_structures():
    before = {"Orchestrator": {"Eks": {"ClusterArn": "arn:a"}}, "InstanceGroups": []}
    after = {"Orchestrator": {"Eks": {"ClusterArn": "arn:b"}}, "InstanceGroups": [{"InstanceGroupName": "a"}]}
    assert changed_for_good(CLUSTER, before, after, "eu-west-1") == ["Orchestrator/Eks"]
    assert changed_for_good(CLUSTER, before, {**before, "InstanceGroups": [1]}, "eu-west-1") == []


def test_what_aws_never_answers_with_is_left_out():
    type, state = "AWS::SageMaker::InferenceComponent", {"RuntimeConfig": {"CopyCount": 2}, "EndpointName": "e"}
    assert answered(type, state, "eu-west-1") == {"RuntimeConfig": {}, "EndpointName": "e"}


def test_an_identifier_of_several_parts_has_bars_between_them():
    type, known = "AWS::WAFv2::WebACL", {"Name": "door", "Id": "1", "Scope": "REGIONAL"}
    assert identifier(type, known, "eu-west-1") == "door|1|REGIONAL"
