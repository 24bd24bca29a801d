"""Saved queries of CloudWatch Logs Insights, through plain boto3."""

import uuid

import pytest

from tests.cloud.services.harness import Ground, answer_of

TEXT = "fields @message"


def test_a_query_is_saved_changed_listed_by_prefix_and_deleted(ground: Ground):
    logs, folder = ground.client("logs"), f"f{uuid.uuid4().hex}/"
    first = logs.put_query_definition(name=f"{folder}b", queryString=TEXT, logGroupNames=["/g"])["queryDefinitionId"]
    second = logs.put_query_definition(name=f"{folder}a", queryString=TEXT)["queryDefinitionId"]
    logs.put_query_definition(name=f"{folder}b", queryString="limit 2", queryDefinitionId=first)

    found = logs.describe_query_definitions(queryDefinitionNamePrefix=folder)["queryDefinitions"]
    assert [(each["queryDefinitionId"], each["queryString"], each["logGroupNames"]) for each in found] == [
        (second, TEXT, []),
        (first, "limit 2", []),
    ]
    assert logs.delete_query_definition(queryDefinitionId=first)["success"] is True
    left = logs.describe_query_definitions(queryDefinitionNamePrefix=folder)["queryDefinitions"]
    assert [each["queryDefinitionId"] for each in left] == [second]


def test_a_listing_comes_in_pages(ground: Ground):
    logs, folder = ground.client("logs"), f"f{uuid.uuid4().hex}/"
    for i in range(3):
        logs.put_query_definition(name=f"{folder}{i}", queryString=TEXT)

    one = logs.describe_query_definitions(queryDefinitionNamePrefix=folder, maxResults=2)
    two = logs.describe_query_definitions(queryDefinitionNamePrefix=folder, maxResults=2, nextToken=one["nextToken"])
    assert [each["name"][-1] for page in (one, two) for each in page["queryDefinitions"]] == ["0", "1", "2"]
    assert "nextToken" not in two


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("put_query_definition", {"name": "n", "queryString": TEXT, "queryDefinitionId": "x"}, "ResourceNotFound"),
        ("delete_query_definition", {"queryDefinitionId": "x"}, "ResourceNotFound"),
        ("describe_query_definitions", {"nextToken": "x"}, "InvalidParameter"),
        ("put_query_definition", {"name": "n" * 256, "queryString": TEXT}, "InvalidParameter"),
    ],
)
def test_what_cannot_be_done_is_refused(ground: Ground, operation: str, params: dict[str, str], code: str):
    answer = answer_of(lambda: getattr(ground.client("logs"), operation)(**params))

    assert answer["Error"]["Code"] == f"{code}Exception"


def test_no_query_is_run_and_that_is_said(ground: Ground) -> None:
    logs = ground.client("logs")
    asked = {"logGroupName": "/any", "startTime": 0, "endTime": 1, "queryString": "stats count() by level"}
    answer = answer_of(lambda: logs.start_query(**asked))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "none is run" in answer["Error"]["Message"]
