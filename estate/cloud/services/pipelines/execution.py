"""One execution of a pipeline: its steps run as soon as what they wait for has succeeded."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from estate.cloud.services.account import Account, now
from estate.cloud.services.clock import Clock
from estate.cloud.services.pipelines import step_cache
from estate.cloud.services.pipelines.definition_parts import Definition, Step
from estate.cloud.services.pipelines.retries import chosen, kind_of_error
from estate.cloud.services.pipelines.step_runs import ACTIVE, StepFailed, StepRun, StepStopped
from estate.cloud.services.pipelines.steps import Doing, Workers
from estate.cloud.services.pipelines.values import Scope, Unresolved
from estate.cloud.services.wire import AwsError, Params

EXECUTION_EVENT = "SageMaker Model Building Pipeline Execution Status Change"
STEP_EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"
FAILURE = "Step failure: One or multiple steps failed."  # what AWS says, whichever step it was

Earlier = Callable[[Step, str], tuple[str, StepRun] | None]


class Execution:
    """Runs in threads of its own from `start` on; every member is read under the account's lock.

    `earlier` finds the result that a cached step may reuse, with the execution that brought it. `selected`, where it is
    not None, names the only steps that run; `reused` are the results that stand for the others.
    """

    def __init__(
        self,
        account: Account,
        clock: Clock,
        workers: Workers,
        pipeline: Params,
        definition: Definition,
        request: Params,
        arn: str,
        earlier: Earlier,
        selected: frozenset[str] | None = None,
        reused: Mapping[str, StepRun] | None = None,
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
        self.steps: dict[str, StepRun] = dict(reused or {})
        self.parameters: Mapping[str, Any] = request["Values"]
        self._account = account
        self._clock = clock
        self._workers = workers
        self._earlier = earlier
        self._selected = selected
        self._changed = threading.Condition(account.lock)
        self._stopped = threading.Event()

    def start(self) -> None:
        self._account.processes.spawn(self._run, f"pipeline-{self.id}")

    def stop(self) -> None:
        with self._changed:
            if self.status == "Stopping":
                return
            self._become("Stopping")
            self._stopped.set()
            for run in self.steps.values():
                if run.status == "Executing":
                    self._move(run, "Stopping")
            self._changed.notify_all()

    def retry(self, parallelism: Params | None) -> None:
        """Runs again what failed or was stopped; what succeeded stays."""
        with self._changed:
            self.steps = {name: run for name, run in self.steps.items() if run.status == "Succeeded"}
            if parallelism is not None:
                self.request["ParallelismConfiguration"] = parallelism
            self.reason = ""
            self._stopped.clear()
            self._become("Executing")
        self.start()

    @property
    def stopping(self) -> bool:
        return self._stopped.is_set() or self._account.processes.closing.is_set()

    def _run(self) -> None:
        with self._changed:
            if self.modified == self.created:
                self._tell_execution("")
            while True:
                failed = any(run.status == "Failed" for run in self.steps.values())
                active = sum(run.status in ACTIVE for run in self.steps.values())
                ready = [] if failed or self.stopping else self._ready()[: max(0, self._most() - active)]
                for step in ready:
                    run = self.steps[step.name] = StepRun(step.name, step.type, step.display_name)
                    self._tell_step(run, "")
                    self._spawn(step, run)
                if not ready and not active:
                    break
                self._changed.wait(0.5)
            if any(run.status == "Failed" for run in self.steps.values()):
                self.reason = FAILURE
                self._become("Failed")
            else:
                self._become("Stopped" if self.stopping else "Succeeded")

    def _most(self) -> int:
        """How many steps run at the same time."""
        limit = self.request.get("ParallelismConfiguration") or {}
        return limit.get("MaxParallelExecutionSteps", len(self.definition.steps))

    def _spawn(self, step: Step, run: StepRun) -> None:
        self._account.processes.spawn(lambda: self._run_step(step, run), f"step-{step.name}")

    def _ready(self) -> list[Step]:
        succeeded = {name: run for name, run in self.steps.items() if run.status == "Succeeded"}
        return [
            step
            for step in self.definition.steps.values()
            if step.name not in self.steps
            and (self._selected is None or step.name in self._selected)
            and step.needs <= succeeded.keys()
            and all(name in succeeded and succeeded[name].properties is outcome for name, outcome in step.branch)
        ]

    def _run_step(self, step: Step, run: StepRun) -> None:
        status, reason, properties = "Succeeded", "", None
        first_failure_s: float | None = None
        while True:
            try:
                properties = self._try(step, run)
                break
            except StepStopped:
                status = "Stopped"
                break
            except (StepFailed, Unresolved) as error:
                kind, reason = getattr(error, "kind", ""), str(error)
            except AwsError as error:
                kind, reason = kind_of_error(error), f"ClientError: {error.message} ({error.code})"
            except Exception as error:  # a step must end, whatever happened to it
                kind, reason = "", f"InternalServerError: {type(error).__name__}: {error}"
            first_failure_s = first_failure_s if first_failure_s is not None else self._clock.now_s()
            policy = chosen(step.retries, kind)
            pause_s = policy.pause_s(run.attempts) if policy is not None else 0.0
            late = policy is None or self._clock.now_s() + pause_s - first_failure_s > policy.expires_s
            if policy is None or late or run.attempts > policy.attempts:
                status = "Failed"
                break
            if not self._pause(pause_s):
                status, reason = "Stopped", ""
                break
            with self._changed:
                run.attempts += 1
            reason = ""
        with self._changed:
            run.properties = properties
            run.reason, run.end = reason, now()
            self._move(run, status)
            self._changed.notify_all()

    def _try(self, step: Step, run: StepRun) -> Any:
        """One attempt; the result of an earlier run where that may stand for it."""
        scope = self._scope()
        own = {name: scope.resolve(step.own[name]) for name in ("FunctionArn", "SqsQueueUrl") if name in step.own}
        # A job's own name is never the same twice: it does not count.
        unnamed = replace(scope, execution={**scope.execution, "TrainingJobName": "", "ProcessingJobName": ""})
        if step.type in step_cache.COUNTED:
            run.key = step_cache.key(step.type, unnamed.resolve(step.arguments), own)
        found = self._earlier(step, run.key) if step.cache_s is not None else None
        if found is not None:
            with self._changed:
                run.cached_from, run.metadata = found[0], found[1].metadata
            return found[1].properties

        def note(metadata: Params) -> None:
            with self._changed:
                run.metadata = metadata

        doing = Doing(step, scope, self.arn, self.request["RoleArn"], lambda: self.stopping, note)
        return self._workers.run(doing)

    def _pause(self, seconds: float) -> bool:
        """Lets time of the clock pass; whether to go on."""
        end = self._clock.now_s() + seconds
        while (left_s := end - self._clock.now_s()) > 0:
            if not self._clock.pause(left_s, self._stopped) or self.stopping:
                return False
        return not self.stopping

    def _scope(self) -> Scope:
        execution = {
            "PipelineArn": self.pipeline["PipelineArn"],
            "PipelineName": self.pipeline["PipelineName"],
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionId": self.id,
            "StartDateTime": self.created.isoformat(),
            "CurrentDateTime": now().isoformat(),
        }
        with self._changed:
            known = {name: run.properties for name, run in self.steps.items() if run.status == "Succeeded"}
        return Scope(self.definition, self.parameters, execution, known, self._read)

    def _read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        s3 = self._account.client("s3")
        try:
            return s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except s3.exceptions.ClientError as error:
            raise Unresolved(f"{uri} cannot be read: {error.response['Error']['Code']}") from None

    def _become(self, status: str) -> None:
        before, self.status, self.modified = self.status, status, now()
        self._tell_execution(before)

    def _move(self, run: StepRun, status: str) -> None:
        before, run.status = run.status, status
        self.modified = now()
        self._tell_step(run, before)

    def _tell_execution(self, before: str) -> None:
        detail = {
            "pipelineExecutionDisplayName": self.request["DisplayName"],
            "pipelineExecutionDescription": self.request["Description"],
            "currentPipelineExecutionStatus": self.status,
            "executionStartTime": self.created.isoformat(),
        }
        if before:
            detail["previousPipelineExecutionStatus"] = before
        if self.status not in ("Executing", "Stopping"):
            detail["executionEndTime"] = self.modified.isoformat()
        self._tell(EXECUTION_EVENT, detail)

    def _tell_step(self, run: StepRun, before: str) -> None:
        self._tell(STEP_EVENT, run.event(before))

    def _tell(self, kind: str, detail: Params) -> None:
        if self._account.processes.closing.is_set():
            return
        arns = {"pipelineArn": self.pipeline["PipelineArn"], "pipelineExecutionArn": self.arn}
        self._account.emit("aws.sagemaker", kind, {**arns, **detail}, [self.pipeline["PipelineArn"], self.arn])
