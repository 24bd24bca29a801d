"""Where incidents are filed in tests: a table, a topic that a queue hears, and alarms as CloudWatch tells of them."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from contracts.incidents import Incident
from estate.cloud import Cloud
from pipelines.handlers.operations import actions, healing, setup

ACCOUNT = "111122223333"
START = datetime.now(UTC) - timedelta(minutes=5)
URIS = {
    zone: f"s3://lake-{ACCOUNT}/eta/{zone.removesuffix('_uri')}"
    for zone in ("raw_uri", "curated_uri", "quarantine_uri")
}


class Desk:
    """A table, a topic that a queue hears, and the handlers as Lambda would call them."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
        self.cloud, self.name = cloud, f"t-{uuid.uuid4().hex[:8]}"
        setup.client.cache_clear()
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which keeps the credentials of another module's cloud
        for key, value in cloud.environment().items():
            monkeypatch.setenv(key, value)
        cloud.client("dynamodb").create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        )
        topic = cloud.client("sns").create_topic(Name=self.name)["TopicArn"]
        self.queue = cloud.client("sqs").create_queue(QueueName=self.name)["QueueUrl"]
        cloud.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.name}"
        )
        self.switch = f"/switch/{self.name}"
        self.turn("on")
        told = {
            "environment": "dev",
            "prefix": "t-dev",
            "table": self.name,
            "topic": topic,
            "severities": {"errors": "page", "drift": "ticket", "pipeline-failed": "ticket"},
            "switch": self.switch,
            "act": list(actions.ACTIONS),
            **settings,
        }
        monkeypatch.setenv("SETTINGS", json.dumps(told))

    def turn(self, state: str) -> None:
        self.cloud.client("ssm").put_parameter(Name=self.switch, Value=state, Type="String", Overwrite=True)

    def records(self) -> list[Incident]:
        items = self.cloud.client("dynamodb").query(
            TableName=self.name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "incident"}}
        )["Items"]
        return [Incident.model_validate(json.loads(item["body"]["S"])["record"]) for item in items]

    def heal(self) -> list[dict[str, str]]:
        (only,) = self.records()
        return healing.handle({"detail": {"incident": only.id}}, None)["actions"]

    def mails(self) -> list[str]:
        found = (
            self.cloud.client("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        )
        return [json.loads(message["Body"])["Subject"] for message in found]


def alarm(name: str, state: str = "ALARM", minute: int = 0):
    at = (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    return {
        "detail-type": "CloudWatch Alarm State Change",
        "time": at,
        "detail": {"alarmName": f"t-dev-{name}", "state": {"value": state, "reason": "crossed", "timestamp": at}},
    }


STORY = [alarm("errors-eta"), alarm("drift-eta", minute=1), alarm("errors-eta", "OK", 2), alarm("drift-eta", "OK", 3)]


def shape(record: Incident) -> dict[str, object]:
    """What must not hang on the order of arrival: all but the id, and what was gathered on the way."""
    return record.model_dump(exclude={"id", "context", "suspects", "post_mortem", "summary"})
