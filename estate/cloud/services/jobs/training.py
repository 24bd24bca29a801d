"""SageMaker training jobs: channels from S3, a container, the model to S3; on spot capacity that can be taken away."""

import time
from dataclasses import dataclass

from estate.cloud.services import containers
from estate.cloud.services.account import now
from estate.cloud.services.checks import invalid
from estate.cloud.services.cloudwatch.measures import Measures
from estate.cloud.services.jobs import checkpoints, job_metrics, training_files
from estate.cloud.services.jobs.checkpoints import Checkpoints
from estate.cloud.services.jobs.job_metrics import Readings
from estate.cloud.services.jobs.jobs import DAY_S, ENDED, JobFailed, Jobs, Kind, Office, Running, failure_reason
from estate.cloud.services.jobs.processing import read
from estate.cloud.services.jobs.training_checks import check
from estate.cloud.services.jobs.warm_pools import WarmPools
from estate.cloud.services.wire import Params, Table

KIND = Kind(
    "TrainingJob",
    "training-job",
    "/aws/sagemaker/TrainingJobs",
    "SageMaker Training Job State Change",
    unknown="Requested resource not found.",
)
NAMESPACE = "/aws/sagemaker/TrainingJobs"
MEMBERS = (
    "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig",
    "VpcConfig", "StoppingCondition", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining", "CheckpointConfig", "ExperimentConfig", "Environment", "RetryStrategy",
)  # fmt: skip
FLAGS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Interrupted": "Spot instances were interrupted; the job starts again when there is capacity",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "Completed": "Training job completed",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
}


@dataclass
class Course:
    """How far a job has come over all its attempts. Work takes real seconds, waiting those of the clock."""

    limit_s: float
    patience_s: float
    ran_s: float = 0.0
    waited_s: float = 0.0
    over: str = ""  # which limit ended the job

    def left_s(self) -> float:
        return min(self.limit_s - self.ran_s, self.patience_s - self.waited_s - self.ran_s)

    def exceeded(self) -> str:
        """The secondary status of a job whose time is over."""
        waits = self.patience_s - self.waited_s < self.limit_s
        return "MaxWaitTimeExceeded" if waits else "MaxRuntimeExceeded"


class Training:
    def __init__(self, office: Office, measures: Measures) -> None:
        self._account = office.account
        self._measures = measures
        self.jobs = Jobs(office, KIND, office.store.training_jobs, self._work, self._conclude)
        self._pools = WarmPools(self.jobs.clock)

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (self.create_training_job, self.describe_training_job, self.list_training_jobs, self.stop_training_job),
        )

    def create_training_job(self, params: Params) -> Params:
        return {"TrainingJobArn": self.create(params, {})}

    def create(self, params: Params, more: Params) -> str:
        """`more` joins the job's description. Raises AwsError."""
        check(self._account, params)
        checkpoints.check(self._account, params.get("CheckpointConfig"))
        job_metrics.check(params["AlgorithmSpecification"].get("MetricDefinitions", []))
        record = {name: params[name] for name in MEMBERS if name in params} | more
        record.setdefault("HyperParameters", {})
        record |= {name: params.get(name, False) for name in FLAGS}
        record["SecondaryStatus"] = "Starting"
        record["SecondaryStatusTransitions"] = [_transition("Starting")]
        machines = params["ResourceConfig"]["InstanceType"], 1
        arn = self.jobs.create(params, record, machines, spot=record["EnableManagedSpotTraining"])
        self._pools.begin(params["TrainingJobName"], params)
        return arn

    def describe_training_job(self, params: Params) -> Params:
        name = params["TrainingJobName"]
        return {**self.jobs.describe(name), **self._pools.shown(name)}

    def list_training_jobs(self, params: Params) -> Params:
        found, more = self.jobs.list(params)
        return {"TrainingJobSummaries": found, **more}

    def stop_training_job(self, params: Params) -> Params:
        name = params["TrainingJobName"]
        with self._account.lock:
            self.jobs.stop(name)
            self._move(self.jobs.records[name], "Stopping")
        return {}

    def interrupt(self, name: str, capacity_after_s: float) -> None:
        """Takes a job's spot machine away. Raises AwsError where it has none."""
        with self._account.lock:
            record = self.jobs.describe(name)
            if not record["EnableManagedSpotTraining"]:
                raise invalid(f"Training job {name} does not run on spot instances: EnableManagedSpotTraining is off")
            if record["TrainingJobStatus"] in ENDED:
                raise invalid(f"Training job {name} is {record['TrainingJobStatus']}: it has no instance to lose")
            running = self.jobs.running[name]
            running.capacity_after_s = capacity_after_s
            running.lost.set()

    def _work(self, record: Params, running: Running) -> None:
        stopping = record["StoppingCondition"]
        limit_s = stopping.get("MaxRuntimeInSeconds", DAY_S)
        course = Course(limit_s, stopping.get("MaxWaitTimeInSeconds", float("inf")))
        name = record["TrainingJobName"]
        readings = Readings(
            record["AlgorithmSpecification"].get("MetricDefinitions", []),
            lambda metric, value: self._measures.put(NAMESPACE, {"TrainingJobName": name}, {metric: (value, "None")}),
        )
        try:
            while not self._attempt(record, running, course, readings):
                self._move(record, "Interrupted")
                self._await_capacity(record, running, course)
                if running.stop.is_set():
                    break
                self._move(record, "Starting")
        finally:
            with self._account.lock:
                if final := readings.final():
                    record["FinalMetricDataList"] = final
                record["TrainingTimeInSeconds"] = max(1, round(course.ran_s))
                # No discount is known here: what spot capacity saves is not shown.
                record["BillableTimeInSeconds"] = record["TrainingTimeInSeconds"]
        if course.over:
            record["SecondaryStatus"] = course.over

    def _attempt(self, record: Params, running: Running, course: Course, readings: Readings) -> bool:
        """Runs the job on one machine; whether it ended there, which it did not where the machine was lost."""
        began = time.monotonic()
        name = record["TrainingJobName"]
        specification = record["AlgorithmSpecification"]
        try:
            with containers.room(self._account, name) as room:
                self._move(record, "Downloading")
                training_files.prepare(self._account, record, room)
                kept = Checkpoints(self._account, room, record)
                kept.restore()
                if running.stop.is_set():
                    return True
                self._move(record, "Training")
                # Without an entry point SageMaker starts the image with this argument.
                entry_point = specification.get("ContainerEntrypoint", ["train"])
                command = [*entry_point, *specification.get("ContainerArguments", [])]
                limits = containers.Limits(course.left_s(), running.stop, self.jobs.grace_s(), running.lost)
                with kept.kept():
                    outcome = self.jobs.run_container(
                        name, room, command, record.get("Environment", {}), limits, readings.scan
                    )
                if outcome.interrupted:
                    return False
                reason = failure_reason(outcome, read(room.at("/opt/ml/output/failure")))
                if reason is not None:
                    raise JobFailed(reason)
                if outcome.timed_out:
                    course.over = course.exceeded()
                    self._stop(record, running)
                if not running.stop.is_set():
                    self._move(record, "Uploading")
                # A stopped job's model is kept as far as it was written.
                training_files.collect(self._account, record, room)
                return True
        finally:
            course.ran_s += time.monotonic() - began

    def _await_capacity(self, record: Params, running: Running, course: Course) -> None:
        """Until the lost machine is replaced, or the job stops."""
        clock = self.jobs.clock
        running.lost.clear()
        began = clock.now_s()
        end = began + running.capacity_after_s
        patience_s = course.patience_s - course.waited_s - course.ran_s
        while (left_s := min(end, began + patience_s) - clock.now_s()) > 0 and clock.pause(left_s, running.stop):
            if self._account.processes.closing.is_set():
                running.stop.set()
        course.waited_s += min(patience_s, running.capacity_after_s)
        if running.capacity_after_s >= patience_s and not running.stop.is_set():
            course.over = "MaxWaitTimeExceeded"
            self._stop(record, running)

    def _stop(self, record: Params, running: Running) -> None:
        with self._account.lock:
            record["TrainingJobStatus"] = "Stopping"
            self._move(record, "Stopping")
        running.stop.set()

    def _move(self, record: Params, status: str) -> None:
        """Notes what the job is at now."""
        with self._account.lock:
            if record["TrainingJobStatus"] == "Stopping" and status != "Stopping":
                return
            _note(record, status)
        self.jobs.announce(record)

    def _conclude(self, record: Params, outcome: Params) -> None:
        """The last secondary status; a job that ended at a limit has it already."""
        ended = outcome["TrainingJobStatus"]
        over = record["SecondaryStatus"] if record["SecondaryStatus"].startswith("Max") else ""
        _note(record, over or ended, outcome.get("FailureReason", ""))
        record["SecondaryStatusTransitions"][-1]["EndTime"] = now()
        self._pools.end(record["TrainingJobName"], ended == "Completed")


def _note(record: Params, status: str, message: str = "") -> None:
    transitions = record["SecondaryStatusTransitions"]
    record["SecondaryStatus"] = status
    entry = _transition(status, message)
    if transitions[-1]["Status"] == status:
        return
    transitions[-1]["EndTime"] = entry["StartTime"]
    # A new list: a description that was handed out stays as it was.
    record["SecondaryStatusTransitions"] = [*transitions, entry]


def _transition(status: str, message: str = "") -> Params:
    text = message or MESSAGES.get(status, "")
    return {"Status": status, "StartTime": now(), **({"StatusMessage": text} if text else {})}
