"""Automation runbooks of Systems Manager: documents of schema 0.3, read and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
import yaml
from moto.ssm.exceptions import InvalidDocumentContent
from moto.ssm.models import SimpleSystemManagerBackend

from estate.cloud.services.limits.guards import Given, Guard

STEP = re.compile(r"[A-Za-z0-9_]{1,128}")
PLACE = re.compile(r"\{\{\s*([\w.:-]+)\s*\}\}")
TYPES = ("String", "StringList", "StringMap", "Integer", "Boolean", "MapList")
ACTIONS: dict[str, tuple[str, ...]] = {  # those that run offline, and the inputs that each must have
    "aws:executeAwsApi": ("Service", "Api"),
    "aws:assertAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
    "aws:waitForAwsResourceProperty": ("Service", "Api", "PropertySelector", "DesiredValues"),
    "aws:branch": ("Choices",),
    "aws:sleep": (),
    "aws:invokeLambdaFunction": ("FunctionName",),
}
CALLS = ("aws:executeAwsApi", "aws:assertAwsResourceProperty", "aws:waitForAwsResourceProperty")
COMPARED = (
    "StringEquals", "EqualsIgnoreCase", "StartsWith", "EndsWith", "Contains", "NumericEquals", "NumericGreater",
    "NumericLesser", "NumericGreaterOrEquals", "NumericLesserOrEquals", "BooleanEquals",
)  # fmt: skip
STEP_MEMBERS = (
    "name", "action", "inputs", "outputs", "nextStep", "isEnd", "onFailure", "onCancel", "isCritical", "timeoutSeconds",
    "maxAttempts", "description",
)  # fmt: skip
MEMBERS = ("schemaVersion", "description", "assumeRole", "parameters", "variables", "mainSteps", "outputs", "files")


class DocumentError(Exception):
    """A document that Systems Manager does not take, or that cannot run here."""


@dataclass(frozen=True)
class Step:
    name: str
    action: str
    inputs: Mapping[str, Any]
    given: Mapping[str, Any] = field(repr=False)  # everything else of the step
    following: str | None = None  # the step that comes next in the document


@dataclass(frozen=True)
class Runbook:
    steps: Mapping[str, Step]
    first: str
    parameters: Mapping[str, Mapping[str, Any]]
    role: str
    outputs: tuple[str, ...]


def read(content: str, kind: str = "JSON") -> Runbook:
    """Raises DocumentError."""
    try:
        found = yaml.safe_load(content)  # JSON is YAML
    except yaml.YAMLError:
        raise DocumentError(f"Document is not valid {kind}") from None
    if not isinstance(found, dict) or str(found.get("schemaVersion")) != "0.3":
        raise DocumentError("Automation documents have schemaVersion 0.3")
    unknown = set(found) - set(MEMBERS)
    if unknown:
        raise DocumentError(f"Unrecognized field: {', '.join(sorted(unknown))}")
    parameters = found.get("parameters") or {}
    for name, given in parameters.items():
        if not isinstance(given, dict) or (given.get("type") not in (*TYPES, None) and "AWS::" not in given["type"]):
            raise DocumentError(f"parameter {name}: type must be one of {', '.join(TYPES)}")
    listed = found.get("mainSteps")
    if not isinstance(listed, list) or not listed or not all(isinstance(item, dict) for item in listed):
        raise DocumentError("mainSteps must be a list of at least one step")
    names = [str(item.get("name")) for item in listed]
    if len(set(names)) != len(names):
        raise DocumentError("step names must be unique")
    following = [*names[1:], None]
    steps = {name: _step(item, next) for name, item, next in zip(names, listed, following, strict=True)}
    role = found.get("assumeRole") or ""
    runbook = Runbook(steps, names[0], parameters, role, tuple(found.get("outputs") or ()))
    for step in steps.values():
        _check(step, runbook)
    return runbook


def _step(given: Mapping[str, Any], following: str | None) -> Step:
    name, action = str(given.get("name")), str(given.get("action"))
    if not STEP.fullmatch(name):
        raise DocumentError(f"step {name}: a name has letters, digits and underscores, at most 128")
    unknown = set(given) - set(STEP_MEMBERS)
    if unknown:
        raise DocumentError(f"step {name}: unrecognized field: {', '.join(sorted(unknown))}")
    if action not in ACTIONS:
        raise DocumentError(f"step {name}: action {action} does not exist, or is not emulated")
    inputs = given.get("inputs") or {}
    lacking = [member for member in ACTIONS[action] if member not in inputs]
    if lacking:
        raise DocumentError(f"step {name}: inputs must have {', '.join(lacking)}")
    return Step(name, action, inputs, given, following)


def _check(step: Step, runbook: Runbook) -> None:
    targets = [step.given.get("nextStep")]
    on_failure = str(step.given.get("onFailure", "Abort"))
    if on_failure.startswith("step:"):
        targets.append(on_failure.removeprefix("step:"))
    elif on_failure not in ("Abort", "Continue"):
        raise DocumentError(f"step {step.name}: onFailure must be Abort, Continue or step:<name>")
    if step.action == "aws:branch":
        targets += [choice.get("NextStep") for choice in step.inputs["Choices"]] + [step.inputs.get("Default")]
        for choice in step.inputs["Choices"]:
            _check_choice(step, choice)
    elif step.action == "aws:sleep" and ("Duration" in step.inputs) == ("Timestamp" in step.inputs):
        raise DocumentError(f"step {step.name}: inputs must have Duration or Timestamp")
    elif step.action in CALLS:
        _check_call(step)
    for target in targets:
        if target is not None and target not in runbook.steps:
            raise DocumentError(f"step {step.name}: there is no step {target}")
    for place in PLACE.findall(str(step.inputs)):
        root = place.split(".")[0]
        if (
            root not in runbook.parameters
            and root not in runbook.steps
            and not place.startswith(("global:", "automation:"))
        ):
            raise DocumentError(f"step {step.name}: {{{{ {place} }}}} is neither a parameter nor a step's output")


def _check_choice(step: Step, choice: Mapping[str, Any]) -> None:
    if "NextStep" not in choice:
        raise DocumentError(f"step {step.name}: a choice must have a NextStep")
    _check_condition(step, {key: value for key, value in choice.items() if key != "NextStep"})


def _check_condition(step: Step, given: Mapping[str, Any]) -> None:
    if set(given) & {"And", "Or", "Not"}:
        for name, parts in given.items():
            for part in [parts] if name == "Not" else parts:
                _check_condition(step, part)
        return
    operators = set(given) - {"Variable"}
    if "Variable" not in given or len(operators) != 1 or not operators <= set(COMPARED):
        raise DocumentError(f"step {step.name}: a condition has a Variable and one of {', '.join(COMPARED)}")


def _check_call(step: Step) -> None:
    service, api = str(step.inputs["Service"]), str(step.inputs["Api"])
    if service not in boto3.Session().get_available_services():
        raise DocumentError(f"step {step.name}: {service} is not a valid service")
    if operation(service, api) is None:
        raise DocumentError(f"step {step.name}: {service} has no operation {api}")


def operation(service: str, api: str) -> str | None:
    """The operation's name, which a document may also spell as boto3 does."""
    plain = api.replace("_", "").lower()
    model = botocore.session.get_session().get_service_model(service)
    return next((name for name in model.operation_names if name.lower() == plain), None)


def _document(_: object, given: Given) -> None:
    if given.get("document_type") != "Automation":
        return
    try:
        read(given["content"], given.get("document_format") or "JSON")
    except DocumentError as error:
        raise InvalidDocumentContent(str(error)) from None


GUARDS: tuple[tuple[type, str, Guard], ...] = ((SimpleSystemManagerBackend, "create_document", _document),)
