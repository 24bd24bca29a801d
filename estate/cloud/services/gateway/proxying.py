"""How an API asks a function: whether it may, how long it waits, and what becomes of the answer."""

import json
import re
import time
from dataclasses import dataclass

from estate.cloud.services.account import Account
from estate.cloud.services.functions.functions import Functions
from estate.cloud.services.grants import allows
from estate.cloud.services.wire import AwsError, Params

PRINCIPAL = "apigateway.amazonaws.com"
INVOCATION = re.compile(r"^.*/functions/(arn:[^/]+)/invocations$")


class Failed(Exception):
    """The function gave no answer. Says why; `late` where it was not waited for any longer."""

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why)
        self.late = late


@dataclass(frozen=True)
class Answered:
    payload: bytes
    taken_ms: float


def call_function(
    account: Account, functions: Functions, uri: str, source: str, event: Params, timeout_ms: int
) -> Answered:
    """What the function answers to `event`. `source` is what of an API calls it, after `execute-api`. Raises Failed."""
    started = time.monotonic()
    try:
        function = functions.find(INVOCATION.sub(r"\1", uri))
        given = {"aws:sourcearn": account.arn("execute-api", source), "aws:sourceaccount": account.account_id}
        if not allows(function.policy.statements, PRINCIPAL, "lambda:InvokeFunction", given):
            raise AwsError("AccessDenied", "The API has no permission to invoke the function")
        answer = functions.run(function, json.dumps(event).encode())
    except AwsError as error:
        raise Failed(error.message) from None
    taken_ms = (time.monotonic() - started) * 1000
    if taken_ms > timeout_ms:
        raise Failed("Endpoint request timed out", late=True)
    if answer.error:
        raise Failed("Internal server error")
    return Answered(answer.payload, taken_ms)
