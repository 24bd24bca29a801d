"""What is done about an incident, against the emulated AWS: once, where it is allowed, and what fails is told."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from pipelines.handlers.operations import actions, healing, incidents, quarantine
from pipelines.handlers.operations.observation import MalformedEvent
from pipelines.handlers.operations.refusals import Refused
from tests.pipelines.handlers.operations.desk import ACCOUNT, STORY, URIS, Desk, alarm


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
