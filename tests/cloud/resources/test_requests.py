"""A goal becomes exactly these calls."""

import pytest

from estate.cloud.resources import Call, UnknownType, UnmappedInput, calls
from tests.cloud.resources.goals import ALARM, BUCKET, GROUP, QUEUE, VPC, goal


def test_a_bucket_is_created_and_then_tagged() -> None:
    assert calls(goal(BUCKET, bucket="lake-raw", forceDestroy=True, tags={"owner": "ml"})) == [
        Call("s3", "CreateBucket", {"Bucket": "lake-raw"}),
        Call(
            "s3", "PutBucketTagging", {"Bucket": "lake-raw", "Tagging": {"TagSet": [{"Key": "owner", "Value": "ml"}]}}
        ),
    ]


def test_a_vpc_gets_one_call_an_attribute_with_an_id_of_the_right_form() -> None:
    assert calls(goal(VPC, cidrBlock="10.0.0.0/16", enableDnsHostnames=True, tags={"a": "b"})) == [
        Call(
            "ec2",
            "CreateVpc",
            {
                "InstanceTenancy": "default",
                "CidrBlock": "10.0.0.0/16",
                "TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}],
            },
        ),
        Call("ec2", "ModifyVpcAttribute", {"VpcId": "vpc-00000000000000000", "EnableDnsSupport": {"Value": True}}),
        Call("ec2", "ModifyVpcAttribute", {"VpcId": "vpc-00000000000000000", "EnableDnsHostnames": {"Value": True}}),
    ]


def test_a_queue_has_its_attributes_as_text() -> None:
    queue = goal(QUEUE, name="q", visibilityTimeoutSeconds=30, sqsManagedSseEnabled=True)
    attributes = {"VisibilityTimeout": "30", "SqsManagedSseEnabled": "true"}
    assert calls(queue) == [Call("sqs", "CreateQueue", {"QueueName": "q", "Attributes": attributes})]


def test_a_metric_query_is_put_into_its_nested_structure() -> None:
    metric = {"metricName": "m", "namespace": "n", "period": 60, "stat": "Sum", "dimensions": {"A": "b"}}
    alarm = goal(
        ALARM, name="a", comparisonOperator="GreaterThanThreshold", metricQueries=[{"id": "x", "metric": metric}]
    )
    (call,) = calls(alarm)
    assert call.params["Metrics"] == [
        {
            "Id": "x",
            "MetricStat": {
                "Metric": {"MetricName": "m", "Namespace": "n", "Dimensions": [{"Name": "A", "Value": "b"}]},
                "Period": 60,
                "Stat": "Sum",
            },
        }
    ]


def test_a_rule_of_all_protocols_has_no_ports() -> None:
    rule = {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["10.0.0.0/8"]}
    authorize = calls(goal(GROUP, name="g", vpcId="vpc-1", egress=[rule]))[-1]
    assert authorize == Call(
        "ec2",
        "AuthorizeSecurityGroupEgress",
        {
            "GroupId": "sg-00000000000000000",
            "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        },
    )


def test_a_policy_with_braces_is_not_taken_for_a_template() -> None:
    policy = '{"Statement": [{"Resource": "arn:aws:s3:::${aws:username}"}]}'
    (call,) = calls(goal("aws:s3/bucketPolicy:BucketPolicy", bucket="b", policy=policy))
    assert call == Call("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": policy})


def test_a_name_that_is_not_given_is_made_and_is_the_same_again() -> None:
    target = goal("aws:cloudwatch/eventTarget:EventTarget", "retrain", rule="r", arn="arn:aws:sns:us-east-1:1:t")
    first, second = (calls(target)[0].params["Targets"][0]["Id"] for _ in range(2))
    assert first == second
    assert first.startswith("retrain-")


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(UnknownType, match="aws:quantum/computer:Computer: no API calls are known"):
        calls(goal("aws:quantum/computer:Computer"))


def test_an_input_that_would_be_lost_is_refused_with_the_type_and_the_call() -> None:
    with pytest.raises(UnmappedInput, match=r"aws:sqs/queue:Queue: colour has no place in .* \(sqs CreateQueue\)"):
        calls(goal(QUEUE, name="q", colour="red"))


def test_an_inline_part_of_a_bucket_that_is_a_resource_of_its_own_is_refused() -> None:
    with pytest.raises(UnmappedInput, match="versioning of aws:s3/bucket:Bucket goes into no API call"):
        calls(goal(BUCKET, bucket="b", versioning={"enabled": True}))


def test_a_recorded_type_has_no_calls() -> None:
    assert calls(goal("kubernetes:core/v1:Namespace", metadata={"name": "gpu"})) == []
