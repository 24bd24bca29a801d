"""Executions of Automation runbooks. moto keeps the documents."""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services import checks
from estate.cloud.services.account import Account, now
from estate.cloud.services.automation.documents import Runbook, Step, read
from estate.cloud.services.automation.steps import Course, StepFailed, Steps, StepTimedOut, Stopped
from estate.cloud.services.clock import Clock
from estate.cloud.services.wire import AwsError, Params, Table

PRINCIPAL = "ssm.amazonaws.com"
MOST_STEPS = 1000  # of one execution: a branch that goes back for ever is ended


@dataclass
class Execution:
    """One run of a runbook, as GetAutomationExecution answers it."""

    id: str
    document: str
    version: str
    parameters: Mapping[str, list[str]]
    course: Course
    started: datetime = field(default_factory=now)
    ended: datetime | None = None
    status: str = "InProgress"
    failure: str = ""
    steps: list[Params] = field(default_factory=list)
    outputs: dict[str, list[str]] = field(default_factory=dict)

    def describe(self) -> Params:
        return {
            "AutomationExecutionId": self.id,
            "DocumentName": self.document,
            "DocumentVersion": self.version,
            "ExecutionStartTime": self.started,
            **({"ExecutionEndTime": self.ended} if self.ended else {}),
            "AutomationExecutionStatus": self.status,
            **({"FailureMessage": self.failure} if self.failure else {}),
            "Mode": "Auto",
        }


class Automation:
    def __init__(self, account: Account, clock: Clock) -> None:
        self._account = account
        self._steps = Steps(account, clock)
        self._executions: dict[str, Execution] = {}

    def register(self, table: Table) -> None:
        table.add(
            "ssm",
            (
                self.start_automation_execution,
                self.get_automation_execution,
                self.stop_automation_execution,
                self.describe_automation_executions,
                self.describe_automation_step_executions,
            ),
        )

    def start_automation_execution(self, params: Params) -> Params:
        if params.get("Mode", "Auto") != "Auto":
            raise _invalid("not emulated: executions in Mode Interactive")
        name, version, content = self._document(params["DocumentName"], params.get("DocumentVersion"))
        runbook = read(content)
        given = params.get("Parameters") or {}
        values = _values(runbook, given)
        execution = Execution(str(uuid.uuid4()), name, version, given, Course(values))
        values |= {
            "automation:EXECUTION_ID": execution.id,
            "global:REGION": self._account.region,
            "global:ACCOUNT_ID": self._account.account_id,
            "global:DATE": f"{now():%Y-%m-%d}",
            "global:DATE_TIME": f"{now():%Y-%m-%d_%H.%M.%S}",
        }
        self._role(runbook, execution.course)
        self._executions[execution.id] = execution
        self._account.processes.spawn(lambda: self._run(execution, runbook), "automation")
        return {"AutomationExecutionId": execution.id}

    def get_automation_execution(self, params: Params) -> Params:
        found = self._execution(params["AutomationExecutionId"])
        steps = {"StepExecutions": list(found.steps), "StepExecutionsTruncated": False}
        more = {"Parameters": found.parameters, "Outputs": found.outputs}
        return {"AutomationExecution": {**found.describe(), **more, **steps}}

    def stop_automation_execution(self, params: Params) -> Params:
        found = self._execution(params["AutomationExecutionId"])
        if found.status != "InProgress":
            raise AwsError("InvalidAutomationStatusUpdateException", f"Execution {found.id} is {found.status}.")
        found.course.stop.set()
        return {}

    def describe_automation_executions(self, params: Params) -> Params:
        wanted = {item["Key"]: item["Values"] for item in params.get("Filters") or ()}
        unknown = set(wanted) - {"DocumentNamePrefix", "ExecutionStatus", "ExecutionId"}
        if unknown:
            raise AwsError("InvalidFilterKey", f"not emulated: filters by {', '.join(sorted(unknown))}")
        found = [
            {**item.describe(), "Outputs": item.outputs}
            for item in sorted(self._executions.values(), key=lambda one: one.started, reverse=True)
            if any(item.document.startswith(prefix) for prefix in wanted.get("DocumentNamePrefix", [""]))
            and item.status in wanted.get("ExecutionStatus", [item.status])
            and item.id in wanted.get("ExecutionId", [item.id])
        ]
        return {"AutomationExecutionMetadataList": found}

    def describe_automation_step_executions(self, params: Params) -> Params:
        return {"StepExecutions": list(self._execution(params["AutomationExecutionId"]).steps)}

    def _execution(self, id: str) -> Execution:
        found = self._executions.get(id)
        if found is None:
            raise AwsError("AutomationExecutionNotFoundException", f"Automation execution {id} does not exist.")
        return found

    def _document(self, name: str, version: str | None) -> tuple[str, str, str]:
        plain = name.rpartition("/")[2]
        found = self._account.backend("ssm")._documents.get(plain)
        if found is None or found.get_default_version().document_type != "Automation":
            raise AwsError("AutomationDefinitionNotFoundException", f"Automation definition {name} does not exist.")
        wanted = {None: found.default_version, "$DEFAULT": found.default_version, "$LATEST": found.latest_version}
        number = wanted.get(version, version)
        if number not in found.versions:
            raise AwsError("AutomationDefinitionVersionNotFoundException", f"{name} has no version {version}.")
        return plain, str(number), found.versions[number].content

    def _role(self, runbook: Runbook, course: Course) -> None:
        role = course.filled(runbook.role) if runbook.role else ""
        if not role:
            return
        try:
            checks.role(self._account, role, PRINCIPAL)
        except AwsError:
            raise _invalid(f"The defined assume role is unable to be assumed: {role}") from None

    def _run(self, execution: Execution, runbook: Runbook) -> None:
        self._tell(execution)
        name: str | None = runbook.first
        try:
            for _ in range(MOST_STEPS):
                if name is None:
                    break
                name = self._step(execution, runbook.steps[name])
            else:
                raise StepFailed(f"more than {MOST_STEPS} steps were run")
            execution.status = "Success"
            for output in runbook.outputs:
                if output in execution.course.values:
                    execution.outputs[output] = [_shown(execution.course.values[output])]
        except Stopped:
            execution.status = "Cancelled"
        except StepTimedOut as error:
            execution.status, execution.failure = "TimedOut", str(error)
        except StepFailed as error:
            execution.status, execution.failure = "Failed", str(error)
        execution.ended = now()
        self._tell(execution)

    def _step(self, execution: Execution, step: Step) -> str | None:
        """Runs a step; the name of the next one. Raises StepFailed, StepTimedOut, Stopped."""
        record: Params = {
            "StepName": step.name,
            "Action": step.action,
            "StepExecutionId": str(uuid.uuid4()),
            "StepStatus": "InProgress",
            "ExecutionStartTime": now(),
            "OnFailure": str(step.given.get("onFailure", "Abort")),
        }
        execution.steps.append(record)
        following = None if step.given.get("isEnd") else step.given.get("nextStep") or step.following
        try:
            found = self._attempts(step, record, execution.course)
        except Stopped:
            record |= {"StepStatus": "Cancelled", "ExecutionEndTime": now()}
            raise
        except StepFailed as error:
            status = "TimedOut" if isinstance(error, StepTimedOut) else "Failed"
            record |= {"StepStatus": status, "ExecutionEndTime": now(), "FailureMessage": str(error)}
            way = record["OnFailure"]
            if way == "Abort":
                said = f"Step fails when it is Execute/Cancelling action. {error}"
                raise type(error)(said) from None
            return way.removeprefix("step:") if way.startswith("step:") else following
        branch = found.pop("NextStep", None) if step.action == "aws:branch" else None
        execution.course.values |= {f"{step.name}.{key}": value for key, value in found.items()}
        shown = {key: [_shown(value)] for key, value in found.items()}
        record |= {"StepStatus": "Success", "ResponseCode": "0", "ExecutionEndTime": now(), "Outputs": shown}
        return branch if step.action == "aws:branch" else following

    def _attempts(self, step: Step, record: Params, course: Course) -> dict[str, Any]:
        attempts = int(step.given.get("maxAttempts", 1))
        for attempt in range(1, attempts + 1):
            try:
                inputs = course.filled(dict(step.inputs))
                record["Inputs"] = {key: _shown(value) for key, value in inputs.items()}
                return self._steps.run(step, inputs, course)
            except StepTimedOut:
                raise
            except StepFailed:
                if attempt == attempts:
                    raise
        raise AssertionError("a step is attempted at least once")

    def _tell(self, execution: Execution) -> None:
        arn = self._account.arn("ssm", f"automation-execution/{execution.id}")
        detail = {
            "ExecutionId": execution.id,
            "Definition": execution.document,
            "DefinitionVersion": execution.version,
            "Status": execution.status,
            "StartTime": execution.started,
            **({"EndTime": execution.ended} if execution.ended else {}),
            "ExecutedBy": self._account.arn("sts", "caller"),
        }
        self._account.emit("aws.ssm", "EC2 Automation Execution Status-change Notification", detail, [arn])


def _values(runbook: Runbook, given: Mapping[str, list[str]]) -> dict[str, Any]:
    """Parameters by name, of the type that the document gives them. Raises AwsError."""
    unknown = set(given) - set(runbook.parameters) - {"AutomationAssumeRole"}
    if unknown:
        raise _invalid(f"Parameters are not defined in the document: {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    for name, declared in runbook.parameters.items():
        if name not in given and "default" not in declared:
            raise _invalid(f"Parameter {name} is required.")
        value = _typed(name, declared, given[name]) if name in given else declared["default"]
        pattern = declared.get("allowedPattern")
        if pattern and isinstance(value, str) and value and not re.fullmatch(pattern, value):
            raise _invalid(f"Parameter {name}: {value} does not match {pattern}")
        allowed = declared.get("allowedValues")
        if allowed and value not in allowed:
            raise _invalid(f"Parameter {name}: {value} is none of {', '.join(map(str, allowed))}")
        values[name] = value
    return values


def _typed(name: str, declared: Mapping[str, Any], given: list[str]) -> Any:
    kind = declared.get("type", "String")
    try:
        if kind == "StringList":
            return list(given)
        if kind == "Integer":
            return int(given[0])
        if kind in ("MapList", "StringMap"):
            found = [json.loads(item) for item in given]
            return found[0] if kind == "StringMap" else found
        if kind == "Boolean":
            return {"true": True, "false": False}[given[0].lower()]
        return given[0]
    except (ValueError, KeyError, IndexError):
        raise _invalid(f"Parameter {name}: {given} is no {kind}") from None


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidAutomationExecutionParametersException", message)
