"""Runs a Lambda handler. Started with nothing but the standard library; imports nothing of ours."""

import importlib
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any


class Context:
    """The context object that a handler gets."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.function_name = given["function_name"]
        self.function_version = given["function_version"]
        self.invoked_function_arn = given["invoked_function_arn"]
        self.memory_limit_in_mb = given["memory_limit_in_mb"]
        self.aws_request_id = given["aws_request_id"]
        self.log_group_name = given["log_group_name"]
        self.log_stream_name = given["log_stream_name"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + given["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Serves one request a line of standard input: a JSON object with handler, event, context, and where to answer.

    Says `ready` once the handler is imported, and `end` when an answer is written; both lines begin with a NUL, so that
    nothing that a handler prints is taken for them.
    """
    handler: Any = None
    # A handler's own standard input is empty, as on Lambda.
    requests = os.fdopen(os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for line in requests:
        request = json.loads(line)
        try:
            if handler is None:
                handler = load(request)
                say("ready")
            answer = {"result": json.dumps(handler(request["event"], Context(request["context"])))}
        except BaseException as error:
            lines = traceback.format_exception(error)
            sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(lines)}")
            answer = {"error": {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": lines}}
        Path(request["answer"]).write_text(json.dumps(answer))
        say("end")


def load(request: dict[str, Any]) -> Any:
    """The handler, imported from the function's own files, boto3 and the standard library."""
    sys.path[:0] = [request["task"]]
    sys.path.append(request["libraries"])
    module, _, name = request["handler"].rpartition(".")
    return getattr(importlib.import_module(module.replace("/", ".")), name)


def say(word: str) -> None:
    sys.stdout.write(f"\0{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
