"""Automation runbooks, through plain boto3."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of, trust

SPEED = 60.0


@pytest.fixture(scope="module")
def speed() -> float:
    return SPEED


def call(
    name: str, api: str, *, action: str = "aws:executeAwsApi", step: dict[str, Any] | None = None, **inputs: Any
) -> dict[str, Any]:
    return {"name": name, "action": action, "inputs": {"Service": "ssm", "Api": api, **inputs}, **(step or {})}


def document(ground: Ground, name: str, steps: list[dict[str, Any]], **more: Any) -> str:
    content = {"schemaVersion": "0.3", "mainSteps": steps, **more}
    ground.client("ssm").create_document(
        Content=json.dumps(content), Name=name, DocumentType="Automation", DocumentFormat="JSON"
    )
    return name


def run(ground: Ground, name: str, **parameters: str) -> dict[str, Any]:
    """The execution once it has ended."""
    ssm = ground.client("ssm")
    given = {key: [value] for key, value in parameters.items()}
    execution = ssm.start_automation_execution(DocumentName=name, Parameters=given)["AutomationExecutionId"]
    return ended(lambda: ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"])


def ended(get: Callable[[], dict[str, Any]], timeout_s: float = 10) -> dict[str, Any]:
    deadline = time.monotonic() + timeout_s
    while (found := get())["AutomationExecutionStatus"] == "InProgress":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_runbook_calls_branches_and_asserts(ground: Ground) -> None:
    name = document(
        ground,
        "switch",
        [
            call("Turn", "PutParameter", Name="/switch", Value="{{ State }}", Type="String", Overwrite=True,
                 step={"outputs": [{"Name": "Version", "Selector": "$.Version", "Type": "Integer"}]}),
            {"name": "Which", "action": "aws:branch", "inputs": {
                "Choices": [{"NextStep": "Off", "Variable": "{{ State }}", "StringEquals": "off"}], "Default": "On"}},
            call("On", "PutParameter", Name="/seen", Value="on {{ Turn.Version }}", Type="String",
                 step={"isEnd": True}),
            {"name": "Off", "action": "aws:sleep", "inputs": {"Duration": "PT6S"}},
            call("Turned", "GetParameter", action="aws:assertAwsResourceProperty", Name="/switch",
                 PropertySelector="$.Parameter.Value", DesiredValues=["off"]),
        ],
        parameters={"State": {"type": "String", "allowedValues": ["on", "off"]}},
        outputs=["Turn.Version"],
    )  # fmt: skip
    off = run(ground, name, State="off")
    assert off["AutomationExecutionStatus"] == "Success"
    assert [step["StepName"] for step in off["StepExecutions"]] == ["Turn", "Which", "Off", "Turned"]
    assert off["Outputs"] == {"Turn.Version": ["1"]}
    on = run(ground, name, State="on")
    assert [step["StepName"] for step in on["StepExecutions"]] == ["Turn", "Which", "On"]
    assert ground.client("ssm").get_parameter(Name="/seen")["Parameter"]["Value"] == "on 2"


def test_a_step_that_fails_ends_the_runbook_or_not(ground: Ground) -> None:
    missing: dict[str, Any] = {"Name": "/nothing", "PropertySelector": "$.Parameter.Value", "DesiredValues": ["x"]}
    after = call("After", "PutParameter", Name="/after", Value="x", Type="String")
    aborts = document(
        ground, "aborts", [call("Look", "GetParameter", action="aws:assertAwsResourceProperty", **missing), after]
    )
    goes_on = document(
        ground,
        "goes-on",
        [
            call(
                "Look",
                "GetParameter",
                action="aws:assertAwsResourceProperty",
                **missing,
                step={"onFailure": "Continue"},
            ),
            after,
        ],
    )
    failed = run(ground, aborts)
    assert failed["AutomationExecutionStatus"] == "Failed"
    assert "ParameterNotFound" in failed["FailureMessage"]
    assert [step["StepStatus"] for step in failed["StepExecutions"]] == ["Failed"]
    assert [step["StepStatus"] for step in run(ground, goes_on)["StepExecutions"]] == ["Failed", "Success"]


def test_a_wait_ends_when_it_holds_or_when_its_time_is_over(ground: Ground) -> None:
    ground.client("ssm").put_parameter(Name="/ready", Value="no", Type="String")
    wanted = {"Name": "/ready", "PropertySelector": "$.Parameter.Value"}
    action = "aws:waitForAwsResourceProperty"
    steps = [call("Wait", "GetParameter", action=action, **wanted, DesiredValues=["yes"], step={"timeoutSeconds": 30})]
    name = document(ground, "waits", steps)
    late = run(ground, name)
    assert late["AutomationExecutionStatus"] == "TimedOut"
    assert late["StepExecutions"][0]["StepStatus"] == "TimedOut"
    ground.client("ssm").put_parameter(Name="/ready", Value="yes", Type="String", Overwrite=True)
    assert run(ground, name)["AutomationExecutionStatus"] == "Success"


def test_an_execution_can_be_stopped(ground: Ground) -> None:
    name = document(ground, "sleeps", [{"name": "Sleep", "action": "aws:sleep", "inputs": {"Duration": "P1D"}}])
    ssm = ground.client("ssm")
    execution = ssm.start_automation_execution(DocumentName=name)["AutomationExecutionId"]
    ssm.stop_automation_execution(AutomationExecutionId=execution, Type="Cancel")
    found = ended(lambda: ssm.get_automation_execution(AutomationExecutionId=execution)["AutomationExecution"])
    assert found["AutomationExecutionStatus"] == "Cancelled"
    listed = ssm.describe_automation_executions(Filters=[{"Key": "DocumentNamePrefix", "Values": [name]}])
    assert [item["AutomationExecutionId"] for item in listed["AutomationExecutionMetadataList"]] == [execution]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "mainSteps must be a list of at least one step"),
        ([{"name": "a", "action": "aws:executeScript", "inputs": {}}], "aws:executeScript does not exist, or is not"),
        ([{"name": "a b", "action": "aws:sleep", "inputs": {"Duration": "PT1S"}}], "letters, digits and underscores"),
        ([{"name": "a", "action": "aws:sleep", "inputs": {}}], "inputs must have Duration or Timestamp"),
        ([call("a", "FlyAway")], "ssm has no operation FlyAway"),
        ([{"name": "a", "action": "aws:executeAwsApi", "inputs": {"Service": "moon", "Api": "Fly"}}], "moon is not a"),
        ([call("a", "GetParameter", Name="{{ Unknown }}")], "neither a parameter nor a step's output"),
        ([call("a", "GetParameter", Name="x", step={"nextStep": "b"})], "there is no step b"),
        ([call("a", "GetParameter", Name="x"), call("a", "GetParameter", Name="x")], "step names must be unique"),
        ([call("a", "GetParameter", Name="x", step={"isFinal": True})], "unrecognized field: isFinal"),
        (
            [
                {
                    "name": "a",
                    "action": "aws:branch",
                    "inputs": {"Choices": [{"NextStep": "a", "Variable": "x", "Is": 1}]},
                }
            ],
            "a condition has a Variable and one of",
        ),
    ],
)
def test_a_wrong_document_is_refused(ground: Ground, steps: list[dict[str, Any]], message: str) -> None:
    error = answer_of(lambda: document(ground, "wrong", steps))["Error"]
    assert error["Code"] == "InvalidDocumentContent"
    assert message in error["Message"]


def test_a_wrong_start_is_refused(ground: Ground) -> None:
    role = ground.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    step = call("a", "GetParameter", Name="{{ Name }}")
    given = {"Name": {"type": "String", "allowedPattern": "^/.*"}, "Count": {"type": "Integer", "default": 1}}
    name = document(ground, "strict", [step], parameters=given)
    roled = document(ground, "roled", [call("a", "GetParameter", Name="x")], assumeRole=role["Role"]["Arn"])
    start = ground.client("ssm").start_automation_execution
    errors = [
        answer_of(request)["Error"]
        for request in (
            lambda: start(DocumentName="nobody"),
            lambda: start(DocumentName=name, DocumentVersion="7"),
            lambda: start(DocumentName=name),
            lambda: start(DocumentName=name, Parameters={"Name": ["x"]}),
            lambda: start(DocumentName=name, Parameters={"Name": ["/x"], "Count": ["many"]}),
            lambda: start(DocumentName=name, Parameters={"Name": ["/x"], "Other": ["y"]}),
            lambda: start(DocumentName=roled),
            lambda: ground.client("ssm").get_automation_execution(AutomationExecutionId="0" * 36),
        )
    ]
    wrong = "InvalidAutomationExecutionParametersException"
    assert [error["Code"] for error in errors] == [
        "AutomationDefinitionNotFoundException", "AutomationDefinitionVersionNotFoundException", wrong, wrong, wrong,
        wrong, wrong, "AutomationExecutionNotFoundException",
    ]  # fmt: skip
    assert "unable to be assumed" in errors[6]["Message"]
