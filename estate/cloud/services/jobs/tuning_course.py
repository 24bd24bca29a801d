"""A tuning job at work: the training jobs that it starts, and what is known of them."""

import threading
import time
from dataclasses import dataclass

from estate.cloud.services.account import Account, token
from estate.cloud.services.jobs.jobs import ENDED
from estate.cloud.services.jobs.training import Training
from estate.cloud.services.jobs.tuning_search import Search
from estate.cloud.services.store import select
from estate.cloud.services.wire import AwsError, Params

WITHOUT_VALUE = 5  # so many jobs that bring no value, and none that does, end the search
POLL_S = 0.02
OBJECTIVE_VARIABLE = "_tuning_objective_metric"  # a hyperparameter that every job gets, as on AWS
DEFINED = ("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition",
           "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining",
           "CheckpointConfig", "RetryStrategy", "Environment")  # fmt: skip
LISTED = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime",
          "TrainingJobStatus", "FailureReason")  # fmt: skip
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."


@dataclass(frozen=True)
class Trial:
    """One training job of a search; `number` is what the search calls it."""

    name: str
    number: int
    values: dict[str, str]


class Course:
    """Starts and follows the training jobs of one tuning job, whose description is `record`."""

    def __init__(self, account: Account, training: Training, record: Params) -> None:
        self.stop = threading.Event()
        self.ended = threading.Event()
        self._account = account
        self._training = training
        self._record = record
        self._config = record["HyperParameterTuningJobConfig"]
        self._objective = self._config["HyperParameterTuningJobObjective"]
        self._search = Search(self._config)
        self._trials: list[Trial] = []

    def run(self) -> Params:
        """The members of the tuning job's description that its end sets."""
        limits = self._config["ResourceLimits"]
        deadline = time.monotonic() + limits.get("MaxRuntimeInSeconds", float("inf"))
        active: list[Trial] = []
        reason, last = "", False
        while True:
            active = [trial for trial in active if not self._has_ended(trial)]
            stopped = self.stop.is_set() or self._account.processes.closing.is_set() or time.monotonic() > deadline
            if (stopped or self._is_enough()) and not last:
                last = True
                self._stop(active)
            while (
                not last and len(active) < limits["MaxParallelTrainingJobs"] and len(self._trials) < self._search.most
            ):
                try:
                    trial = self._start()
                except AwsError as error:
                    reason, last = f"ClientError: {error.message}", True
                    self._stop(active)
                    break
                if trial is None:
                    break
                active.append(trial)
            if not active:
                break
            time.sleep(POLL_S)
        if reason or self._is_hopeless():
            return {"HyperParameterTuningJobStatus": "Failed", "FailureReason": reason or self._despair()}
        return {"HyperParameterTuningJobStatus": "Stopped" if self.stop.is_set() else "Completed"}

    def summaries(self) -> list[Params]:
        """HyperParameterTrainingJobSummary of every training job."""
        with self._account.lock:
            return [self._summary(trial) for trial in self._trials]

    def counts(self) -> Params:
        """The counters, and the best job so far."""
        summaries = self.summaries()
        statuses = [summary["TrainingJobStatus"] for summary in summaries]
        objectives = [summary["ObjectiveStatus"] for summary in summaries]
        best = self._best(summaries)
        return {
            "TrainingJobStatusCounters": {
                "Completed": statuses.count("Completed"),
                "InProgress": statuses.count("InProgress") + statuses.count("Stopping"),
                "RetryableError": 0,  # nothing is tried again
                "NonRetryableError": statuses.count("Failed"),
                "Stopped": statuses.count("Stopped"),
            },
            "ObjectiveStatusCounters": {name: objectives.count(name) for name in ("Succeeded", "Pending", "Failed")},
            **({"BestTrainingJob": best} if best is not None else {}),
        }

    def _start(self) -> Trial | None:
        found = self._search.ask()
        if found is None:
            return None
        number, values = found
        tuning_job = self._record["HyperParameterTuningJobName"]
        trial = Trial(f"{tuning_job}-{len(self._trials) + 1:03d}-{token(8)}", number, values)
        definition = self._record["TrainingJobDefinition"]
        given = {**definition.get("StaticHyperParameters", {}), **values}
        request = {
            **select(definition, *DEFINED),
            "TrainingJobName": trial.name,
            "AlgorithmSpecification": definition["AlgorithmSpecification"],
            "HyperParameters": {**given, OBJECTIVE_VARIABLE: self._objective["MetricName"]},
        }
        with self._account.lock:
            self._training.create(request, {"TuningJobArn": self._record["HyperParameterTuningJobArn"]})
            self._trials.append(trial)
        return trial

    def _has_ended(self, trial: Trial) -> bool:
        if not self._training.jobs.running[trial.name].ended.is_set():
            return False
        summary = self._summary(trial)
        metric = summary.get("FinalHyperParameterTuningJobObjectiveMetric")
        self._search.tell(trial.number, metric["Value"] if metric is not None else None)
        return True

    def _stop(self, active: list[Trial]) -> None:
        for trial in active:
            with self._account.lock:
                if self._training.jobs.describe(trial.name)["TrainingJobStatus"] == "InProgress":
                    self._training.stop_training_job({"TrainingJobName": trial.name})

    def _summary(self, trial: Trial) -> Params:
        record = self._training.jobs.describe(trial.name)
        summary = {
            **select(record, *LISTED),
            "TunedHyperParameters": trial.values,
            "TuningJobName": self._record["HyperParameterTuningJobName"],
        }
        metrics = {item["MetricName"]: item["Value"] for item in record.get("FinalMetricDataList", [])}
        value = metrics.get(self._objective["MetricName"])
        if record["TrainingJobStatus"] not in ENDED:
            return {**summary, "ObjectiveStatus": "Pending"}
        if record["TrainingJobStatus"] == "Failed" or value is None:
            return {**summary, "ObjectiveStatus": "Failed"}
        metric = {**self._objective, "Value": value}
        return {**summary, "ObjectiveStatus": "Succeeded", "FinalHyperParameterTuningJobObjectiveMetric": metric}

    def _best(self, summaries: list[Params]) -> Params | None:
        valued = [item for item in summaries if item["ObjectiveStatus"] == "Succeeded"]
        return max(valued, key=self._merit) if valued else None

    def _merit(self, summary: Params) -> float:
        """Higher is better."""
        value = summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        return value if self._objective["Type"] == "Maximize" else -value

    def _is_enough(self) -> bool:
        """Whether a completion criterion is met, or nothing is to be expected any more."""
        if self._is_hopeless():
            return True
        criteria = self._config.get("TuningJobCompletionCriteria", {})
        merits = [self._merit(item) for item in self.summaries() if item["ObjectiveStatus"] == "Succeeded"]
        if not merits:
            return False
        target = criteria.get("TargetObjectiveMetricValue")
        if target is not None:
            wanted = target if self._objective["Type"] == "Maximize" else -target
            if max(merits) >= wanted:
                return True
        patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
        return patience is not None and len(merits) - 1 - merits.index(max(merits)) >= patience

    def _is_hopeless(self) -> bool:
        statuses = [item["ObjectiveStatus"] for item in self.summaries()]
        ended = [status for status in statuses if status != "Pending"]
        enough = len(ended) >= min(WITHOUT_VALUE, self._search.most)
        return enough and not self.stop.is_set() and "Succeeded" not in ended

    def _despair(self) -> str:
        if all(item["TrainingJobStatus"] == "Failed" for item in self.summaries()):
            return ALL_FAILED
        name = self._objective["MetricName"]
        return (
            f"No objective metrics found after running {len(self._trials)} training jobs. Please ensure that the "
            f"custom algorithm is emitting the objective metric as defined by the regular expression provided: {name}"
        )
