"""Both handlers against the emulated AWS: real events, twice, out of order, at the same time, with calls that fail."""

import itertools
import json
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from contracts.incidents import Incident
from estate.cloud import Cloud
from pipelines.handlers.operations import actions, healing, incidents, quarantine, setup
from pipelines.handlers.operations.observation import MalformedEvent
from pipelines.handlers.operations.refusals import Refused

ACCOUNT = "111122223333"
START = datetime.now(UTC) - timedelta(minutes=5)
URIS = {
    zone: f"s3://lake-{ACCOUNT}/eta/{zone.removesuffix('_uri')}"
    for zone in ("raw_uri", "curated_uri", "quarantine_uri")
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory) -> Iterator[Cloud]:
    with Cloud(account_id=ACCOUNT, region="us-east-1", workdir=tmp_path_factory.mktemp("cloud")) as opened:
        role = json.dumps(
            {
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ]
            }
        )
        arn = opened.client("iam").create_role(RoleName="jobs", AssumeRolePolicyDocument=role)["Role"]["Arn"]
        fail = {
            "Version": "2020-12-01",
            "Steps": [{"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no rows"}}],
        }
        fail["Parameters"] = [{"Name": "Trigger", "Type": "String", "DefaultValue": "manual"}]
        for model in ("eta", "fare", "risk", "wait"):
            opened.client("sagemaker").create_pipeline(
                PipelineName=f"t-dev-{model}-training",
                PipelineDefinition=json.dumps(fail),
                RoleArn=arn,
                ClientRequestToken=uuid.uuid4().hex,
            )
            outputs = {f"{kind}_pipeline": f"t-dev-{model}-{kind}" for kind in ("data", "training", "monitor")}
            opened.client("ssm").put_parameter(
                Name=f"/mlops-estate/dev/models/{model}",
                Type="String",
                Value=json.dumps({**outputs, "endpoint": f"t-dev-{model}", **URIS}),
            )
        opened.client("s3").create_bucket(Bucket=f"lake-{ACCOUNT}")
        yield opened


class Desk:
    """A table, a topic that a queue hears, and the handlers as Lambda would call them."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
        self.cloud, self.name = cloud, f"t-{uuid.uuid4().hex[:8]}"
        setup.client.cache_clear()
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


@pytest.fixture
def desk(cloud, monkeypatch) -> Desk:
    return Desk(cloud, monkeypatch)


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


def test_alerts_become_one_incident_that_closes_with_the_last_recovery_and_people_are_told(desk):
    for event in STORY:
        incidents.handle(event, None)
    (record,) = desk.records()
    assert (record.status, record.title, len(record.alerts)) == ("closed", "errors, drift of eta", 2)
    assert record.post_mortem is not None
    assert desk.mails()[0] == "[page] opened: errors of eta"


def test_the_same_events_again_change_nothing_and_tell_nobody(desk):
    for event in STORY[:2]:
        incidents.handle(event, None)
    before, _ = desk.records(), desk.mails()
    for event in STORY[:2]:
        assert incidents.handle(event, None)["enriched"] is False
    assert (desk.records(), desk.mails()) == (before, [])


@pytest.mark.parametrize("order", [list(each) for each in itertools.permutations(range(4))][1::9])
def test_events_in_another_order_give_the_same_record(cloud, monkeypatch, order):
    found = []
    for events in (STORY, [STORY[number] for number in order]):
        desk = Desk(cloud, monkeypatch)
        for event in events:
            incidents.handle(event, None)
        (record,) = desk.records()
        found.append(shape(record))
    assert found[0] == found[1]


def test_events_at_the_same_time_are_filed_one_by_one(desk):
    events = [alarm(f"{signal}-eta", minute=minute) for signal in ("errors", "drift") for minute in range(3)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda event: incidents.handle(event, None), events))
    (record,) = desk.records()
    assert len(record.alerts) == 6


def test_two_causes_are_two_incidents(desk):
    incidents.handle(alarm("drift-eta"), None)
    incidents.handle(alarm("errors-fare", minute=1), None)
    assert sorted(record.subjects for record in desk.records()) == [("eta",), ("fare",)]


def test_a_source_that_cannot_be_read_is_named_and_the_incident_opens_all_the_same(desk, monkeypatch):
    real = boto3.client

    def broken(service, *arguments, **options):
        if service == "cloudwatch":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListMetrics")
        return real(service, *arguments, **options)

    setup.client.cache_clear()
    monkeypatch.setattr(boto3, "client", broken)
    incidents.handle(alarm("errors-eta"), None)
    (record,) = desk.records()
    assert any("not read: metrics" in line for line in record.context.logs)


def test_a_message_that_cannot_be_sent_is_sent_by_the_retry(desk, monkeypatch):
    settings = json.loads(os.environ["SETTINGS"])
    monkeypatch.setenv("SETTINGS", json.dumps({**settings, "topic": settings["topic"] + "-gone"}))
    with pytest.raises(ClientError, match="NotFound"):
        incidents.handle(alarm("errors-eta"), None)
    monkeypatch.setenv("SETTINGS", json.dumps(settings))
    incidents.handle(alarm("errors-eta"), None)
    assert desk.mails() == ["[page] opened: errors of eta"]


def executions(cloud, model="eta"):
    return cloud.client("sagemaker").list_pipeline_executions(PipelineName=f"t-dev-{model}-training")[
        "PipelineExecutionSummaries"
    ]


def test_drift_retrains_once_however_often_it_is_told(desk, cloud):
    incidents.handle(alarm("drift-eta"), None)
    before = len(executions(cloud))
    first, second = desk.heal(), desk.heal()
    assert [(each["kind"], each["status"]) for each in first] == [("retrain", "done")]
    assert (second, len(executions(cloud))) == ([], before + 1)
    (record,) = desk.records()
    assert [(action.kind, action.target, action.status) for action in record.actions] == [("retrain", "eta", "done")]


def test_where_an_action_would_be_wrong_the_next_rule_has_its_turn(desk, cloud, monkeypatch):
    def first(_task: object) -> str:
        raise actions.Refused("there is none to go back to")

    monkeypatch.setattr(healing, "ACTIONS", {**actions.ACTIONS, "rollback": first})
    rules = [{"id": "a", "action": "rollback"}, {"id": "b", "action": "retrain"}]
    fits = {"signals": ["drift"], "suspect": "", "least": 0}
    monkeypatch.setattr(healing.Path, "read_text", lambda *_, **__: json.dumps([{**each, **fits} for each in rules]))
    incidents.handle(alarm("drift-eta", minute=30), None)
    before = len(executions(cloud))

    done, again = desk.heal(), desk.heal()

    assert [(each["kind"], each["status"]) for each in done] == [("rollback", "refused"), ("retrain", "done")]
    assert (again, len(executions(cloud))) == ([], before + 1)


@pytest.mark.parametrize(
    ("switch", "settings", "status", "says"),
    [
        ("off", {}, "refused", "self-healing is switched off"),
        ("on", {"act": ["rollback"]}, "dry-run", "operations.healing.act does not name it"),
        ("on", {"per_hour": 0}, "refused", "rate limit: 0 actions within an hour, 0 allowed"),
    ],
)
def test_what_is_not_allowed_is_written_down_once_and_not_done(cloud, monkeypatch, switch, settings, status, says):
    desk = Desk(cloud, monkeypatch, **settings)
    desk.turn(switch)
    incidents.handle(alarm("drift-fare"), None)
    before = len(executions(cloud, "fare"))
    desk.heal()
    desk.heal()
    (record,) = desk.records()
    assert [(action.kind, action.status) for action in record.actions] == [("retrain", status)]
    assert says in record.actions[0].reason
    assert len(executions(cloud, "fare")) == before


def test_without_its_switch_nothing_is_done(desk, cloud):
    cloud.client("ssm").delete_parameter(Name=desk.switch)
    incidents.handle(alarm("drift-risk"), None)
    assert desk.heal()[0]["status"] == "refused"


def test_an_action_that_fails_is_told_and_not_tried_again(desk, monkeypatch):
    def fails(_task):
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "StartPipelineExecution")

    monkeypatch.setattr(healing, "ACTIONS", {**actions.ACTIONS, "retrain": fails})
    incidents.handle(alarm("drift-wait"), None)
    (action,) = desk.heal()
    assert action["status"] == "failed"
    assert "slow down" in action["reason"]
    assert desk.heal() == []


def test_an_action_that_breaks_in_an_unforeseen_way_is_written_down(desk, monkeypatch):
    monkeypatch.setattr(healing, "ACTIONS", {**actions.ACTIONS, "retrain": lambda task: {}["CurrentInstanceCount"]})
    incidents.handle(alarm("drift-wait"), None)
    (action,) = desk.heal()
    assert (action["status"], action["reason"].partition(" (")[0]) == ("failed", "KeyError: 'CurrentInstanceCount'")


def test_at_the_same_time_it_is_done_once(desk, cloud):
    incidents.handle(alarm("drift-wait", minute=2), None)
    before = len(executions(cloud, "wait"))
    (record,) = desk.records()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: healing.handle({"detail": {"incident": record.id}}, None), range(4)))
    assert len(executions(cloud, "wait")) == before + 1


def test_a_closed_incident_is_left_alone(desk):
    for event in STORY:
        incidents.handle(event, None)
    (record,) = desk.records()
    assert "skipped" in healing.handle({"detail": {"incident": record.id}}, None)


@pytest.mark.parametrize("event", [[], {}, {"detail": {"incident": "nobody"}}])
def test_healing_needs_an_incident(desk, event):
    with pytest.raises(MalformedEvent):
        healing.handle(event, None)


def test_a_landed_batch_goes_into_quarantine_and_can_be_put_back(cloud):
    s3, bucket = cloud.client("s3"), f"lake-{ACCOUNT}"
    for key in ("raw/rows-a.parquet", "curated/rows-a.parquet", "raw/rows-b.parquet", "raw/old.parquet"):
        s3.put_object(Bucket=bucket, Key=f"eta/{key}", Body=key.encode())
    later = datetime.now(UTC).timestamp() + 1
    with pytest.raises(Refused, match="3 of 3 landed files are of the last hour; that is no single batch"):
        quarantine.move_batch(s3, URIS, "i1", later)
    with pytest.raises(Refused, match="nothing landed"):
        quarantine.move_batch(s3, URIS, "i1", later - 7200)
    monkeyed = quarantine.SHARE
    quarantine.SHARE = 1.0
    try:
        said = quarantine.move_batch(s3, URIS, "i1", later)
    finally:
        quarantine.SHARE = monkeyed
    left = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    assert left == [
        "eta/quarantine/incident-i1/curated/rows-a.parquet",
        "eta/quarantine/incident-i1/raw/old.parquet",
        "eta/quarantine/incident-i1/raw/rows-a.parquet",
        "eta/quarantine/incident-i1/raw/rows-b.parquet",
    ]
    assert said.startswith("4 objects of 3 landed files (old, rows-a, rows-b) are in")


def alert(status: str, minute: int, subject: str = "eta", signal: str = "errors") -> dict[str, str]:
    at = (START + timedelta(minutes=minute)).isoformat(timespec="milliseconds")
    named = {"name": "ModelErrors", "signal": signal, "subject": subject, "severity": "page", "slo": ""}
    return {**named, "status": status, "startsAt": at, "endsAt": at, "summary": "requests fail"}


def message(*alerts: dict[str, str]) -> dict[str, object]:
    """As SNS hands a message of the alert manager to a function."""
    said = json.dumps({"source": "alertmanager", "alerts": list(alerts)})
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": said}}]}


def test_prometheus_and_cloudwatch_alert_of_the_same_and_it_is_one_incident(desk):
    incidents.handle(message(alert("firing", 0)), None)
    incidents.handle(alarm("errors-eta", minute=1), None)
    incidents.handle(message(alert("resolved", 2)), None)
    (record,) = desk.records()
    assert (record.status, [each.name for each in record.alerts]) == (
        "open",
        ["prometheus/ModelErrors/eta", "t-dev-errors-eta"],
    )

    incidents.handle(alarm("errors-eta", "OK", 3), None)
    assert desk.records()[0].status == "closed"


def test_alerts_that_come_in_one_message_are_filed_one_by_one(desk):
    event = message(alert("firing", 0), alert("firing", 0, "fare", "drift"))
    found = incidents.handle(event, None)["alerts"]
    again = incidents.handle(event, None)["alerts"]

    assert sorted(record.subjects for record in desk.records()) == [("eta",), ("fare",)]
    assert [each["incident"] for each in again] == [each["incident"] for each in found]


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("plain text", "the message is no JSON"),
        ('{"source": "somebody"}', "its source is not `alertmanager`"),
        ('{"source": "alertmanager"}', "the message lacks alerts"),
        ('{"source": "alertmanager", "alerts": [{"status": "odd"}]}', "known are firing, resolved"),
        ('{"source": "alertmanager", "alerts": [{"status": "firing"}]}', "the event lacks signal"),
    ],
)
def test_a_message_that_is_not_the_alert_managers_is_refused(desk, said, says):
    with pytest.raises(MalformedEvent, match=says):
        incidents.handle({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": said}}]}, None)
    assert desk.records() == []
