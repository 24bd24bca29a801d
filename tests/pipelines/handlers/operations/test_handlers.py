"""Incidents against the emulated AWS: real events, twice, out of order, at the same time, with calls that fail."""

import itertools
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest
from botocore.exceptions import ClientError

from pipelines.handlers.operations import incidents, setup
from pipelines.handlers.operations.observation import MalformedEvent
from tests.pipelines.handlers.operations.desk import START, STORY, Desk, alarm, shape


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
