"""SageMaker training jobs: channels from S3, a container, the model to S3."""

import json

from estate.cloud.services import checks, containers, objects
from estate.cloud.services.account import Account, now
from estate.cloud.services.checks import invalid
from estate.cloud.services.jobs import DAY_S, JobFailed, Jobs, Kind, Running, failure_reason
from estate.cloud.services.logs import Logs
from estate.cloud.services.processing import _read, resource_config
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Params, Table

KIND = Kind("TrainingJob", "training-job", "/aws/sagemaker/TrainingJobs", "SageMaker Training Job State Change")
MEMBERS = (
    "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig",
    "VpcConfig", "StoppingCondition", "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining", "CheckpointConfig", "ExperimentConfig", "Environment", "RetryStrategy",
)  # fmt: skip


class Training:
    def __init__(self, account: Account, store: Store, logs: Logs) -> None:
        self._account = account
        self.jobs = Jobs(account, store, logs, KIND, store.training_jobs, self._work)

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (self.create_training_job, self.describe_training_job, self.list_training_jobs, self.stop_training_job),
        )

    def create_training_job(self, params: Params) -> Params:
        account = self._account
        checks.role(account, params["RoleArn"])
        image = params["AlgorithmSpecification"].get("TrainingImage")
        if image is None:
            raise invalid("AlgorithmSpecification: TrainingImage is required offline; AlgorithmName is not supported")
        checks.image(account, image)
        checks.network(account, params.get("VpcConfig"))
        resources = params["ResourceConfig"]
        if resources.get("InstanceCount", 1) != 1:
            raise invalid("ResourceConfig: only one instance a job is supported offline")
        checks.key(account, resources.get("VolumeKmsKeyId"))
        checks.key(account, params["OutputDataConfig"].get("KmsKeyId"))
        checks.s3_uri(account, params["OutputDataConfig"]["S3OutputPath"], "OutputDataConfig")
        names = [channel["ChannelName"] for channel in params.get("InputDataConfig", [])]
        for channel in params.get("InputDataConfig", []):
            if names.count(channel["ChannelName"]) > 1:
                raise invalid(f"Channel names must be unique: {channel['ChannelName']}")
            source = channel["DataSource"].get("S3DataSource")
            if source is None or source["S3DataType"] != "S3Prefix":
                raise invalid(f"Channel {channel['ChannelName']}: only S3Prefix is supported offline")
            checks.split(source["S3Uri"], f"Channel {channel['ChannelName']}")
        record = {name: params[name] for name in MEMBERS if name in params}
        record.setdefault("HyperParameters", {})
        record.update(SecondaryStatus="Starting", EnableNetworkIsolation=params.get("EnableNetworkIsolation", False))
        return {"TrainingJobArn": self.jobs.create(params, record)}

    def describe_training_job(self, params: Params) -> Params:
        if params["TrainingJobName"] not in self.jobs.records:
            raise invalid("Requested resource not found.")
        return self.jobs.describe(params["TrainingJobName"])

    def list_training_jobs(self, params: Params) -> Params:
        found, more = self.jobs.list(params)
        return {"TrainingJobSummaries": found, **more}

    def stop_training_job(self, params: Params) -> Params:
        self.describe_training_job(params)
        self.jobs.stop(params["TrainingJobName"])
        return {}

    def _work(self, record: Params, running: Running) -> None:
        name = record["TrainingJobName"]
        specification = record["AlgorithmSpecification"]
        entry_point = specification.get("ContainerEntrypoint")
        if not entry_point:
            _secondary(record, "Failed")
            raise JobFailed(
                "ClientError: AlgorithmSpecification has no ContainerEntrypoint; an image's own is not known offline"
            )
        limit_s = record["StoppingCondition"].get("MaxRuntimeInSeconds", DAY_S)
        run = self.jobs.runner(name, running, limit_s)
        with containers.room(self._account, name) as room:
            try:
                _secondary(record, "Downloading")
                self._prepare(record, room)
                _secondary(record, "Training")
                if not running.stop.is_set():
                    command = [*entry_point, *specification.get("ContainerArguments", [])]
                    outcome = run(room, command, record.get("Environment", {}))
                    reason = failure_reason(outcome, _read(room.at("/opt/ml/output/failure")))
                    if reason is not None:
                        raise JobFailed(reason)
                    if outcome.timed_out:
                        running.stop.set()
                    _secondary(record, "Uploading")
                    # A stopped job's model is kept as far as it was written.
                    self._collect(record, room)
                    if outcome.timed_out:
                        _secondary(record, "MaxRuntimeExceeded")
                        return
            except JobFailed:
                _secondary(record, "Failed")
                raise
            _secondary(record, "Stopped" if running.stop.is_set() else "Completed")

    def _prepare(self, record: Params, room: containers.Room) -> None:
        for folder in ("input/config", "input/data", "model", "output/data", "code"):
            (room.root / folder).mkdir(parents=True)
        config = room.root / "input" / "config"
        channels = {
            channel["ChannelName"]: {
                "TrainingInputMode": channel.get("InputMode", record["AlgorithmSpecification"]["TrainingInputMode"]),
                "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                    "S3DataDistributionType", "FullyReplicated"
                ),
                "RecordWrapperType": channel.get("RecordWrapperType", "None"),
                **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
            }
            for channel in record.get("InputDataConfig", [])
        }
        (config / "hyperparameters.json").write_text(json.dumps(record["HyperParameters"]))
        (config / "inputdataconfig.json").write_text(json.dumps(channels))
        resources = resource_config(record["ResourceConfig"].get("InstanceType", ""))
        (config / "resourceconfig.json").write_text(json.dumps(resources))
        for channel in record.get("InputDataConfig", []):
            folder = room.root / "input" / "data" / channel["ChannelName"]
            try:
                objects.download(
                    self._account, channel["DataSource"]["S3DataSource"]["S3Uri"], folder, record["RoleArn"]
                )
            except objects.NoObjects as error:
                raise JobFailed(str(error)) from None

    def _collect(self, record: Params, room: containers.Room) -> None:
        output = record["OutputDataConfig"]
        bucket, prefix = checks.split(output["S3OutputPath"], "OutputDataConfig")
        base = "/".join(part for part in (prefix.strip("/"), record["TrainingJobName"], "output") if part)
        for folder, name in (("model", "model.tar.gz"), ("output/data", "output.tar.gz")):
            source = room.root / folder
            if folder == "model" or any(source.iterdir()):
                archive = room.temp / name
                objects.pack(source, archive)
                objects.put(self._account, bucket, f"{base}/{name}", archive.read_bytes(), output.get("KmsKeyId"))
        record["ModelArtifacts"] = {"S3ModelArtifacts": f"s3://{bucket}/{base}/model.tar.gz"}
        record["TrainingTimeInSeconds"] = max(1, round((now() - record["TrainingStartTime"]).total_seconds()))
        record["BillableTimeInSeconds"] = record["TrainingTimeInSeconds"]


def _secondary(record: Params, status: str) -> None:
    """Notes what the job is at now."""
    record["SecondaryStatus"] = status
    transitions = record.setdefault("SecondaryStatusTransitions", [])
    moment = now()
    if transitions:
        transitions[-1]["EndTime"] = moment
    transitions.append({"Status": status, "StartTime": moment})
