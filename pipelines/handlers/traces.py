"""Writes the trace of a pipeline's execution that has ended: what each of its jobs took, and why one failed.

A job cannot do it itself: some are isolated from every network, and SageMaker hands a trace on to none. From outside
all of them are seen. X-Ray finds the traces by their annotations: `environment`, `pipeline`, `execution`, `status`.

Environment: SETTINGS, a JSON object: `environment`.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

LONGEST_NAME = 200  # characters of a segment's name; from X-Ray's segment documents
LONGEST_REASON = 1000
FAULTS = ("Failed",)
ERRORS = ("Stopped", "Stopping")  # somebody wanted it so


def handle(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Takes the event of an execution that ended; returns the id of its trace. The same event gives the same trace.

    A trace that X-Ray does not take costs a line in the log, and wakes nobody: the execution went as it went.
    """
    execution = event["detail"]["pipelineExecutionArn"]
    sagemaker = client("sagemaker")
    described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution)
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(PipelineExecutionArn=execution)
    steps = [step for page in pages for step in page["PipelineExecutionSteps"]]
    document = trace(json.loads(os.environ["SETTINGS"])["environment"], described, steps)
    try:
        answer = client("xray").put_trace_segments(TraceSegmentDocuments=[json.dumps(document)])
        refused = [f"{each.get('ErrorCode')}: {each.get('Message')}" for each in answer["UnprocessedTraceSegments"]]
    except ClientError as error:
        refused = [str(error)]
    if refused:
        print(f"{execution} has no trace: {', '.join(refused)}")  # noqa: T201  the function's log
    return {"trace": "" if refused else document["trace_id"]}


def trace(environment: str, execution: Mapping[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """X-Ray's document: a segment of the execution, and in it one of each step that was begun."""
    arn, status = execution["PipelineExecutionArn"], execution["PipelineExecutionStatus"]
    start, end = execution["CreationTime"], execution["LastModifiedTime"]
    pipeline, _, run = arn.partition(":pipeline/")[2].partition("/execution/")
    document = {
        "name": pipeline[:LONGEST_NAME],
        "id": _id(arn),
        "trace_id": f"1-{int(start.timestamp()):08x}-{_digest(arn)[:24]}",
        "start_time": start.timestamp(),
        "end_time": end.timestamp(),
        "annotations": {"environment": environment, "pipeline": pipeline, "execution": run, "status": status},
        "subsegments": [_step(arn, step, end) for step in _begun(steps)],
        **_ended(arn, status, execution.get("FailureReason")),
    }
    return {key: value for key, value in document.items() if value != []}


def _begun(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """In the order in which they began, without those that took no time as their result was kept from before."""
    for step in sorted((step for step in steps if "StartTime" in step), key=lambda step: step["StartTime"]):
        if "CacheHitResult" not in step:
            yield step


def _step(execution: str, step: Mapping[str, Any], latest: datetime) -> dict[str, Any]:
    key = f"{execution}/{step['StepName']}"
    jobs = [each["Arn"] for each in step.get("Metadata", {}).values() if isinstance(each, dict) and "Arn" in each]
    return {
        "name": step["StepName"],
        "id": _id(key),
        "start_time": step["StartTime"].timestamp(),
        "end_time": step.get("EndTime", latest).timestamp(),
        **({"metadata": {"sagemaker": {"job": jobs[0]}}} if jobs else {}),
        **_ended(key, step["StepStatus"], step.get("FailureReason")),
    }


def _ended(key: str, status: str, reason: str | None) -> dict[str, Any]:
    """How it ended: as a fault, as an error of whoever stopped it, or well."""
    if status not in (*FAULTS, *ERRORS):
        return {}
    ended: dict[str, Any] = {"fault" if status in FAULTS else "error": True}
    if reason:
        exception = {"id": _id(f"{key}/reason"), "type": status, "message": reason[:LONGEST_REASON]}
        ended["cause"] = {"working_directory": "", "exceptions": [exception]}
    return ended


def _id(text: str) -> str:
    return _digest(text)[24:40]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def client(service: str) -> Any:
    """The boto3 client of a service; Lambda's next invocation finds it again."""
    return boto3.client(service)
