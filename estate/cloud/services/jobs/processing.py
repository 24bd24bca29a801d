"""SageMaker processing jobs: inputs from S3, a container, outputs to S3."""

import json
from pathlib import Path

from estate.cloud.services import checks, containers, objects
from estate.cloud.services.checks import invalid
from estate.cloud.services.jobs.jobs import DAY_S, JobFailed, Jobs, Kind, Office, Running, failure_reason
from estate.cloud.services.wire import Params, Table

KIND = Kind("ProcessingJob", "processing-job", "/aws/sagemaker/ProcessingJobs", "SageMaker Processing Job State Change")
LOCAL = "/opt/ml/processing/"
MEMBERS = ("ProcessingInputs", "ProcessingOutputConfig", "ProcessingResources", "StoppingCondition", "AppSpecification",
           "Environment", "NetworkConfig", "RoleArn", "ExperimentConfig")  # fmt: skip


class Processing:
    def __init__(self, office: Office) -> None:
        self._account = office.account
        self.jobs = Jobs(office, KIND, office.store.processing_jobs, self._work)

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_processing_job,
                self.describe_processing_job,
                self.list_processing_jobs,
                self.stop_processing_job,
            ),
        )

    def create_processing_job(self, params: Params) -> Params:
        account = self._account
        checks.role(account, params["RoleArn"])
        checks.image(account, params["AppSpecification"]["ImageUri"])
        checks.network(account, params.get("NetworkConfig", {}).get("VpcConfig"))
        cluster = params["ProcessingResources"]["ClusterConfig"]
        if cluster["InstanceCount"] != 1:
            raise invalid("ProcessingResources: only one instance a job is supported offline")
        checks.key(account, cluster.get("VolumeKmsKeyId"))
        outputs = params.get("ProcessingOutputConfig", {})
        checks.key(account, outputs.get("KmsKeyId"))
        names = [item["InputName"] for item in params.get("ProcessingInputs", [])]
        names += [item["OutputName"] for item in outputs.get("Outputs", [])]
        for name in names:
            if names.count(name) > 1:
                raise invalid(f"Input and output names must be unique: {name}")
        for item in params.get("ProcessingInputs", []):
            source = item.get("S3Input")
            if source is None:
                raise invalid(f"Input {item['InputName']}: only S3Input is supported offline")
            if source.get("S3DataType", "S3Prefix") != "S3Prefix":
                raise invalid(f"Input {item['InputName']}: S3DataType {source['S3DataType']} is not supported offline")
            checks.split(source["S3Uri"], f"Input {item['InputName']}")
            _check_local(source.get("LocalPath", LOCAL))
        for item in outputs.get("Outputs", []):
            target = item.get("S3Output")
            if target is None:
                raise invalid(f"Output {item['OutputName']}: only S3Output is supported offline")
            checks.s3_uri(account, target["S3Uri"], f"Output {item['OutputName']}")
            _check_local(target["LocalPath"])
        record = {name: params[name] for name in MEMBERS if name in params}
        return {"ProcessingJobArn": self.jobs.create(params, record, (cluster["InstanceType"], 1))}

    def describe_processing_job(self, params: Params) -> Params:
        return self.jobs.describe(params["ProcessingJobName"])

    def list_processing_jobs(self, params: Params) -> Params:
        found, more = self.jobs.list(params)
        return {"ProcessingJobSummaries": found, **more}

    def stop_processing_job(self, params: Params) -> Params:
        self.jobs.stop(params["ProcessingJobName"])
        return {}

    def _work(self, record: Params, running: Running) -> None:
        name = record["ProcessingJobName"]
        specification = record["AppSpecification"]
        entry_point = specification.get("ContainerEntrypoint")
        if not entry_point:
            raise JobFailed(
                "ClientError: AppSpecification has no ContainerEntrypoint; an image's own is not known offline"
            )
        limit_s = record.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY_S)
        limits = containers.Limits(limit_s, running.stop, self.jobs.grace_s())
        with containers.room(self._account, name) as room:
            self._prepare(record, room)
            if running.stop.is_set():
                return
            command = [*entry_point, *specification.get("ContainerArguments", [])]
            outcome = self.jobs.run_container(name, room, command, record.get("Environment", {}), limits)
            message = read(room.at("/opt/ml/output/message"))
            if message:
                record["ExitMessage"] = message[:1024]
            if outcome.timed_out:
                # AWS stops such a job and gives this reason; the job counts as stopped.
                record["ExitMessage"] = f"MaxRuntimeInSeconds ({limit_s}) exceeded"
                running.stop.set()
                return
            reason = failure_reason(outcome, message)
            if reason is not None:
                raise JobFailed(reason)
            if not outcome.stopped:
                self._collect(record, room)

    def _prepare(self, record: Params, room: containers.Room) -> None:
        cluster = record["ProcessingResources"]["ClusterConfig"]
        config = room.at("/opt/ml/config")
        config.mkdir()
        (config / "processingjobconfig.json").write_text(json.dumps(_job_config(record)))
        (config / "resourceconfig.json").write_text(json.dumps(resource_config(cluster["InstanceType"])))
        room.at("/opt/ml/output").mkdir()
        for item in record.get("ProcessingInputs", []):
            source = item["S3Input"]
            folder = room.at(source.get("LocalPath", f"{LOCAL}{item['InputName']}"))
            try:
                objects.download(self._account, source["S3Uri"], folder, record["RoleArn"])
            except objects.NoObjects as error:
                raise JobFailed(str(error)) from None
        for item in record.get("ProcessingOutputConfig", {}).get("Outputs", []):
            room.at(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)

    def _collect(self, record: Params, room: containers.Room) -> None:
        outputs = record.get("ProcessingOutputConfig", {})
        for item in outputs.get("Outputs", []):
            target = item["S3Output"]
            folder = room.at(target["LocalPath"])
            objects.upload(self._account, folder, target["S3Uri"], outputs.get("KmsKeyId"))


def _job_config(record: Params) -> Params:
    """`processingjobconfig.json`: the request as SageMaker writes it down, times left out."""
    return {
        "ProcessingJobArn": record["ProcessingJobArn"],
        "ProcessingJobName": record["ProcessingJobName"],
        **{name: record[name] for name in MEMBERS if name in record},
    }


def resource_config(instance_type: str) -> Params:
    """`resourceconfig.json` of a job with one instance."""
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": ["algo-1"]}
    return {
        "current_host": "algo-1",
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def _check_local(path: str) -> None:
    if not f"{path}/".startswith(LOCAL) or ".." in path.split("/"):
        raise invalid(f"LocalPath {path} is not valid: it must be an absolute path that begins with {LOCAL}")


def read(file: Path) -> str:
    """A file's text without the space around it; empty where there is none."""
    return file.read_text(errors="replace").strip() if file.is_file() else ""
