"""Deployments on record, incidents for commands, and the switch."""

import json
from dataclasses import replace

import pytest

from components.incidents.healing_switch import SWITCH
from estate.commands.operating import text
from estate.engine.resource import Asset, Goal, Secret
from estate.release.account import ReleaseError
from estate.release.changes import deployments, record
from estate.release.graph import make_graph
from estate.release.incidents import close_incident, healing_state, list_incidents, show_incident, switch_healing
from pipelines.handlers.operations.graph import Graph
from pipelines.handlers.operations.incidents import record_of

TABLE = "mlops-dev-incidents"
TOPIC = "aws:sns/topic:Topic"
SEEN = {
    "key": "k1",
    "at": "2026-01-02T10:00:00.000+00:00",
    "name": "mlops-dev-errors-delivery-eta",
    "kind": "alarm",
    "state": "alarm",
    "signal": "errors",
    "subject": "delivery-eta",
    "severity": "page",
    "reason": "too many",
}


@pytest.fixture
def table(cloud):
    client = cloud.client("dynamodb")
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
    )
    yield client
    client.delete_table(TableName=TABLE)


def goal(name: str, needs: tuple[str, ...] = (), **inputs: object) -> Goal:
    return Goal(f"urn:{name}", TOPIC, name, True, {"name": name, **inputs}, dependencies=needs)


GOALS = [goal("a", policy="one"), goal("b", needs=("urn:a",)), goal("c", password=Secret("x"))]


def test_the_first_record_is_where_an_estate_begins(estate, table):
    made = record(estate, GOALS, commit="abc")
    assert (made.commit, made.resources, made.changed, made.releases) == ("abc", 3, (), {})


def test_later_records_tell_what_was_created_changed_and_deleted(estate, table):
    record(estate, GOALS)
    made = record(estate, [goal("a", policy="two"), GOALS[1], goal("d")])
    assert [(each.urn, each.op, each.inputs) for each in made.changed] == [
        ("urn:a", "update", ("policy",)),
        ("urn:c", "delete", ()),
        ("urn:d", "create", ()),
    ]
    assert deployments(estate)[-1] == made


def test_a_deleted_resource_is_remembered_with_what_it_stood_on(estate, table):
    record(estate, GOALS)
    (deleted,) = record(estate, [GOALS[0], GOALS[2]]).changed
    assert (deleted.urn, deleted.op, deleted.needs) == ("urn:b", "delete", ("urn:a",))


def test_a_pinned_release_is_on_record(estate, table):
    record(estate, GOALS)
    pinned = estate.settings.models["delivery-eta"].model_validate(
        {"release": {"version": 2, "package_arn": "arn:aws:sagemaker:us-east-1:111111111111:model-package/g/2"}}
    )
    models = {**estate.settings.models, "delivery-eta": pinned}
    made = record(replace(estate, settings=estate.settings.model_copy(update={"models": models})), GOALS)
    assert made.releases == {"delivery-eta": ("", "2")}


def test_handlers_read_the_graph_that_was_recorded(estate, table):
    record(estate, GOALS)
    item = table.get_item(TableName=TABLE, Key={"pk": {"S": "graph"}, "sk": {"S": "current"}})["Item"]
    graph = Graph.unpack(item["packed"]["B"])
    assert graph.reach(["urn:b"]) == {"urn:b": 0, "urn:a": 1}
    assert graph.resource("a") == "urn:a"
    assert graph.models["delivery-eta"]["pipelines"]["training"] == "mlops-dev-delivery-eta-training"


def test_the_same_program_gives_the_same_graph_and_no_secret_is_in_it(estate):
    first, second = (make_graph(estate, [goal("a", code=Asset(b"x", "1"), secret=Secret(s))]) for s in ("p", "q"))
    assert first.pack() == second.pack()


def test_without_its_table_an_environment_says_what_to_deploy(estate):
    with pytest.raises(ReleaseError, match="dev has no table mlops-dev-incidents; deploy its layer `operations` first"):
        record(estate, GOALS)


@pytest.fixture
def incident(table):
    body = {"observations": [SEEN], "actions": [], "told": []}
    body["record"] = record_of("i1", body, "dev", {})
    item = {"pk": {"S": "incident"}, "sk": {"S": "i1"}, "version": {"N": "1"}, "body": {"S": json.dumps(body)}}
    table.put_item(TableName=TABLE, Item=item)


def test_incidents_are_listed_and_shown(estate, incident):
    assert [each.id for each in list_incidents(estate)] == ["i1"]
    lines = text(show_incident(estate, "i1"))
    assert lines[0] == "i1 open   page   2026-01-02 10:00 errors of delivery-eta"
    assert "Runbook: none" in lines


def test_a_person_closes_an_incident_with_a_summary(estate, incident):
    closed = close_incident(estate, "i1", "a broken probe")
    assert (closed.status, closed.summary) == ("closed", "a broken probe")
    assert "closed by hand: a broken probe" in (closed.post_mortem or "")
    with pytest.raises(ReleaseError, match="incident i1 is closed already"):
        close_incident(estate, "i1", "again")


@pytest.mark.parametrize(
    ("id", "summary", "says"),
    [("i1", "  ", "--summary: say what it was"), ("i9", "x", "dev has no incident 'i9'; the newest are: i1")],
)
def test_what_cannot_be_closed_says_why(estate, incident, id, summary, says):
    with pytest.raises(ReleaseError, match=says):
        close_incident(estate, id, summary)


def test_the_switch_is_shown_and_turned(estate, cloud):
    name = SWITCH.format(environment="dev")
    with pytest.raises(ReleaseError, match="dev has no parameter"):
        healing_state(estate)
    cloud.client("ssm").put_parameter(Name=name, Value="on", Type="String")
    assert (switch_healing(estate, "off"), healing_state(estate)) == ("on", "off")
    cloud.client("ssm").delete_parameter(Name=name)
