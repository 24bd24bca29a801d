import ast
import json
import sys
from pathlib import Path

import boto3
import pytest

from pipelines.handlers import retrain
from pipelines.handlers.retrain import MalformedEvent, UnknownAlarm, handle

EVENT = {
    "id": "5f0c",
    "detail-type": "CloudWatch Alarm State Change",
    "detail": {"alarmName": "eta-drift", "state": {"value": "ALARM"}},
}


@pytest.fixture
def sagemaker(aws, monkeypatch):
    monkeypatch.setenv("PIPELINES", json.dumps({"eta-drift": "delivery-eta", "b": "other"}))
    client = boto3.client("sagemaker")
    client.create_pipeline(
        PipelineName="delivery-eta",
        PipelineDefinition=json.dumps({"Version": "2020-12-01", "Steps": []}),
        ClientRequestToken="t" * 32,
        RoleArn="arn:aws:iam::123456789012:role/pipeline",
    )
    return client


def executions(sagemaker):
    return sagemaker.list_pipeline_executions(PipelineName="delivery-eta")["PipelineExecutionSummaries"]


def test_an_alarm_starts_its_models_pipeline_and_says_why(sagemaker):
    started = handle(EVENT, None)
    assert [e["PipelineExecutionArn"] for e in executions(sagemaker)] == [started["execution"]]
    parameters = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=started["execution"])
    assert parameters["PipelineParameters"] == [{"Name": "Trigger", "Value": "alarm:eta-drift"}]


def test_the_same_event_twice_has_the_same_token(monkeypatch):
    """SageMaker starts one execution a token; moto keeps no tokens, so what is sent is looked at."""
    tokens = []

    class Client:
        def start_pipeline_execution(self, **request):
            tokens.append(request["ClientRequestToken"])
            return {"PipelineExecutionArn": "arn"}

    monkeypatch.setenv("PIPELINES", json.dumps({"eta-drift": "delivery-eta"}))
    monkeypatch.setattr(retrain.boto3, "client", lambda _service: Client())
    for event in (EVENT, EVENT, EVENT | {"id": "6a00"}):
        handle(event, None)
    assert tokens[0] == tokens[1] != tokens[2]
    assert 32 <= len(tokens[0]) <= 128


def test_an_alarm_that_is_over_starts_nothing(sagemaker):
    event = EVENT | {"detail": {"alarmName": "eta-drift", "state": {"value": "OK"}}}
    assert handle(event, None) == {"skipped": "alarm eta-drift is OK"}
    assert executions(sagemaker) == []


def test_an_unknown_alarm_starts_nothing_and_says_what_is_known(sagemaker):
    event = EVENT | {"detail": {"alarmName": "cpu", "state": {"value": "ALARM"}}}
    with pytest.raises(UnknownAlarm, match=r"'cpu' retrains nothing; known alarms: b, eta-drift"):
        handle(event, None)
    assert executions(sagemaker) == []


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ([], "the event is list; an object is expected"),
        ({}, "detail-type is None; 'CloudWatch Alarm State Change' is expected"),
        (EVENT | {"detail-type": "Scheduled Event"}, "detail-type is 'Scheduled Event'"),
        ({key: value for key, value in EVENT.items() if key != "id"}, "the event lacks id"),
        (EVENT | {"detail": None}, "the event lacks detail.alarmName"),
        (EVENT | {"detail": {"alarmName": 5}}, "the event lacks detail.alarmName"),
        (EVENT | {"detail": {"alarmName": "eta-drift"}}, "the event lacks detail.state.value"),
    ],
)
def test_a_malformed_event_starts_nothing_and_says_what_it_lacks(sagemaker, event, message):
    with pytest.raises(MalformedEvent) as raised:
        handle(event, None)
    assert message in str(raised.value)
    assert executions(sagemaker) == []


def test_the_handler_needs_boto3_and_the_standard_library_only():
    tree = ast.parse(Path(retrain.__file__).read_text())
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "."]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"boto3"}
