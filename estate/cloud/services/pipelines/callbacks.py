"""Callback steps: a message with a token goes to a queue, and the step waits until somebody answers for the token."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from estate.cloud.services.account import Account, token
from estate.cloud.services.pipelines.step_runs import StepFailed
from estate.cloud.services.wire import AwsError, Params, Table

TOKEN_LENGTH = 10
WAIT_S = 0.02


@dataclass
class Pending:
    """A step that waits. `failure` is None where it succeeded with `outputs`."""

    execution: str
    outputs: dict[str, str] = field(default_factory=dict)
    failure: str | None = None
    answered: threading.Event = field(default_factory=threading.Event)
    request: str = ""


class Callbacks:
    def __init__(self, account: Account) -> None:
        self._account = account
        self._pending: dict[str, Pending] = {}

    def register(self, table: Table) -> None:
        table.add("sagemaker", (self.send_pipeline_execution_step_success, self.send_pipeline_execution_step_failure))

    def send_pipeline_execution_step_success(self, params: Params) -> Params:
        outputs = {item["Name"]: item["Value"] for item in params.get("OutputParameters", [])}
        return self._answer(params, outputs, None)

    def send_pipeline_execution_step_failure(self, params: Params) -> Params:
        return self._answer(params, {}, params.get("FailureReason", "The callback step failed"))

    def begin(self, execution: str) -> str:
        """A new token."""
        found = token(TOKEN_LENGTH)
        with self._account.lock:
            self._pending[found] = Pending(execution)
        return found

    def wait(self, found: str, queue: str, arguments: Params, stopping: Callable[[], bool]) -> dict[str, str]:
        """The outputs. An execution that is being stopped tells the queue, and waits for the answer all the same.

        Raises StepFailed.
        """
        pending = self._pending[found]
        self._send(queue, found, pending.execution, arguments, "Executing")
        told = False
        while not pending.answered.wait(WAIT_S):
            if self._account.processes.closing.is_set():
                raise StepFailed("the emulated AWS was closed")
            if stopping() and not told:
                told = True
                self._send(queue, found, pending.execution, arguments, "Stopping")
        if pending.failure is not None:
            raise StepFailed(f"ClientError: {pending.failure}")
        return pending.outputs

    def _send(self, queue: str, found: str, execution: str, arguments: Params, status: str) -> None:
        body = {"token": found, "pipelineExecutionArn": execution, "arguments": arguments, "status": status}
        try:
            self._account.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
        except ClientError as error:
            raise StepFailed(f"ClientError: {queue}: {error.response['Error']['Message']}") from None

    def _answer(self, params: Params, outputs: dict[str, str], failure: str | None) -> Params:
        found, request = params["CallbackToken"], params.get("ClientRequestToken", "")
        with self._account.lock:
            pending = self._pending.get(found)
            if pending is None:
                raise AwsError("ResourceNotFound", f"Callback token {found} does not exist.")
            if pending.answered.is_set() and request != pending.request:
                raise AwsError("ConflictException", f"The step of callback token {found} has ended already.")
            pending.outputs, pending.failure, pending.request = outputs, failure, request
            pending.answered.set()
        return {"PipelineExecutionArn": pending.execution}
