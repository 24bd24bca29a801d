"""Wrong inputs that only AWS's published constraints can tell."""

import json
from typing import Any

import pytest

from estate.cloud.resources import Call
from estate.engine.resource import Secret
from estate.plan.constraints import CUSTOM, FREE, check

TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
ALARM = {
    "name": "latency",
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "Latency",
    "namespace": "MlopsEstate",
    "period": 60,
    "statistic": "Average",
    "threshold": 1,
}
VARIANT = {"modelName": "eta", "variantName": "all", "instanceType": "ml.m5.large", "initialInstanceCount": 1}
LAMBDA = {
    "name": "retrain",
    "role": "arn:aws:iam::111111111111:role/handlers",
    "runtime": "python3.12",
    "handler": "retrain.handle",
    "s3Bucket": "code-bucket",
    "s3Key": "retrain.zip",
    "timeout": 30,
    "memorySize": 256,
}
NODES = {
    "clusterName": "gpu",
    "nodeGroupName": "gpu",
    "nodeRoleArn": "arn:aws:iam::111111111111:role/nodes",
    "subnetIds": ["subnet-0123456789abcdef0"],
    "scalingConfig": {"minSize": 0, "maxSize": 1, "desiredSize": 0},
    "instanceTypes": ["g5.xlarge"],
}

# Type, inputs, path of the wrong one, its value as shown, and what the message says is allowed.
WRONG = [
    ("aws:s3/bucket:Bucket", {"bucket": "My_Lake"}, "bucket", "My_Lake", "lower case letters"),
    ("aws:s3/bucket:Bucket", {"bucket": "lake", "tags": {"aws:owner": "ml"}}, "tags.aws:owner", "aws:owner", "aws:"),
    (
        "aws:s3/bucketVersioning:BucketVersioning",
        {"bucket": "lake", "versioningConfiguration": {"status": "On"}},
        "versioningConfiguration.status",
        "On",
        "Enabled, Suspended",
    ),
    ("aws:iam/role:Role", {"name": "jobs", "assumeRolePolicy": "{"}, "assumeRolePolicy", "{", "allowed is JSON"),
    (
        "aws:iam/role:Role",
        {"name": "jobs", "assumeRolePolicy": TRUST, "maxSessionDuration": 60},
        "maxSessionDuration",
        "60",
        "3600 to 43200",
    ),
    (
        "aws:iam/role:Role",
        {"name": "jobs", "assumeRolePolicy": TRUST, "path": "mlops"},
        "path",
        "mlops",
        "text that matches",
    ),
    (
        "aws:iam/policy:Policy",
        {"name": "read", "policy": '{"Statement": [{"Effect": "Permit", "Action": "s3:GetObject", "Resource": "*"}]}'},
        "policy.Statement[0].Effect",
        "Permit",
        "Allow, Deny",
    ),
    (
        "aws:iam/policy:Policy",
        {"name": "read", "policy": '{"Statement": [{"Effect": "Allow", "Action": "GetObject", "Resource": "*"}]}'},
        "policy.Statement[0].Action",
        "GetObject",
        "service:Action",
    ),
    (
        "aws:kms/key:Key",
        {"description": "data", "deletionWindowInDays": 30, "customerMasterKeySpec": "AES"},
        "customerMasterKeySpec",
        "AES",
        "SYMMETRIC_DEFAULT",
    ),
    (
        "aws:ssm/parameter:Parameter",
        {"name": "/estate/dev", "type": "String", "value": "x" * 4097},
        "value",
        "4097 bytes",
        "4096 bytes",
    ),
    ("aws:ssm/parameter:Parameter", {"name": "/a", "type": "Text", "value": "x"}, "type", "Text", "SecureString"),
    (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {"name": "eta", "productionVariants": [{**VARIANT, "instanceType": "ml.m5.huge"}]},
        "productionVariants[0].instanceType",
        "ml.m5.huge",
        "ml.m5.large",
    ),
    (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {"name": "eta_1", "productionVariants": [VARIANT]},
        "name",
        "eta_1",
        "text that matches",
    ),
    (
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        {"name": "eta", "productionVariants": [{**VARIANT, "instanceTyp": "ml.m5.large"}]},
        "productionVariants[0].instanceTyp",
        "instanceTyp",
        "did you mean instanceType?",
    ),
    ("aws:lambda/function:Function", {**LAMBDA, "timeout": 1000}, "timeout", "1000", "1 to 900"),
    ("aws:lambda/function:Function", {**LAMBDA, "runtime": "python2.6"}, "runtime", "python2.6", "python3"),
    (
        "aws:lambda/function:Function",
        {**LAMBDA, "role": "arn:aws:iam:role/handlers"},
        "role",
        "arn:aws:iam:role/handlers",
        "ARN of six parts",
    ),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {**ALARM, "comparisonOperator": "Above"},
        "comparisonOperator",
        "Above",
        "GreaterThanThreshold",
    ),
    (
        "aws:cloudwatch/eventRule:EventRule",
        {"name": "drift", "eventPattern": '{"source": "aws.cloudwatch"}'},
        "eventPattern",
        "aws.cloudwatch",
        "source must be a list",
    ),
    (
        "aws:cloudwatch/eventRule:EventRule",
        {"name": "hourly", "scheduleExpression": "rate(1 hours)"},
        "scheduleExpression",
        "rate(1 hours)",
        "plural unless the value is 1",
    ),
    (
        "aws:cloudwatch/logGroup:LogGroup",
        {"name": "/aws/lambda/retrain", "retentionInDays": 30, "logGroupClass": "CHEAP"},
        "logGroupClass",
        "CHEAP",
        "INFREQUENT_ACCESS",
    ),
    (
        "aws:ec2/vpc:Vpc",
        {"cidrBlock": "10.1.0.7/16"},
        "cidrBlock",
        "10.1.0.7/16",
        "10.0.0.0/16",
    ),
    (
        "aws:eks/nodeGroup:NodeGroup",
        {**NODES, "instanceTypes": ["g5.gigantic"]},
        "instanceTypes[0]",
        "g5.gigantic",
        "g5.",
    ),
    ("aws:eks/nodeGroup:NodeGroup", {**NODES, "capacityType": "CHEAP"}, "capacityType", "CHEAP", "SPOT"),
]


@pytest.mark.parametrize(("type", "inputs", "path", "value", "allowed"), WRONG, ids=[f"{w[0]}-{w[2]}" for w in WRONG])
def test_a_wrong_input_is_told_with_property_value_and_what_is_allowed(goal, type, inputs, path, value, allowed):
    faults = [fault for fault in check([goal(type, inputs=inputs)]).faults if fault.path == path]
    assert faults, [fault.message for fault in check([goal(type, inputs=inputs)]).faults]
    assert faults[0].urn.endswith("::thing")
    assert path in faults[0].message
    assert value in faults[0].value
    assert allowed in faults[0].message


def test_the_seeded_inputs_cover_ten_types():
    assert len({type for type, *_ in WRONG}) >= 10
    assert len(WRONG) >= 20


@pytest.mark.parametrize(
    ("type", "inputs"),
    [
        ("aws:s3/bucket:Bucket", {"bucket": "my-lake", "tags": {"owner": "ml"}}),
        ("aws:iam/role:Role", {"name": "jobs", "assumeRolePolicy": TRUST, "path": "/mlops/"}),
        ("aws:sagemaker/endpointConfiguration:EndpointConfiguration", {"name": "eta", "productionVariants": [VARIANT]}),
        ("aws:lambda/function:Function", LAMBDA),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", ALARM),
        ("aws:eks/nodeGroup:NodeGroup", NODES),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.1.0.0/16"}),
    ],
)
def test_right_inputs_are_checked_and_pass(goal, type, inputs):
    found = check([goal(type, inputs=inputs)])
    assert [fault.message for fault in found.faults] == []
    assert found.inputs > 0


def test_a_missing_member_is_told(goal):
    variant = {key: value for key, value in VARIANT.items() if key != "variantName"}
    faults = check(
        [
            goal(
                "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
                inputs={"name": "eta", "productionVariants": [variant]},
            )
        ]
    ).faults
    assert [fault.message for fault in faults] == [
        "ProductionVariants[0].VariantName: null is not allowed; it is required (sagemaker CreateEndpointConfig)"
    ]


def test_a_secret_value_is_not_shown(goal):
    inputs = {"name": "/a", "type": "SecureString", "value": Secret("hunter2" * 700)}
    (fault,) = check([goal("aws:ssm/parameter:Parameter", inputs=inputs)]).faults
    assert "hunter2" not in fault.message


def test_a_secret_that_breaks_a_pattern_is_not_shown(goal):
    inputs = {**LAMBDA, "handler": Secret("two words")}
    (fault,) = check([goal("aws:lambda/function:Function", inputs=inputs)]).faults
    assert fault.value == "[secret]"


def test_text_that_a_missing_output_left_is_told(goal):
    inputs = {**ALARM, "alarmActions": ["arn:aws:sns:us-east-1:111111111111:None"]}
    faults = check([goal("aws:cloudwatch/metricAlarm:MetricAlarm", inputs=inputs)]).faults
    assert [fault.allowed for fault in faults] == ["a missing output became the word None"]


def test_what_cannot_be_checked_is_counted_with_its_reason(goal):
    found = check([goal("aws:nowhere/thing:Thing", inputs={"a": "1", "b": ["2", "3"]})])
    assert found.not_checkable == {"aws:nowhere/thing:Thing: no API calls are known": 3}
    assert (found.inputs, found.unchecked) == (0, 3)


def test_every_parameter_is_counted_once(goal):
    calls = [
        Call("sqs", "CreateQueue", {"QueueName": "dead", "Attributes": {"DelaySeconds": "5"}, "tags": {"a": "b"}}),
        Call("kms", "CreateKey", {"Description": "data", "KeySpec": "RSA_2048"}),
    ]
    found = check([goal("aws:sqs/queue:Queue", inputs={"name": "dead"})], calls=lambda _: calls)
    assert (found.inputs, found.not_checkable, found.faults) == (2, {FREE: 3}, ())


def test_a_subnet_outside_its_vpc_and_one_upon_another_are_told(goal):
    vpc = goal("aws:ec2/vpc:Vpc", "vpc", {"cidrBlock": "10.1.0.0/16"})
    subnets = [
        goal("aws:ec2/subnet:Subnet", name, {"cidrBlock": cidr, "vpcId": "vpc-0123456789abcdef0"})
        for name, cidr in (("a", "10.1.0.0/20"), ("b", "10.1.8.0/21"), ("c", "10.2.0.0/20"))
    ]
    faults = check([vpc, *subnets], ids={vpc.urn: "vpc-0123456789abcdef0"}).faults
    assert [(fault.urn.rpartition("::")[2], fault.allowed) for fault in faults] == [
        ("b", "a has 10.1.0.0/20 of the same VPC"),
        ("c", "allowed is a part of the VPC's 10.1.0.0/16"),
    ]


DAEMONS: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "DaemonSet",
    "metadata": {"name": "plugin"},
    "spec": {
        "selector": {"matchLabels": {"app": "plugin"}},
        "template": {
            "metadata": {"labels": {"app": "plugin"}},
            "spec": {"containers": [{"name": "plugin", "image": "plugin:1"}]},
        },
    },
}


def test_a_right_kubernetes_object_is_checked(goal):
    found = check([goal("kubernetes:apps/v1:DaemonSet", inputs=DAEMONS)])
    assert (found.faults, found.inputs, found.unchecked) == ((), 7, 0)


def test_an_unknown_field_of_a_kubernetes_object_is_told(goal):
    spec = {**DAEMONS["spec"], "replicas": 2}
    faults = check([goal("kubernetes:apps/v1:DaemonSet", inputs={**DAEMONS, "spec": spec})]).faults
    assert any("replicas" in fault.message and fault.source.startswith("Kubernetes") for fault in faults)


def test_a_custom_kind_without_a_published_schema_is_counted_as_not_checkable(goal):
    inputs = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "gpu"}}
    found = check([goal("kubernetes:karpenter.sh/v1:NodePool", inputs=inputs)])
    assert found.not_checkable == {CUSTOM: 3}


def definition(instance_type):
    step = {
        "Name": "Train",
        "Type": "Training",
        "Arguments": {
            "ResourceConfig": {
                "InstanceType": {"Get": "Parameters.TrainingInstanceType"},
                "InstanceCount": 1,
                "VolumeSizeInGB": 30,
            },
            "RoleArn": {"Get": "Parameters.RoleArn"},
        },
    }
    parameters = [{"Name": "TrainingInstanceType", "Type": "String", "DefaultValue": instance_type}]
    gate = {"Name": "Gate", "Type": "Condition", "Arguments": {"Conditions": [], "IfSteps": [step], "ElseSteps": []}}
    return json.dumps({"Version": "2020-12-01", "Parameters": parameters, "Steps": [gate]})


@pytest.mark.parametrize(("instance_type", "faults"), [("ml.m5.xlarge", 0), ("ml.m5.tiny", 1)])
def test_the_steps_of_a_pipeline_are_held_against_the_calls_that_they_become(goal, instance_type, faults):
    inputs = {
        "pipelineName": "training",
        "pipelineDisplayName": "training",
        "roleArn": "arn:aws:iam::111111111111:role/jobs",
        "pipelineDefinition": definition(instance_type),
    }
    found = check([goal("aws:sagemaker/pipeline:Pipeline", inputs=inputs)]).faults
    assert [fault.path for fault in found] == faults * [
        "pipelineDefinition.Steps[Gate].Arguments.IfSteps[Train].Arguments.ResourceConfig.InstanceType"
    ]
