"""Composite alarms, metric filters, saved queries and objects: created, read back, changed, removed."""

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest

from estate.cloud import Cloud
from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider
from estate.engine.resource import Asset, Goal
from tests.cloud.resources.goals import ALARM, BUCKET, goal

GROUP = "aws:cloudwatch/logGroup:LogGroup"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
QUERY = "aws:cloudwatch/queryDefinition:QueryDefinition"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"


def asset(content: bytes) -> Asset:
    return Asset(content, hashlib.sha256(content).hexdigest())


UNDER = goal(
    ALARM,
    name="under",
    namespace="N",
    metricName="M",
    statistic="Sum",
    period=60,
    evaluationPeriods=1,
    threshold=1,
    comparisonOperator="GreaterThanThreshold",
)
TRANSFORMATION = {"namespace": "N", "name": "Failures", "value": "1", "defaultValue": "0", "unit": "Count"}
CASES: dict[str, tuple[list[Goal], Goal, dict[str, Any]]] = {
    "composite": (
        [UNDER],
        goal(COMPOSITE, alarmName="both", alarmRule='ALARM("under")', alarmDescription="says", tags={"a": "b"}),
        {"alarmRule": 'NOT ALARM("under")'},
    ),
    "filter": (
        [goal(GROUP, name="/log")],
        goal(FILTER, name="failures", logGroupName="/log", pattern="?ERROR", metricTransformation=TRANSFORMATION),
        {"pattern": "?ERROR ?CRITICAL"},
    ),
    "query": (
        [],
        goal(QUERY, name="eta/failures", logGroupNames=["/log"], queryString="fields @message"),
        {"name": "eta/other", "queryString": "limit 1"},
    ),
    "object": (
        [goal(BUCKET, bucket="objects")],
        goal(
            OBJECT,
            bucket="objects",
            key="a/b.json",
            source=asset(b"{}"),
            contentType="application/json",
            checksumAlgorithm="SHA256",
            tags={"a": "b c"},
        ),
        {"source": asset(b"[1]")},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_lives_changes_and_goes(provider: CloudProvider, case: str) -> None:
    first, wanted, changes = CASES[case]
    ground = [provider.create(each) for each in first]

    state = provider.create(wanted)
    assert read_back(provider, state).lost == set()
    changed = provider.update(state, replace(wanted, inputs={**wanted.inputs, **changes}))
    assert changed.id == state.id
    assert read_back(provider, changed).lost == set()
    provider.delete(changed)
    assert provider.reading(changed) is None

    for other in reversed(ground):
        provider.delete(other)


def test_an_objects_content_is_what_was_given(provider: CloudProvider, cloud: Cloud) -> None:
    bucket = provider.create(goal(BUCKET, bucket="contents"))
    made = provider.create(
        goal(OBJECT, bucket="contents", key="k", source=asset(b"dashboard"), checksumAlgorithm="SHA256")
    )

    found = cloud.client("s3").get_object(Bucket="contents", Key="k")
    assert found["Body"].read() == b"dashboard"
    reading = provider.reading(made)
    assert reading is not None
    assert reading["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"dashboard").digest()).decode()
    provider.delete(made)
    provider.delete(bucket)
