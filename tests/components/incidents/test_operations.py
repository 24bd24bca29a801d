import json

import pytest
from pydantic import ValidationError

from components.incidents.handler import HandlerArgs
from components.incidents.incident_topic import Route
from components.incidents.operations import Data, Operations, OperationsArgs
from components.incidents.runbooks import runbooks
from estate.plan.record import record
from tests.components.places import VIRGINIA

ARGS = {
    "placement": VIRGINIA,
    "environment": "test",
    "code": {"operations/incidents.py": "def handle(event, context): ...\n", "operations/__init__.py": ""},
    "data": Data(raw_arn="arn:raw", curated_arn="arn:curated", key_arn="arn:data-key"),
    "bucket_arns": ["arn:raw"],
    "models_key_arn": "arn:models-key",
    "logs_key_arn": "arn:logs-key",
    "permission_boundary_arn": "arn:boundary",
    "log_retention_days": 30,
    "routes": {"owner": Route(email="ml@example.com")},
    "act": ["retrain"],
}


@pytest.fixture(scope="module")
def made():
    args = OperationsArgs.model_validate(ARGS)
    return record(lambda: Operations("operations", args) and None)


def arn(result, name):
    return result.made(name).outputs["arn"]


def statements(result, handler):
    return json.loads(result.named(handler).inputs["policy"])["Statement"]


def test_alerts_of_a_topic_come_once_the_handler_is_whole():
    args = OperationsArgs.model_validate({**ARGS, "alert_topics": {"prometheus": "arn:topic"}})
    made = record(lambda: Operations("operations", args) and None)
    heard = made.named("operations-prometheus-alerts")

    assert heard.inputs["endpoint"] == arn(made, "operations-incidents-function")
    for name in ("prometheus-permission", "incidents-target", "incidents-retries", "incidents-dead-letters-policy"):
        assert made.named(f"operations-{name}").urn in heard.dependencies


def test_alarms_endpoints_and_pipelines_of_this_environment_reach_the_incidents_handler(made):
    pattern = json.loads(made.named("operations-incidents-rule").inputs["eventPattern"])
    assert pattern["source"] == ["aws.cloudwatch", "aws.sagemaker"]
    assert pattern["detail"]["$or"][:2] == [
        {"alarmName": [{"prefix": "mlops-test-"}]},
        {"EndpointName": [{"prefix": "mlops-test-"}]},
    ]
    target = made.named("operations-incidents-target").inputs
    assert (target["arn"], target["deadLetterConfig"]["arn"]) == (
        arn(made, "operations-incidents-function"),
        arn(made, "operations-incidents-dead-letters"),
    )


def test_only_the_incidents_handler_starts_healing(made):
    pattern = json.loads(made.named("operations-healing-rule").inputs["eventPattern"])
    assert pattern == {"source": ["mlops-test.operations"], "detail-type": ["Incident Changed"]}
    (tells,) = [s for s in statements(made, "operations-incidents-policy") if s["Sid"] == "TellHealing"]
    assert tells["Condition"] == {"StringEquals": {"events:source": "mlops-test.operations"}}


def test_each_handler_has_a_bounded_role_of_its_own(made):
    roles = [made.named(f"operations-{handler}-role").inputs for handler in ("incidents", "healing")]
    assert [role["name"] for role in roles] == ["mlops-test-incidents", "mlops-test-healing"]
    assert {role["permissionsBoundary"] for role in roles} == {"arn:boundary"}
    assert made.named("operations-healing-function").inputs["role"] == arn(made, "operations-healing-role")


WRITES = ("Create", "Delete", "Update", "Put", "Start", "Stop", "Set", "Invoke", "Retry")


def test_who_looks_changes_nothing_but_records(made):
    actions = {
        action
        for statement in statements(made, "operations-incidents-policy")
        if statement["Sid"] not in ("WriteLog", "Trace", "KeepRecords", "TellHealing", "KeepFailures")
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert [each for each in sorted(actions) if each.partition(":")[2].startswith(WRITES)] == []


@pytest.mark.parametrize(
    "handler", ["operations-incidents-policy", "operations-healing-policy", "operations-runbooks-policy"]
)
def test_permissions_name_resources_wherever_aws_lets_them(made, handler):
    everywhere = {each["Sid"] for each in statements(made, handler) if each["Resource"] == "*"}
    assert everywhere <= {"Trace", "LookAround"}


def test_records_are_encrypted_and_restorable(made):
    table = made.named("operations-records-table").inputs
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": "arn:logs-key"}
    assert table["pointInTimeRecovery"] == {"enabled": True}
    assert (table["hashKey"], table["rangeKey"], table["billingMode"]) == ("pk", "sk", "PAY_PER_REQUEST")


def test_the_switch_is_made_on_and_then_left_to_people(made):
    switch = made.named("operations-switch-parameter")
    assert (switch.inputs["name"], switch.inputs["value"].value) == ("/mlops-estate/test/switches/healing", "on")
    assert list(switch.ignore_changes) == ["value"]


def test_every_runbook_runs_with_the_runbooks_role(made):
    names = list(runbooks("/switch"))
    assert names == ["block-release", "pause-healing", "quarantine-batch", "replay-dead-letters", "scale-out"]
    for name in names:
        document = made.named(f"operations-runbooks-{name}").inputs
        content = json.loads(document["content"])
        assert (document["documentType"], content["schemaVersion"]) == ("Automation", "0.3")
        assert content["assumeRole"] == arn(made, "operations-runbooks-role")


def test_pausing_turns_this_environments_switch(made):
    content = json.loads(made.named("operations-runbooks-pause-healing").inputs["content"])
    assert content["mainSteps"][0]["inputs"]["Name"] == "/mlops-estate/test/switches/healing"


@pytest.mark.parametrize("name", list(runbooks("/switch")))
def test_a_runbook_goes_on_to_steps_that_it_has_and_uses_what_it_declares(name):
    content = runbooks("/switch")[name]
    steps = [step["name"] for step in content["mainSteps"]]
    known = {
        *content["parameters"],
        *(f"{s['name']}.{o['Name']}" for s in content["mainSteps"] for o in s.get("outputs", ())),
    }
    text = json.dumps(content["mainSteps"])
    used = {part.partition("}}")[0].strip() for part in text.split("{{")[1:]}
    jumps = [choice["NextStep"] for step in content["mainSteps"] for choice in step["inputs"].get("Choices", ())]
    assert used <= known
    assert set(jumps) <= set(steps)
    assert content["mainSteps"][-1]["isEnd"] is True


def test_failing_handlers_and_lost_events_set_off_alarms(made):
    names = {
        made.named(f"operations-{handler}-{signal}").inputs["name"]
        for handler in ("incidents", "healing")
        for signal in ("handler-errors-alarm", "dead-letters-alarm")
    }
    assert names == {
        f"mlops-test-{s}-{h}" for h in ("incidents", "healing") for s in ("handler-errors", "dead-letters")
    }


@pytest.mark.parametrize(
    "wrong", [{"routes": {}}, {"share": 0}, {"per_hour": 0}, {"code": {}}, {"log_retention_days": 0}]
)
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        OperationsArgs.model_validate({**ARGS, **wrong})


def test_a_handler_runs_for_fifteen_minutes_at_most():
    with pytest.raises(ValidationError, match="timeout_seconds"):
        HandlerArgs.model_validate({"timeout_seconds": 901})
