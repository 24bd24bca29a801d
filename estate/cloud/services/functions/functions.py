"""Lambda: runs a function's own uploaded zip, which sees the standard library and boto3, nothing else."""

import base64
import importlib.util
import json
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moto.awslambda.exceptions import LambdaClientError

from estate.cloud.services.account import Account, now
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.functions.ends import Ends
from estate.cloud.services.functions.environments import Environments
from estate.cloud.services.grants import allows, role_may
from estate.cloud.services.logs import Logs
from estate.cloud.services.wire import AwsError, PassOn, RestAnswer, RestCall, Table

LIBRARIES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
RETRIES = 2
FIRST_RETRY_S = 0.5  # AWS waits a minute, then two
OLDEST_S = 21600


@dataclass(frozen=True)
class Answer:
    """How an invocation ended: what it returned, or why it failed."""

    payload: bytes
    error: str = ""
    log: str = ""
    taken_ms: float | None = None


class Functions:
    def __init__(self, account: Account, logs: Logs, measures: Measures) -> None:
        self._account = account
        self._logs = logs
        self._measures = measures
        self._ends = Ends(account, lambda arn, event: self.invoke_later(self.find(arn), event))
        self._running: Counter[str] = Counter()  # by function, how many invocations run now
        self._libraries_lock = threading.Lock()
        self._made: Environments | None = None

    def register(self, table: Table) -> None:
        table.route("lambda", "POST", r"/2015-03-31/functions/(?P<name>.+)/invocations/?", self.invoke)
        table.route("lambda", "POST", r"/2015-03-31/functions/?", self._remember)

    def invoke(self, call: RestCall) -> RestAnswer:
        function = self.find(call.path["name"], call.query.get("Qualifier"))
        kind = call.headers.get("x-amz-invocation-type", "RequestResponse")
        version = {"X-Amz-Executed-Version": str(function.version)}
        try:
            json.loads(call.body or b"{}")
        except ValueError:
            raise AwsError("InvalidRequestContentException", "Could not parse request body into json") from None
        if kind == "DryRun":
            return RestAnswer(status=204, headers=version)
        if kind == "Event":
            self.invoke_later(function, call.body)
            return RestAnswer(status=202, headers=version)
        answer = self.run(function, call.body)
        if answer.error:
            version["X-Amz-Function-Error"] = answer.error
        if call.headers.get("x-amz-log-type") == "Tail":
            version["X-Amz-Log-Result"] = base64.b64encode(answer.log[-4096:].encode()).decode()
        return RestAnswer(answer.payload, 200, version)

    def find(self, name: str, qualifier: str | None = None) -> Any:
        """moto's function, by name or ARN. Raises AwsError (ResourceNotFoundException)."""
        try:
            return self._account.backend("lambda").get_function(name, qualifier)
        except LambdaClientError as error:
            raise AwsError(error.error_type, error.message, 404) from None

    def invoke_later(self, function: Any, event: bytes) -> None:
        """Runs a function on its own; a failure is tried again, then goes to where the function's settings say."""
        settings = next((config.config for config in function.event_invoke_config), {})
        attempts = settings.get("MaximumRetryAttempts", RETRIES)
        oldest_s = settings.get("MaximumEventAgeInSeconds", OLDEST_S)
        self._measure(function, {"AsyncEventsReceived": (1.0, "Count")})

        def work() -> None:
            answer, made, why = Answer(b""), 0, "RetriesExhausted"
            deadline = time.monotonic() + oldest_s
            while made <= attempts:
                try:
                    answer = self.run(function, event)
                except AwsError:  # no room: Lambda keeps the event and comes back, without counting it as an attempt
                    if time.monotonic() > deadline:
                        why = "EventAgeExceeded"
                        break
                    if self._account.processes.closing.wait(FIRST_RETRY_S):
                        return
                    continue
                made += 1
                if not answer.error:
                    why = "Success"
                    break
                if self._account.processes.closing.wait(FIRST_RETRY_S * made if made <= attempts else 0):
                    return
            if why != "Success":
                self._measure(function, {"AsyncEventsDropped": (1.0, "Count")})
            self._ends.tell(function, settings, event, answer.payload, answer.error, made, why)

        self._account.processes.spawn(work, f"lambda-{function.function_name}")

    def run(self, function: Any, event: bytes) -> Answer:
        """Runs a function to its end or to its timeout. Raises AwsError where its reserved concurrency is used up."""
        name, reserved = function.function_name, function.reserved_concurrency
        with self._account.lock:
            if reserved is not None and self._running[name] >= int(reserved):
                self._measure(function, {"Throttles": (1.0, "Count")})
                raise AwsError(
                    "TooManyRequestsException", "Rate Exceeded.", 429,
                    Reason="ReservedFunctionConcurrentInvocationLimitExceeded", Type="User",
                )  # fmt: skip
            self._running[name] += 1
        started = time.monotonic()
        try:
            answer = self._run(function, event)
        finally:
            with self._account.lock:
                self._running[name] -= 1
        taken_ms = (time.monotonic() - started) * 1000
        self._measure(
            function,
            {
                "Invocations": (1.0, "Count"),
                "Errors": (float(bool(answer.error)), "Count"),
                "Duration": (taken_ms if answer.taken_ms is None else answer.taken_ms, "Milliseconds"),
                "Throttles": (0.0, "Count"),
            },
        )
        return answer

    def _measure(self, function: Any, values: dict[str, tuple[float, str]]) -> None:
        """Of the function, and of all functions together."""
        for dimensions in ({"FunctionName": function.function_name}, {}):
            self._measures.put("AWS/Lambda", dimensions, values)

    def _run(self, function: Any, event: bytes) -> Answer:
        request_id = str(uuid.uuid4())
        if not str(function.run_time or "").startswith("python") or not function.code_bytes:
            return _failed("Runtime.InvalidRuntime", f"only Python zips run offline, not {function.run_time}")
        group = f"/aws/lambda/{function.function_name}"
        context = {
            "function_name": function.function_name,
            "function_version": str(function.version),
            "invoked_function_arn": function.function_arn,
            "memory_limit_in_mb": str(function.memory_size),
            "aws_request_id": request_id,
            "log_group_name": group,
            "timeout": float(function.timeout),
        }
        run, stream = self._environments().run(function, json.loads(event or b"{}"), context)
        lines = [f"START RequestId: {request_id} Version: {function.version}", *run.lines]
        if run.timed_out:
            message = f"{now().isoformat()} {request_id} Task timed out after {function.timeout:.2f} seconds"
            lines.append(message)
            answer = _failed("Sandbox.Timedout", message)
        elif run.found is None:
            answer = _failed("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited without an answer")
        elif "error" in run.found:
            answer = Answer(json.dumps({**run.found["error"], "requestId": request_id}).encode(), "Unhandled")
        else:
            answer = Answer(run.found["result"].encode())
        lines += [
            f"END RequestId: {request_id}",
            f"REPORT RequestId: {request_id}\tDuration: {run.taken_ms:.2f} ms\tMemory Size: {function.memory_size} MB",
        ]
        # Lambda writes with the function's rights: without this one, a group that is gone does not come back.
        if self._logs.has(group) or role_may(self._account.backend("iam"), function.role, "logs:CreateLogGroup"):
            self._logs.write(group, stream, lines)
        return Answer(answer.payload, answer.error, "\n".join(lines), run.taken_ms)

    def _environments(self) -> Environments:
        libraries = self._libraries()
        with self._account.lock:
            if self._made is None:
                self._made = Environments(self._account, libraries)
            return self._made

    def _libraries(self) -> Path:
        """A folder with boto3 and what it needs, and nothing else of this environment."""
        folder = self._account.workdir / "lambda-libraries"
        with self._libraries_lock:
            if not folder.is_dir():
                folder.mkdir()
                for name in LIBRARIES:
                    spec = importlib.util.find_spec(name)
                    assert spec is not None
                    assert spec.origin is not None
                    origin = Path(spec.origin)
                    source = origin.parent if origin.name == "__init__.py" else origin
                    (folder / source.name).symlink_to(source)
        return folder

    def _remember(self, call: RestCall) -> RestAnswer:
        """CreateFunction: notes what moto would drop, and lets moto create the function."""
        request = call.json()
        arn = request.get("DeadLetterConfig", {}).get("TargetArn")
        self._ends.remember(request.get("FunctionName", ""), arn)
        raise PassOn

    def may_be_invoked(self, function: Any, principal: str, source: dict[str, str]) -> bool:
        """Whether the function's policy lets a service invoke it."""
        return allows(function.policy.statements, principal, "lambda:InvokeFunction", source)


def _failed(kind: str, message: str) -> Answer:
    return Answer(json.dumps({"errorType": kind, "errorMessage": message}).encode(), "Unhandled")
