"""Resources that Cloud Control makes: created, read back, changed in place or made anew, refused, removed."""

import json
import time
from dataclasses import replace

import pytest

from estate.cloud.provider import CloudProvider
from estate.cloud.resources.table import row
from estate.engine.provider import ProviderError
from tests.cloud.resources.goals import ROLE, goal

RESOURCE = "aws:cloudcontrol/resource:Resource"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def declared(type: str, **state: object):
    return goal(RESOURCE, typeName=type, desiredState=json.dumps(state, sort_keys=True))


def server(provider: CloudProvider, name: str, **more: object):
    arn = provider.create(goal(ROLE, name=f"for-{name}", assumeRolePolicy=TRUST)).outputs["arn"]
    state = {"TrackingServerName": name, "ArtifactStoreUri": "s3://artifacts", "RoleArn": arn, **more}
    return declared("AWS::SageMaker::MlflowTrackingServer", **state)


def changed(before, **more: object):
    state = {**json.loads(before.inputs["desiredState"]), **more}
    return replace(before, inputs={**before.inputs, "desiredState": json.dumps(state, sort_keys=True)})


def test_what_is_declared_is_made_with_what_aws_adds(cloud, provider):
    state = provider.create(server(provider, "made"))
    assert state.id == "made"
    assert json.loads(state.outputs["properties"])["TrackingServerArn"] == (
        "arn:aws:sagemaker:eu-west-1:222233334444:mlflow-tracking-server/made"
    )
    client = cloud.client("cloudcontrol")
    listed = client.list_resources(TypeName="AWS::SageMaker::MlflowTrackingServer")["ResourceDescriptions"]
    assert [each["Identifier"] for each in listed] == ["made"]
    assert cloud.snapshot().content["cloudcontrol"] == {"AWS::SageMaker::MlflowTrackingServer": frozenset({"made"})}
    provider.delete(state)
    assert not cloud.snapshot().content["cloudcontrol"]


def test_a_change_in_place_is_a_patch(cloud, provider):
    before = server(provider, "patched", TrackingServerSize="Small")
    state = provider.create(before)
    after = provider.update(state, changed(before, TrackingServerSize="Medium"))
    assert after.id == state.id
    assert json.loads(after.outputs["properties"])["TrackingServerSize"] == "Medium"
    provider.delete(after)


def test_a_change_of_what_is_create_only_makes_a_new_one_and_is_refused_in_place(provider):
    before = server(provider, "first")
    wanted = changed(before, TrackingServerName="second")
    assert provider.must_replace(wanted, before)
    assert not provider.must_replace(changed(before, TrackingServerSize="Large"), before)
    state = provider.create(before)
    with pytest.raises(ProviderError, match="NotUpdatableException: Property TrackingServerName"):
        provider.update(state, wanted)
    provider.delete(state)


def test_a_second_one_of_a_name_is_refused(provider):
    wanted = server(provider, "twice")
    state = provider.create(wanted)
    with pytest.raises(ProviderError, match=r"AlreadyExistsException: .* TrackingServerName twice"):
        provider.create(wanted)
    provider.delete(state)


def test_what_is_gone_is_told(cloud, provider):
    state = provider.create(server(provider, "gone"))
    provider.delete(state)
    assert provider.reading(state) is None
    with pytest.raises(cloud.client("cloudcontrol").exceptions.ResourceNotFoundException):
        cloud.client("cloudcontrol").delete_resource(TypeName="AWS::SageMaker::MlflowTrackingServer", Identifier="gone")


@pytest.mark.parametrize(
    ("type", "state", "said"),
    [
        ("AWS::SageMaker::Nothing", {}, "TypeNotFoundException: The type 'AWS::SageMaker::Nothing' cannot be found"),
        (
            "AWS::Logs::LogAnomalyDetector",
            {"EvaluationFrequency": "TWO_MIN"},
            "Model validation failed .#/EvaluationFrequency: allowed is one of FIFTEEN_MIN",
        ),
        ("AWS::Logs::LogAnomalyDetector", {"Colour": "red"}, "#/Colour: allowed are "),
        (
            "AWS::SageMaker::MlflowTrackingServer",
            {"TrackingServerName": "x", "ArtifactStoreUri": "s3://a"},
            "#/RoleArn: it is required",
        ),
        (
            "AWS::SageMaker::MlflowTrackingServer",
            {
                "TrackingServerName": "x",
                "ArtifactStoreUri": "s3://a",
                "RoleArn": "arn:aws:iam::222233334444:role/nobody",
            },
            "InvalidRequestException: The role arn:aws:iam::222233334444:role/nobody does not exist",
        ),
    ],
)
def test_what_aws_refuses_is_refused(provider, type, state, said):
    with pytest.raises(ProviderError, match=said):
        provider.create(declared(type, **state))


def test_what_aws_never_answers_with_is_not_read_back(provider, cloud):
    floor = {
        "VariantName": "all",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    trusts = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = cloud.client("iam").create_role(
        RoleName="floor", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trusts]})
    )["Role"]["Arn"]
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_endpoint_config(EndpointConfigName="floor", ExecutionRoleArn=role, ProductionVariants=[floor])
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="floor")
    while sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] != "InService":
        time.sleep(0.05)
    state = {
        "EndpointName": "e",
        "VariantName": "all",
        "Specification": {"Container": {"Image": "i"}, "ComputeResourceRequirements": {"MinMemoryRequiredInMb": 512}},
        "RuntimeConfig": {"CopyCount": 2},
    }
    made = provider.create(declared("AWS::SageMaker::InferenceComponent", **state))
    read = json.loads(made.outputs["properties"])
    assert "CopyCount" not in read["RuntimeConfig"]
    assert read["InferenceComponentStatus"] == "InService"
    answers = row(RESOURCE).answers["desiredState"]
    assert "CopyCount" not in answers(json.dumps(state), {**made.goal.inputs, "region": "eu-west-1"})
    provider.delete(made)


def test_a_request_can_be_followed(cloud, provider):
    client = cloud.client("cloudcontrol")
    event = client.create_resource(
        TypeName="AWS::Logs::LogAnomalyDetector", DesiredState=json.dumps({"DetectorName": "d"})
    )["ProgressEvent"]
    assert event["OperationStatus"] == "SUCCESS"
    found = client.get_resource_request_status(RequestToken=event["RequestToken"])["ProgressEvent"]
    assert found["Identifier"] == event["Identifier"]
    client.delete_resource(TypeName=event["TypeName"], Identifier=event["Identifier"])
    with pytest.raises(client.exceptions.RequestTokenNotFoundException):
        client.get_resource_request_status(RequestToken="nobody")
