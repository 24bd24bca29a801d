"""The machine of a training on spot capacity is taken away in the middle."""

import time
from typing import Any

from contracts.pipelines import Definition, Step
from estate.rehearsal.context import Rehearsal, split_uri
from estate.rehearsal.fault import Fault
from estate.rehearsal.stage import Evidence, StageFailed, require
from estate.rehearsal.victims import of_data
from estate.release import runs

ROUNDS = 4000  # some seconds of work, so that there is a middle
WAIT_S = 3600  # for spot capacity, on top of the job's own time
COPIED = ("AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "VpcConfig")
SETTINGS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "Environment", "StoppingCondition")


class LostSpotNode(Fault):
    name = "lost-spot-node"
    shows = "a spot machine goes in the middle of a training: it goes on from its checkpoint on another, and completes"
    needs = "register"
    no_incident = "the training goes on by itself, and ends well: there is nothing for anybody to do"

    def __init__(self) -> None:
        self._model = ""
        self._job = ""
        self._checkpoints = ""

    def inject(self, rehearsal: Rehearsal) -> None:
        """The pipeline's own training job once more, on spot capacity, with checkpoints."""
        self._model = of_data(rehearsal)
        sagemaker = rehearsal.cloud.client("sagemaker")
        like = self._trained(rehearsal)
        self._job = f"{like['TrainingJobName'][:40].rstrip('-')}-spot-{time.time_ns() % 10**9}"
        self._checkpoints = f"{rehearsal.outputs(self._model).models_uri.rstrip('/')}/checkpoints/{self._job}"
        copied = {name: like[name] for name in (*COPIED, *SETTINGS) if like.get(name)}
        stop = copied["StoppingCondition"]
        sagemaker.create_training_job(
            **{
                **copied,
                "TrainingJobName": self._job,
                "HyperParameters": {**like.get("HyperParameters", {}), "rounds": str(ROUNDS)},
                "EnableManagedSpotTraining": True,
                "CheckpointConfig": {"S3Uri": self._checkpoints},
                "StoppingCondition": {**stop, "MaxWaitTimeInSeconds": stop["MaxRuntimeInSeconds"] + WAIT_S},
            }
        )
        deadline = time.monotonic() + self.detect_within_s
        while not self._written(rehearsal):
            self._refuse_an_end(rehearsal, "before it could be interrupted")
            require(time.monotonic() < deadline, f"{self.name}: {self._job} wrote no checkpoint")
            time.sleep(0.05)
        self.began = time.time()
        rehearsal.cloud.interrupt_spot(self._job)

    def detected(self, rehearsal: Rehearsal) -> Evidence | None:
        """SageMaker says that the machine is gone."""
        passed = [each["Status"] for each in self._job_now(rehearsal)["SecondaryStatusTransitions"]]
        if "Interrupted" not in passed:
            self._refuse_an_end(rehearsal, "and nobody noticed that its machine was lost")
            return None
        return {"job": self._job, "statuses": passed, "checkpoint": self._written(rehearsal)[-1].rpartition("/")[2]}

    def recovered(self, rehearsal: Rehearsal) -> Evidence | None:
        job = self._job_now(rehearsal)
        if job["TrainingJobStatus"] in ("InProgress", "Stopping"):
            return None
        said = [line for line in rehearsal.cloud.logs(self._job, 200).splitlines() if "goes on from checkpoint" in line]
        passed = [each["Status"] for each in job["SecondaryStatusTransitions"]]
        evidence: Evidence = {
            "status": job["TrainingJobStatus"],
            "statuses": passed,
            "log": said,
            "model": job.get("ModelArtifacts", {}).get("S3ModelArtifacts", ""),
            "billable_seconds": job.get("BillableTimeInSeconds"),
            "training_seconds": job.get("TrainingTimeInSeconds"),
        }
        require(job["TrainingJobStatus"] == "Completed", f"{self.name}: {job.get('FailureReason', 'ended')}", evidence)
        require(bool(said), f"{self.name}: the job began again in place of going on", evidence)
        return evidence

    def undo(self, rehearsal: Rehearsal) -> None:
        if not self._job:
            return
        sagemaker, s3 = rehearsal.cloud.client("sagemaker"), rehearsal.cloud.client("s3")
        if self._job_now(rehearsal)["TrainingJobStatus"] == "InProgress":
            sagemaker.stop_training_job(TrainingJobName=self._job)
        for item in self._written(rehearsal):
            bucket, key = split_uri(item)
            s3.delete_object(Bucket=bucket, Key=key)

    def _trained(self, rehearsal: Rehearsal) -> dict[str, Any]:
        """The training job of the model's newest run."""
        name = runs.pipeline_name(rehearsal.estate, self._model, Definition.TRAINING)
        sagemaker = rehearsal.cloud.client("sagemaker")
        found = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
        for summary in found:
            step = runs.read(rehearsal.estate, summary["PipelineExecutionArn"]).step(Step.TRAIN)
            if step is not None and step.job is not None and step.status == "Succeeded":
                return sagemaker.describe_training_job(TrainingJobName=step.job.rpartition("/")[2])
        raise StageFailed(f"{self.name}: {name} has trained nothing yet")

    def _job_now(self, rehearsal: Rehearsal) -> dict[str, Any]:
        return rehearsal.cloud.client("sagemaker").describe_training_job(TrainingJobName=self._job)

    def _refuse_an_end(self, rehearsal: Rehearsal, when: str) -> None:
        job = self._job_now(rehearsal)
        if job["TrainingJobStatus"] != "InProgress":
            ended = f"{job['TrainingJobStatus']} {job.get('FailureReason', '')}".rstrip()
            raise StageFailed(f"{self.name}: the job ended {when}: {ended}")

    def _written(self, rehearsal: Rehearsal) -> list[str]:
        return [item for item in rehearsal.list_objects(f"{self._checkpoints}/") if item.endswith(".ubj")]
