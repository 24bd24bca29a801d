# ruff: noqa: T201  it speaks to a terminal
"""How a job starts and ends: its arguments, its log lines, its exit status."""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable

from pipelines.errors import JobError
from pipelines.jobs import container

Body = Callable[[argparse.Namespace], None]


def run(
    job: str, body: Body, *, required: tuple[str, ...] = (), options: tuple[str, ...] = (), training: bool = False
) -> int:
    """Runs a job; returns the exit status.

    All arguments are texts; where ESTATE_WORKLOAD is set, `--workload` may be left out. A JobError becomes the last
    line on standard error and status 1; a training job leaves the same line where SageMaker looks for its failure
    reason. Any other error keeps its traceback.
    """
    parser = argparse.ArgumentParser(prog=f"python -m pipelines.jobs.{job}")
    workload = os.environ.get("ESTATE_WORKLOAD")
    parser.add_argument("--workload", default=workload, required=not workload)
    for option in required:
        parser.add_argument(option, required=True)
    for option in options:
        parser.add_argument(option)
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        body(arguments)
    except JobError as error:
        return _failed(f"{job}: {arguments.workload}: {error}", training)
    except Exception as error:
        traceback.print_exc()
        return _failed(f"{job}: {arguments.workload}: {type(error).__name__}: {error}", training)
    say(f"{job}: {arguments.workload}: done in {time.monotonic() - started:.2f} s")
    return 0


def say(line: str) -> None:
    """A line of the job's log."""
    print(line, flush=True)


def json_option(name: str, text: str | None) -> dict[str, object]:
    """The JSON object given with `--<name>`; empty if left out. Raises JobError."""
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise JobError(f"--{name}: is no JSON: {error}") from None
    if not isinstance(value, dict):
        raise JobError(f"--{name}: is {text}; a JSON object is allowed")
    return value


def _failed(line: str, training: bool) -> int:
    if training:
        container.failure_file().parent.mkdir(parents=True, exist_ok=True)
        container.failure_file().write_text(line[:1024])  # SageMaker keeps as much
    print(line, file=sys.stderr, flush=True)
    return 1
