"""Samples of entries/telemetry.py."""

import json

from tests.cloud.services.kept.stage import Sample, Stage, policy

RULE = {
    "RuleName": "some",
    "ResourceARN": "*",
    "Priority": 10,
    "FixedRate": 0.5,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


def canary(stage: Stage) -> dict:
    return {
        "Name": "door",
        "Code": {"S3Bucket": stage.ground.bucket, "S3Key": "door.zip", "Handler": "door.handler"},
        "ArtifactS3Location": f"s3://{stage.ground.bucket}/door",
        "ExecutionRoleArn": stage.role("lambda.amazonaws.com"),
        "Schedule": {"Expression": "rate(5 minutes)"},
        "RunConfig": {"TimeoutInSeconds": 60, "ActiveTracing": True},
        "RuntimeVersion": "syn-python-selenium-5.1",
        "VpcConfig": {"SubnetIds": [stage.subnet()], "SecurityGroupIds": [stage.group()]},
        "Tags": {"owner": "platform"},
    }


SAMPLES = {
    "xray:group": Sample(
        lambda stage: {"GroupName": "slow", "FilterExpression": "responsetime > 1"},
        lambda stage: {"FilterExpression": "responsetime > 2"},
    ),
    "xray:sampling rule": Sample(
        lambda stage: {"SamplingRule": RULE, "Tags": [{"Key": "a", "Value": "b"}]},
        lambda stage: {"SamplingRuleUpdate": {"FixedRate": 0.25}},
    ),
    "xray:encryption": Sample(lambda stage: {"Type": "KMS", "KeyId": stage.ground.key}),
    "xray:resource policy": Sample(
        lambda stage: {"PolicyName": "writers", "PolicyDocument": policy("sns.amazonaws.com")},
        lambda stage: {"PolicyDocument": policy("sqs.amazonaws.com")},
    ),
    "xray:trace segment destination": Sample(lambda stage: {"Destination": "CloudWatchLogs"}),
    "synthetics:canary": Sample(canary, lambda stage: {"Schedule": {"Expression": "rate(1 hour)"}}),
    "rum:app monitor": Sample(
        lambda stage: {
            "Name": "console",
            "Domain": "example.com",
            "AppMonitorConfiguration": {"SessionSampleRate": 0.5, "EnableXRay": True, "Telemetries": ["errors"]},
            "CwLogEnabled": True,
        },
        lambda stage: {"Domain": "example.org"},
    ),
    "rum:metrics destination": Sample(
        lambda stage: {"AppMonitorName": stage.parent("rum:app monitor")["Name"], "Destination": "CloudWatch"},
        lambda stage: {"IamRoleArn": stage.role("rum.amazonaws.com")},
        lost=("AppMonitorName",),
    ),
    "logs:anomaly detector": Sample(
        lambda stage: {
            "logGroupArnList": [stage.log_group()],
            "detectorName": "odd",
            "evaluationFrequency": "FIVE_MIN",
            "kmsKeyId": stage.ground.key,
        },
        lambda stage: {"evaluationFrequency": "ONE_HOUR", "enabled": True},
    ),
    "logs:data protection policy": Sample(
        lambda stage: {"logGroupIdentifier": stage.log_group(), "policyDocument": json.dumps({"Name": "mask"})},
        lambda stage: {"policyDocument": json.dumps({"Name": "audit"})},
        lost=("logGroupIdentifier",),
    ),
    "logs:account policy": Sample(
        lambda stage: {
            "policyName": "mask",
            "policyType": "DATA_PROTECTION_POLICY",
            "policyDocument": json.dumps({"Name": "mask"}),
        },
        lambda stage: {"policyDocument": json.dumps({"Name": "audit"})},
    ),
}
