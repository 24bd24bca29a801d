"""One execution of a pipeline: its steps run as soon as what they wait for has succeeded."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.cloud.services.account import Account, now, token
from estate.cloud.services.definition import Definition, Step
from estate.cloud.services.jobs import Jobs
from estate.cloud.services.packages import Packages
from estate.cloud.services.processing import Processing
from estate.cloud.services.training import Training
from estate.cloud.services.values import Scope, Unresolved
from estate.cloud.services.wire import AwsError, Params

STOPPED = frozenset({"Stopped", "Stopping"})
OUTCOMES = {"Completed": "Succeeded", "Failed": "Failed", "Stopped": "Stopped"}


@dataclass
class StepRun:
    """A step that has been started."""

    name: str
    display_name: str
    start: datetime
    status: str = "Executing"
    end: datetime | None = None
    reason: str = ""
    metadata: Params = field(default_factory=dict)

    def answer(self) -> Params:
        found: Params = {
            "StepName": self.name,
            "StepStatus": self.status,
            "StartTime": self.start,
            "AttemptCount": 1,
            "Metadata": self.metadata,
        }
        if self.display_name:
            found["StepDisplayName"] = self.display_name
        if self.end is not None:
            found["EndTime"] = self.end
        if self.reason:
            found["FailureReason"] = self.reason
        return found


class StepFailed(Exception):
    """A step did not succeed. The message is its FailureReason."""


@dataclass(frozen=True)
class Workers:
    """What the steps call."""

    processing: Processing
    training: Training
    packages: Packages


class Execution:
    """Runs in threads of its own from `start` on; every member is read under the account's lock."""

    def __init__(
        self, account: Account, workers: Workers, pipeline: Params, definition: Definition, request: Params, arn: str
    ) -> None:
        self.arn = arn
        self.id = arn.rpartition("/")[2]
        self.pipeline = pipeline
        self.definition = definition
        self.request = request
        self.status = "Executing"
        self.reason = ""
        self.created = now()
        self.modified = self.created
        self.steps: dict[str, StepRun] = {}
        self.parameters: Mapping[str, Any] = request["Values"]
        self._account = account
        self._workers = workers
        self._properties: dict[str, Any] = {}
        self._outcomes: dict[str, bool] = {}  # of conditions
        self._changed = threading.Condition(account.lock)

    def start(self) -> None:
        self._account.processes.spawn(self._run, f"pipeline-{self.id}")

    def stop(self) -> None:
        with self._changed:
            self.status = "Stopping"
            self.modified = now()
            self._changed.notify_all()

    @property
    def stopping(self) -> bool:
        return self.status in STOPPED or self._account.processes.closing.is_set()

    def _run(self) -> None:
        self._tell()
        with self._changed:
            while True:
                failed = any(run.status == "Failed" for run in self.steps.values())
                ready = [] if failed or self.stopping else self._ready()
                for step in ready:
                    self.steps[step.name] = StepRun(step.name, step.display_name, now())
                    self._spawn(step)
                if not ready and all(run.status != "Executing" for run in self.steps.values()):
                    break
                self._changed.wait(0.5)
            if any(run.status == "Failed" for run in self.steps.values()):
                # What AWS says, whichever step it was.
                self.status, self.reason = "Failed", "Step failure: One or multiple steps failed."
            else:
                self.status = "Stopped" if self.stopping else "Succeeded"
            self.modified = now()
        self._tell()

    def _spawn(self, step: Step) -> None:
        self._account.processes.spawn(lambda: self._run_step(step), f"step-{step.name}")

    def _ready(self) -> list[Step]:
        succeeded = {name for name, run in self.steps.items() if run.status == "Succeeded"}
        return [
            step
            for step in self.definition.steps.values()
            if step.name not in self.steps
            and step.needs <= succeeded
            and all(self._outcomes.get(condition) is outcome for condition, outcome in step.branch)
        ]

    def _run_step(self, step: Step) -> None:
        run = self.steps[step.name]
        status, reason = "Succeeded", ""
        try:
            getattr(self, f"_run_{step.type.lower()}")(step, run)
        except (StepFailed, Unresolved) as error:
            status, reason = ("Stopped", "") if self.stopping else ("Failed", str(error))
        except AwsError as error:
            status, reason = "Failed", f"ClientError: {error.message} ({error.code})"
        except Exception as error:  # a step must end, whatever happened to it
            status, reason = "Failed", f"InternalServerError: {type(error).__name__}: {error}"
        with self._changed:
            run.status, run.reason, run.end = status, reason, now()
            self.modified = run.end
            self._changed.notify_all()

    @property
    def _scope(self) -> Scope:
        execution = {
            "PipelineArn": self.pipeline["PipelineArn"],
            "PipelineName": self.pipeline["PipelineName"],
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionId": self.id,
            "StartDateTime": self.created.isoformat(),
            "CurrentDateTime": now().isoformat(),
        }
        return Scope(self.definition, self.parameters, execution, self._properties, self._read)

    def _read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3 = self._account.client("s3")
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.ClientError as error:
            raise Unresolved(f"{uri} cannot be read: {error.response['Error']['Code']}") from None

    def _run_processing(self, step: Step, run: StepRun) -> None:
        self._run_job(step, run, self._workers.processing.jobs, "Processing")

    def _run_training(self, step: Step, run: StepRun) -> None:
        self._run_job(step, run, self._workers.training.jobs, "Training")

    def _run_job(self, step: Step, run: StepRun, jobs: Jobs, kind: str) -> None:
        name = f"pipelines-{self.id}-{step.name[:20]}-{token(10)}"
        arguments = self._scope.resolve(step.arguments)
        arguments.setdefault("RoleArn", self.request["RoleArn"])
        arguments.pop("ExperimentConfig", None)
        arguments[f"{kind}JobName"] = name
        if kind == "Processing":
            arn = self._workers.processing.create_processing_job(arguments)["ProcessingJobArn"]
        else:
            arn = self._workers.training.create_training_job(arguments)["TrainingJobArn"]
        with self._changed:
            run.metadata = {f"{kind}Job": {"Arn": arn}}
        record = jobs.wait(name, lambda: self.stopping)
        status = OUTCOMES[record[f"{kind}JobStatus"]]
        if status == "Succeeded":
            self._properties[step.name] = record
            return
        reason = record.get("FailureReason", "")
        if not reason and not self.stopping:
            reason = record.get("ExitMessage", record.get("SecondaryStatus", "the job was stopped"))
        raise StepFailed(f"ClientError: {reason}" if reason and ":" not in reason else reason)

    def _run_registermodel(self, step: Step, run: StepRun) -> None:
        arguments = self._scope.resolve(step.arguments)
        package = self._workers.packages.create(arguments, self.arn)
        with self._changed:
            run.metadata = {"RegisterModel": {"Arn": package["ModelPackageArn"]}}
        self._properties[step.name] = package

    def _run_condition(self, step: Step, run: StepRun) -> None:
        scope = self._scope
        outcome = all(scope.holds(condition) for condition in step.arguments.get("Conditions", []))
        with self._changed:
            run.metadata = {"Condition": {"Outcome": str(outcome)}}
            self._outcomes[step.name] = outcome

    def _run_fail(self, step: Step, run: StepRun) -> None:
        message = str(self._scope.resolve(step.arguments.get("ErrorMessage", "")))
        with self._changed:
            run.metadata = {"Fail": {"ErrorMessage": message}}
        raise StepFailed(message)

    def _tell(self) -> None:
        """SageMaker's event about an execution's status."""
        if self._account.processes.closing.is_set():
            return
        detail = {
            "pipelineArn": self.pipeline["PipelineArn"],
            "pipelineExecutionArn": self.arn,
            "currentPipelineExecutionStatus": self.status,
            "executionStartTime": self.created.isoformat(),
        }
        kind = "SageMaker Model Building Pipeline Execution Status Change"
        self._account.publish("aws.sagemaker", kind, detail, [self.pipeline["PipelineArn"], self.arn])
