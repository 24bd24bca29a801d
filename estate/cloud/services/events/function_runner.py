"""Runs a Lambda handler once. Started with nothing but the standard library; imports nothing of ours."""

import importlib
import json
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


def main(folder: Path) -> None:
    """Reads `request.json`, writes `ready` once the handler is imported, then `answer.json`."""
    request = json.loads((folder / "request.json").read_text())
    sys.path[:0] = [request["task"]]
    sys.path.append(request["libraries"])
    try:
        module, _, name = request["handler"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        (folder / "ready").touch()
        answer = {"result": json.dumps(handler(request["event"], Context(request["context"])))}
    except BaseException as error:
        lines = traceback.format_exception(error)
        sys.stdout.write(f"[ERROR] {type(error).__name__}: {error}\n{''.join(lines)}")
        message = {"errorMessage": str(error), "errorType": type(error).__name__, "stackTrace": lines}
        answer = {"error": message}
    sys.stdout.flush()
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
