"""Runs and follows the pipelines of a model."""

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.pipelines import Definition
from estate.release.account import Estate, ReleaseError
from estate.release.packages import outputs

RUNNING = frozenset({"Executing", "Stopping"})


@dataclass(frozen=True)
class StepRun:
    """A step of an execution. `job` is the ARN of the job that it started, if it started one."""

    name: str
    status: str
    reason: str
    job: str | None
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Run:
    """A pipeline execution as it stands."""

    arn: str
    status: str
    reason: str
    steps: tuple[StepRun, ...]

    def step(self, name: str) -> StepRun | None:
        return next((step for step in self.steps if step.name == name), None)


def pipeline_name(estate: Estate, model: str, definition: Definition) -> str:
    found = outputs(estate, model)
    return {
        Definition.DATA: found.data_pipeline,
        Definition.TRAINING: found.training_pipeline,
        Definition.MONITOR: found.monitor_pipeline,
    }[definition]


def start(estate: Estate, model: str, definition: Definition, parameters: Mapping[str, str] | None = None) -> str:
    """Starts a pipeline of `model`; returns the execution's ARN."""
    started = estate.client("sagemaker").start_pipeline_execution(
        PipelineName=pipeline_name(estate, model, definition),
        PipelineParameters=[{"Name": str(k), "Value": v} for k, v in (parameters or {}).items()],
        ClientRequestToken=uuid.uuid4().hex,
    )
    return started["PipelineExecutionArn"]


def read(estate: Estate, arn: str) -> Run:
    sagemaker = estate.client("sagemaker")
    execution = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    steps = tuple(_step(step) for page in pages for step in page["PipelineExecutionSteps"])
    return Run(arn, execution["PipelineExecutionStatus"], execution.get("FailureReason", ""), steps)


def _step(found: Mapping[str, Any]) -> StepRun:
    metadata = found.get("Metadata", {})
    jobs = (part.get("Arn") for kind, part in metadata.items() if kind.endswith("Job"))
    return StepRun(found["StepName"], found["StepStatus"], found.get("FailureReason", ""), next(jobs, None), metadata)


def follow(
    estate: Estate,
    arn: str,
    *,
    timeout_s: float,
    on_change: Callable[[StepRun], None] = lambda step: None,
    until_step: str | None = None,
    poll_s: float = 5.0,
) -> Run:
    """Waits for the execution to end, or for `until_step` to; tells each change of a step's status.

    Raises ReleaseError where it takes longer than `timeout_s` seconds.
    """
    deadline = time.monotonic() + timeout_s
    seen: dict[str, str] = {}
    while True:
        run = read(estate, arn)
        for step in run.steps:
            if seen.get(step.name) != step.status:
                seen[step.name] = step.status
                on_change(step)
        target = run.step(until_step) if until_step is not None else None
        if run.status not in RUNNING or (target is not None and target.status in ("Succeeded", "Failed", "Stopped")):
            return run
        if time.monotonic() > deadline:
            raise ReleaseError(f"{arn} is still {run.status} after {timeout_s:.0f} s")
        time.sleep(poll_s)


def job_logs(estate: Estate, job_arn: str, lines: int = 20) -> list[str]:
    """The last lines that a job wrote, oldest first; none where it wrote nothing."""
    kind, _, name = job_arn.rpartition(":")[2].partition("/")
    # A tuning job has no lines of its own: those of its training jobs are read.
    tuning = kind == "hyper-parameter-tuning-job"
    group = f"/aws/sagemaker/{'Training' if tuning else kind.partition('-')[0].capitalize()}Jobs"
    prefix = f"{name}-" if tuning else f"{name}/"
    logs = estate.client("logs")
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix).get("logStreams", [])
    events = [
        event
        for stream in streams
        for event in logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=lines, startFromHead=False
        )["events"]
    ]
    return [event["message"] for event in sorted(events, key=lambda event: event["timestamp"])][-lines:]


def failure(estate: Estate, run: Run) -> str:
    """Why an execution did not succeed: the failed step, its reason, and its job's last log lines."""
    failed = next((step for step in run.steps if step.status == "Failed"), None)
    if failed is None:
        return f"{run.arn} is {run.status}: {run.reason or 'no reason given'}"
    text = f"step {failed.name} failed: {failed.reason}"
    if failed.job is not None:
        logged = job_logs(estate, failed.job)
        text += "".join(f"\n  | {line}" for line in logged)
    return text
