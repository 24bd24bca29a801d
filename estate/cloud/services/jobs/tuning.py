"""SageMaker hyperparameter tuning: training jobs whose hyperparameters a search chooses by what the earlier ones found.

The objective is what the jobs' lines say by the expression of its MetricDefinition.
"""

from collections.abc import Callable

from estate.cloud.services.account import now
from estate.cloud.services.jobs.jobs import Office, as_event
from estate.cloud.services.jobs.training import Training
from estate.cloud.services.jobs.tuning_checks import check
from estate.cloud.services.jobs.tuning_course import Course
from estate.cloud.services.store import page, select
from estate.cloud.services.wire import AwsError, Params, Table

EVENT = "SageMaker HyperParameter Tuning Job State Change"
NAME, STATUS = "HyperParameterTuningJobName", "HyperParameterTuningJobStatus"
RUNNING = frozenset({"InProgress", "Stopping"})
LISTED = (NAME, "HyperParameterTuningJobArn", STATUS, "CreationTime", "HyperParameterTuningEndTime",
          "LastModifiedTime", "TrainingJobStatusCounters", "ObjectiveStatusCounters")  # fmt: skip
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
WAIT_S = 0.05


class Tuning:
    def __init__(self, office: Office, training: Training) -> None:
        self._account = office.account
        self._store = office.store
        self._training = training
        self._records = office.store.tuning_jobs
        self._courses: dict[str, Course] = {}

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_hyper_parameter_tuning_job,
                self.describe_hyper_parameter_tuning_job,
                self.list_hyper_parameter_tuning_jobs,
                self.list_training_jobs_for_hyper_parameter_tuning_job,
                self.stop_hyper_parameter_tuning_job,
                self.delete_hyper_parameter_tuning_job,
            ),
        )

    def create_hyper_parameter_tuning_job(self, params: Params) -> Params:
        name = params[NAME]
        arn = self._store.arn("hyper-parameter-tuning-job", name)
        check(self._account, params)
        moment = now()
        record = {
            **select(params, "HyperParameterTuningJobConfig", "TrainingJobDefinition"),
            NAME: name,
            "HyperParameterTuningJobArn": arn,
            STATUS: "InProgress",
            "CreationTime": moment,
            "LastModifiedTime": moment,
        }
        course = Course(self._account, self._training, record)
        with self._account.lock:
            if name in self._records:
                raise AwsError("ResourceInUse", f"Cannot create already existing hyperparameter tuning job: {arn}")
            self._records[name] = record
            self._courses[name] = course
            self._store.tag(arn, params.get("Tags", []))
        self._announce(name)
        self._account.processes.spawn(lambda: self._run(name, course), f"tuning-{name}")
        return {"HyperParameterTuningJobArn": arn}

    def describe_hyper_parameter_tuning_job(self, params: Params) -> Params:
        return self.describe(params[NAME])

    def list_hyper_parameter_tuning_jobs(self, params: Params) -> Params:
        wanted = params.get("StatusEquals")
        found, more = page(
            [self.describe(name) for name in list(self._records)],
            params,
            name=NAME,
            sorts={"CreationTime": "CreationTime", "Name": NAME, "Status": STATUS},
            keep=lambda record: wanted is None or record[STATUS] == wanted,
        )
        summaries = []
        for record in found:
            config = select(record["HyperParameterTuningJobConfig"], "Strategy", "ResourceLimits")
            summaries.append({**select(record, *LISTED), **config})
        return {"HyperParameterTuningJobSummaries": summaries, **more}

    def list_training_jobs_for_hyper_parameter_tuning_job(self, params: Params) -> Params:
        name, wanted = params[NAME], params.get("StatusEquals")
        self.describe(name)
        summaries = self._courses[name].summaries()
        if params.get("SortBy") == "FinalObjectiveMetricValue":
            # Sorted by its objective, a job that has none is not listed.
            summaries = [{**item, "Value": item[METRIC]["Value"]} for item in summaries if METRIC in item]
        found, more = page(
            summaries,
            params,
            name="TrainingJobName",
            sorts={
                "Name": "TrainingJobName",
                "CreationTime": "CreationTime",
                "Status": "TrainingJobStatus",
                "FinalObjectiveMetricValue": "Value",
            },
            keep=lambda summary: wanted is None or summary["TrainingJobStatus"] == wanted,
        )
        for summary in found:
            summary.pop("Value", None)
        return {"TrainingJobSummaries": found, **more}

    def stop_hyper_parameter_tuning_job(self, params: Params) -> Params:
        name = params[NAME]
        with self._account.lock:
            status = self.describe(name)[STATUS]
            if status not in RUNNING:
                raise AwsError(
                    "ValidationException",
                    f"The request was rejected because the hyperparameter tuning job is in status {status}.",
                )
            if status == "Stopping":
                return {}
            self._change(name, {STATUS: "Stopping"})
            self._courses[name].stop.set()
        self._announce(name)
        return {}

    def delete_hyper_parameter_tuning_job(self, params: Params) -> Params:
        """Its training jobs stay; one that does not exist is no error."""
        name = params[NAME]
        with self._account.lock:
            found = self._records.get(name)
            if found is None:
                return {}
            if found[STATUS] in RUNNING:
                raise AwsError("ValidationException", f"Tuning job {name} is {found[STATUS]}: stop it first")
            del self._records[name], self._courses[name]
            self._store.tags.pop(found["HyperParameterTuningJobArn"], None)
        return {}

    def describe(self, name: str) -> Params:
        """Raises AwsError (ResourceNotFound)."""
        with self._account.lock:
            record = self._records.get(name)
            if record is None:
                raise AwsError("ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {name}.")
            return {**record, **self._courses[name].counts()}

    def wait(self, name: str, poll: Callable[[], bool]) -> Params:
        """The job's description once it has ended; `poll` returning true asks it to stop first."""
        course = self._courses[name]
        while not course.ended.wait(WAIT_S):
            if not course.stop.is_set() and poll():
                with self._account.lock:
                    if self._records[name][STATUS] == "InProgress":
                        self.stop_hyper_parameter_tuning_job({NAME: name})
        return self.describe(name)

    def _run(self, name: str, course: Course) -> None:
        try:
            outcome = course.run()
        except Exception as error:  # a job must end, whatever happened to it
            outcome = {STATUS: "Failed", "FailureReason": f"InternalServerError: {type(error).__name__}: {error}"}
        self._change(name, {**outcome, "HyperParameterTuningEndTime": now()})
        self._announce(name)
        course.ended.set()

    def _change(self, name: str, members: Params) -> None:
        with self._account.lock:
            self._records[name].update(members, LastModifiedTime=now())

    def _announce(self, name: str) -> None:
        if self._account.processes.closing.is_set():
            return
        described = self.describe(name)
        arn = described["HyperParameterTuningJobArn"]
        detail = {**as_event(described), "Tags": dict(self._store.tags.get(arn, {}))}
        self._account.emit("aws.sagemaker", EVENT, detail, [arn])
