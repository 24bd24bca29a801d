"""Types that no stack here uses, and a fork may: created, read back, removed."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from estate.cloud.provider import CloudProvider
from tests.cloud.resources.goals import BUCKET, QUEUE, ROLE, goal

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
PULL = {"Sid": "Pull", "Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"]}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [PULL]})
REPOSITORY = goal("aws:ecr/repository:Repository", name="spare")
SPARE: dict[str, tuple[list[Any], Any, Mapping[str, Any]]] = {
    "instance profile": (
        [goal(ROLE, name="spare", assumeRolePolicy=TRUST)],
        goal("aws:iam/instanceProfile:InstanceProfile", name="spare", role="spare"),
        {"InstanceProfileName": "spare"},
    ),
    "notification": (
        [goal(BUCKET, bucket="spare-bucket"), goal(QUEUE, name="spare")],
        goal(
            "aws:s3/bucketNotification:BucketNotification",
            bucket="spare-bucket",
            queues=[
                {
                    "queueArn": "arn:aws:sqs:eu-west-1:222233334444:spare",
                    "events": ["s3:ObjectCreated:*"],
                    "filterPrefix": "in/",
                    "id": "landed",
                }
            ],
        ),
        {},
    ),
    "repository policy": (
        [REPOSITORY],
        goal("aws:ecr/repositoryPolicy:RepositoryPolicy", repository="spare", policy=POLICY),
        {"repositoryName": "spare"},
    ),
    "scanning": (
        [],
        goal(
            "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
            scanType="ENHANCED",
            rules=[{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}],
        ),
        {"scanType": "ENHANCED"},
    ),
    "schedule group": ([], goal("aws:scheduler/scheduleGroup:ScheduleGroup", name="spare"), {"Name": "spare"}),
    "log policy": (
        [],
        goal("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", policyName="spare", policyDocument=POLICY),
        {"policyName": "spare", "policyDocument": POLICY},
    ),
}


@pytest.mark.parametrize("kind", SPARE)
def test_a_spare_type_lives_and_goes(provider: CloudProvider, kind: str) -> None:
    first, wanted, expected = SPARE[kind]
    ground = [provider.create(item) for item in first]
    state = provider.create(wanted)
    reading = provider.reading(state)
    assert reading is not None
    assert {key: reading[key] for key in expected} == dict(expected)
    provider.delete(state)
    assert provider.reading(state) is None
    for other in reversed(ground):
        provider.delete(other)
