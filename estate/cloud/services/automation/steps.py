"""What each action of a runbook does: calls of AWS through boto3, conditions, waits."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from estate.cloud.services.account import Account
from estate.cloud.services.automation.documents import PLACE, Step, operation
from estate.cloud.services.clock import Clock
from estate.cloud.services.events.transform import at

DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")
WAIT_S = 3600
POLL_S = 0.2
OWN = ("Service", "Api", "PropertySelector", "DesiredValues")

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "StringEquals": lambda a, b: str(a) == str(b),
    "EqualsIgnoreCase": lambda a, b: str(a).lower() == str(b).lower(),
    "StartsWith": lambda a, b: str(a).startswith(str(b)),
    "EndsWith": lambda a, b: str(a).endswith(str(b)),
    "Contains": lambda a, b: str(b) in str(a),
    "NumericEquals": lambda a, b: float(a) == float(b),
    "NumericGreater": lambda a, b: float(a) > float(b),
    "NumericLesser": lambda a, b: float(a) < float(b),
    "NumericGreaterOrEquals": lambda a, b: float(a) >= float(b),
    "NumericLesserOrEquals": lambda a, b: float(a) <= float(b),
    "BooleanEquals": lambda a, b: str(a).lower() == str(b).lower(),
}


class StepFailed(Exception):
    """The message is the step's FailureMessage."""


class StepTimedOut(StepFailed):
    """A wait was too long."""


class Stopped(Exception):
    """The execution was stopped, or the cloud is being left."""


@dataclass
class Course:
    """One execution: what its placeholders stand for, and whether it is to end."""

    values: dict[str, Any]
    stop: threading.Event = field(default_factory=threading.Event)

    def filled(self, value: Any) -> Any:
        """With its placeholders replaced; a text that is one placeholder keeps the type. Raises StepFailed."""
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = PLACE.fullmatch(value.strip())
        if whole is not None:
            return self._named(whole[1])
        return PLACE.sub(lambda match: _text(self._named(match[1])), value)

    def _named(self, name: str) -> Any:
        if name not in self.values:
            raise StepFailed(f"{{{{ {name} }}}} has no value")
        return self.values[name]


class Steps:
    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._clock = clock

    def run(self, step: Step, inputs: Mapping[str, Any], course: Course) -> dict[str, Any]:
        """The step's outputs; `NextStep` is where a branch goes. Raises StepFailed, StepTimedOut, Stopped."""
        if step.action == "aws:branch":
            return {"NextStep": self._branch(inputs)}
        if step.action == "aws:sleep":
            return self._sleep(inputs, course)
        if step.action == "aws:invokeLambdaFunction":
            return self._invoke(inputs)
        if step.action == "aws:executeAwsApi":
            return self._outputs(step, self._call(inputs))
        if step.action == "aws:assertAwsResourceProperty":
            found = at(self._call(inputs), inputs["PropertySelector"])
            if not _is_desired(found, inputs):
                raise StepFailed(
                    f"Property value {_text(found)} is not in the desired values {inputs['DesiredValues']}"
                )
            return {}
        return self._wait(step, inputs, course)

    def _branch(self, inputs: Mapping[str, Any]) -> str | None:
        for choice in inputs["Choices"]:
            if _holds({key: value for key, value in choice.items() if key != "NextStep"}):
                return choice["NextStep"]
        return inputs.get("Default")

    def _sleep(self, inputs: Mapping[str, Any], course: Course) -> dict[str, Any]:
        if "Duration" not in inputs:
            raise StepFailed("not emulated: aws:sleep until a Timestamp")
        match = DURATION.fullmatch(str(inputs["Duration"]))
        if match is None:
            raise StepFailed(f"Duration {inputs['Duration']} is not valid ISO 8601")
        days, hours, minutes, seconds = (int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds"))
        self._pause((((days * 24) + hours) * 60 + minutes) * 60 + seconds, course)
        return {}

    def _wait(self, step: Step, inputs: Mapping[str, Any], course: Course) -> dict[str, Any]:
        limit_s = float(step.given.get("timeoutSeconds", WAIT_S))
        until_s = self._clock.now_s() + limit_s
        while not _is_desired(found := at(self._call(inputs), inputs["PropertySelector"]), inputs):
            if self._clock.now_s() > until_s:
                raise StepTimedOut(f"Step timed out after {limit_s:g} seconds: property value is {_text(found)}")
            self._pause(POLL_S * self._clock.speed, course)
        return {}

    def _pause(self, seconds: float, course: Course) -> None:
        until = time.monotonic() + seconds / self._clock.speed
        while (left := until - time.monotonic()) > 0:
            if course.stop.wait(min(left, POLL_S)) or self._account.processes.closing.is_set():
                raise Stopped

    def _call(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        service, api = str(inputs["Service"]), str(inputs["Api"])
        given = {key: value for key, value in inputs.items() if key not in OWN}
        try:
            answer = getattr(self._account.client(service), xform_name(operation(service, api) or api))(**given)
        except ClientError as error:
            found = error.response["Error"]
            raise StepFailed(
                f"Step fails when it is calling {api} from {service}: An error occurred ({found['Code']}) when calling "
                f"the {api} operation: {found['Message']}"
            ) from None
        except (ParamValidationError, TypeError) as error:
            raise StepFailed(f"Step fails when it is calling {api} from {service}: {error}") from None
        return json.loads(json.dumps(answer, default=str))

    def _invoke(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        payload = inputs.get("Payload", inputs.get("InputPayload", {}))
        text = payload if isinstance(payload, str) else json.dumps(payload)
        kind = str(inputs.get("InvocationType", "RequestResponse"))
        try:
            answer = self._account.client("lambda").invoke(
                FunctionName=inputs["FunctionName"], InvocationType=kind, Payload=text.encode()
            )
        except ClientError as error:
            raise StepFailed(f"{error.response['Error']['Code']}: {error.response['Error']['Message']}") from None
        body = answer["Payload"].read().decode("utf-8", "replace")
        if answer.get("FunctionError"):
            raise StepFailed(f"{inputs['FunctionName']} returned {answer['FunctionError']}: {body}")
        return {"StatusCode": answer["StatusCode"], "Payload": body, "LogResult": answer.get("LogResult", "")}

    def _outputs(self, step: Step, answer: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for output in step.given.get("outputs") or ():
            value = at(answer, output["Selector"])
            if value is not None:
                found[output["Name"]] = value
        return found


def _is_desired(found: Any, inputs: Mapping[str, Any]) -> bool:
    return _text(found) in [_text(value) for value in inputs["DesiredValues"]]


def _holds(given: Mapping[str, Any]) -> bool:
    if "And" in given:
        return all(_holds(part) for part in given["And"])
    if "Or" in given:
        return any(_holds(part) for part in given["Or"])
    if "Not" in given:
        return not _holds(given["Not"])
    name = next(key for key in given if key != "Variable")
    try:
        return _COMPARE[name](given["Variable"], given[name])
    except (TypeError, ValueError):
        raise StepFailed(f"{name} cannot compare {given['Variable']!r} with {given[name]!r}") from None


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value)
