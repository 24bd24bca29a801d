"""What a resource is given where there is no cloud."""

import json
import re

import pytest

from estate.engine.provider import ProviderError
from estate.plan.properties import properties
from estate.plan.standin import StandInProvider

PROVIDER = "pulumi:providers:aws"
HERE = "eu-west-1:222222222222"


@pytest.fixture
def provider(goal):
    made = StandInProvider()
    inputs = {"region": "eu-west-1", "allowedAccountIds": '["222222222222"]'}
    made.configure(goal(PROVIDER, "aws", inputs))
    return made


@pytest.mark.parametrize(
    ("type", "inputs", "arn", "id"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "lake"}, "arn:aws:s3:::lake", "lake"),
        ("aws:sns/topic:Topic", {"name": "page"}, f"arn:aws:sns:{HERE}:page", f"arn:aws:sns:{HERE}:page"),
        (
            "aws:iam/role:Role",
            {"name": "jobs", "path": "/mlops/dev/"},
            "arn:aws:iam::222222222222:role/mlops/dev/jobs",
            "jobs",
        ),
        (
            "aws:cloudwatch/eventRule:EventRule",
            {"name": "drift"},
            f"arn:aws:events:{HERE}:rule/drift",
            "drift",
        ),
        (
            "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
            {"name": "eta-1"},
            f"arn:aws:sagemaker:{HERE}:endpoint-config/eta-1",
            "eta-1",
        ),
        ("aws:lambda/function:Function", {"name": "retrain"}, f"arn:aws:lambda:{HERE}:function:retrain", "retrain"),
        (
            "aws:sqs/queue:Queue",
            {"name": "dead"},
            f"arn:aws:sqs:{HERE}:dead",
            "https://sqs.eu-west-1.amazonaws.com/222222222222/dead",
        ),
        (
            "aws:ssm/parameter:Parameter",
            {"name": "/estate/dev"},
            f"arn:aws:ssm:{HERE}:parameter/estate/dev",
            "/estate/dev",
        ),
    ],
)
def test_arns_and_ids_have_the_services_own_shape(provider, goal, type, inputs, arn, id):
    state = provider.create(goal(type, inputs=inputs))
    assert (state.outputs["arn"], state.id) == (arn, id)


def test_a_vpc_has_ec2_ids_for_what_comes_with_it(provider, goal):
    outputs = provider.create(goal("aws:ec2/vpc:Vpc", inputs={"cidrBlock": "10.1.0.0/16"})).outputs
    assert re.fullmatch(r"sg-[0-9a-f]{17}", outputs["defaultSecurityGroupId"])
    assert re.fullmatch(r"rtb-[0-9a-f]{17}", outputs["mainRouteTableId"])
    assert outputs["ownerId"] == "222222222222"


def test_a_cluster_has_an_issuer_and_a_certificate(provider, goal):
    inputs = {"name": "gpu", "roleArn": "arn:aws:iam::222222222222:role/eks", "vpcConfig": {"subnetIds": ["subnet-1"]}}
    outputs = provider.create(goal("aws:eks/cluster:Cluster", inputs=inputs)).outputs
    assert outputs["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.eu-west-1.amazonaws.com/id/")
    assert outputs["certificateAuthority"]["data"]
    assert outputs["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert outputs["vpcConfig"]["clusterSecurityGroupId"].startswith("sg-")


@pytest.mark.parametrize(
    "type",
    [
        "aws:ec2/vpc:Vpc",
        "aws:ecr/repository:Repository",
        "aws:eks/cluster:Cluster",
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:lambda/function:Function",
        "aws:s3/bucket:Bucket",
        "aws:sagemaker/featureGroup:FeatureGroup",
        "aws:sqs/queue:Queue",
    ],
)
def test_no_output_that_a_resource_always_has_is_missing(provider, goal, type):
    outputs = provider.create(goal(type)).outputs
    always = [name for name, declared in properties(type).items() if declared.always]
    assert always
    assert [name for name in always if outputs.get(name) is None] == []


def test_outputs_have_the_type_that_the_sdk_declares(provider, goal):
    outputs = provider.create(goal("aws:lambda/function:Function", inputs={"name": "retrain"})).outputs
    assert (type(outputs["sourceCodeSize"]), type(outputs["architectures"]), type(outputs["tagsAll"])) == (
        int,
        list,
        dict,
    )


def test_the_same_resource_is_given_the_same_outputs_in_every_run(goal):
    key = goal("aws:kms/key:Key", "data")
    assert StandInProvider().create(key).outputs == StandInProvider().create(key).outputs


def test_a_renamed_resource_keeps_its_id(provider, goal):
    old = goal("aws:kms/key:Key", "old")
    new = goal("aws:kms/key:Key", "new", aliases=(old.urn,))
    assert provider.create(new).id == provider.create(old).id


def test_a_read_resource_has_the_id_that_it_is_read_by(provider, goal):
    state = provider.read(goal("aws:ec2/vpc:Vpc", external_id="vpc-0123456789abcdef0"))
    assert state.id == "vpc-0123456789abcdef0"
    assert state.outputs["arn"].endswith("vpc/vpc-0123456789abcdef0")


def test_a_kubernetes_object_is_named_by_namespace_and_name(provider, goal):
    inputs = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "dcgm", "namespace": "gpu"}}
    state = provider.create(goal("kubernetes:core/v1:Service", inputs=inputs))
    assert (state.id, state.outputs["metadata"]["name"], state.outputs["status"]) == ("gpu/dcgm", "dcgm", {})


@pytest.mark.parametrize(
    ("token", "args", "output", "value"),
    [
        ("aws:index/getCallerIdentity:getCallerIdentity", {}, "accountId", "222222222222"),
        ("aws:index/getRegion:getRegion", {}, "region", "eu-west-1"),
        ("aws:index/getPartition:getPartition", {}, "dnsSuffix", "amazonaws.com"),
        (
            "aws:index/getAvailabilityZones:getAvailabilityZones",
            {"state": "available"},
            "zoneIds",
            ["euw1-az1", "euw1-az2", "euw1-az3"],
        ),
        ("aws:index/getArn:getArn", {"arn": "arn:aws:s3:::lake"}, "resource", "lake"),
    ],
)
def test_data_sources_that_need_no_account_are_answered(provider, token, args, output, value):
    assert provider.invoke(token, args)[output] == value


def test_a_policy_document_is_written_as_iam_reads_it(provider):
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["arn:aws:s3:::lake/*"],
        "principals": [{"type": "Service", "identifiers": ["glue.amazonaws.com"]}],
        "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}],
    }
    found = provider.invoke("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": [statement]})
    assert json.loads(found["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::lake/*",
                "Principal": {"Service": "glue.amazonaws.com"},
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            }
        ],
    }


def test_a_data_source_that_only_an_account_can_answer_is_refused(provider):
    with pytest.raises(ProviderError, match=r"getAmi.*in an account only.*getCallerIdentity"):
        provider.invoke("aws:ec2/getAmi:getAmi", {"owners": ["self"]})
