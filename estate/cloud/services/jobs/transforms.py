"""SageMaker batch transform jobs: a model is hosted for as long as a job's objects take to go through it."""

import threading
from dataclasses import replace

from estate.cloud.services import checks
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting.hosts import Host, HostFailed
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.jobs import transform_records
from estate.cloud.services.jobs.jobs import JobFailed, Jobs, Kind, Office, Running
from estate.cloud.services.jobs.transform_calls import Caller, Settings, listed
from estate.cloud.services.wire import Params, Table

KIND = Kind("TransformJob", "transform-job", "/aws/sagemaker/TransformJobs", "SageMaker Transform Job State Change")
MEMBERS = (
    "ModelName", "MaxConcurrentTransforms", "ModelClientConfig", "MaxPayloadInMB", "BatchStrategy", "Environment",
    "TransformInput", "TransformOutput", "TransformResources", "DataProcessing", "ExperimentConfig",
)  # fmt: skip
MOST_MB = 100  # of payload under way at the same time, AWS's limit
WATCH_S = 0.05


class Transforms:
    def __init__(self, office: Office, models: Models) -> None:
        self._account = office.account
        self._logs = office.logs
        self._models = models
        self.jobs = Jobs(office, KIND, office.store.transform_jobs, self._work)

    def register(self, table: Table) -> None:
        table.add(
            "sagemaker",
            (
                self.create_transform_job,
                self.describe_transform_job,
                self.list_transform_jobs,
                self.stop_transform_job,
            ),
        )

    def create_transform_job(self, params: Params) -> Params:
        account = self._account
        self._models.describe_model({"ModelName": params["ModelName"]})
        source, output = params["TransformInput"], params["TransformOutput"]
        data = source["DataSource"].get("S3DataSource")
        if data is None or data["S3DataType"] not in ("S3Prefix", "ManifestFile"):
            raise invalid("TransformInput: only S3Prefix and ManifestFile are supported offline")
        checks.split(data["S3Uri"], "TransformInput")
        if source.get("SplitType", "None") not in ("None", "Line"):
            raise invalid(
                f"TransformInput: SplitType {source['SplitType']} is not supported offline; None and Line are"
            )
        if source.get("CompressionType", "None") != "None":
            raise invalid(f"TransformInput: CompressionType {source['CompressionType']} is not supported offline")
        if "DataCaptureConfig" in params:
            raise invalid("DataCaptureConfig of a transform job is not supported offline")
        checks.s3_uri(account, output["S3OutputPath"], "TransformOutput")
        checks.key(account, output.get("KmsKeyId"))
        resources = params["TransformResources"]
        if resources["InstanceCount"] != 1:
            raise invalid("TransformResources: only one instance a job is supported offline")
        checks.key(account, resources.get("VolumeKmsKeyId"))
        at_once, payload = params.get("MaxConcurrentTransforms", 0), params.get("MaxPayloadInMB", 0)
        if max(at_once, 1) * payload > MOST_MB:
            raise invalid(
                f"MaxConcurrentTransforms ({at_once}) times MaxPayloadInMB ({payload}) must not be above {MOST_MB} MB"
            )
        transform_records.check(params)
        record = {name: params[name] for name in MEMBERS if name in params}
        record.setdefault("DataProcessing", {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"})
        return {"TransformJobArn": self.jobs.create(params, record, (resources["InstanceType"], 1))}

    def describe_transform_job(self, params: Params) -> Params:
        return self.jobs.describe(params["TransformJobName"])

    def list_transform_jobs(self, params: Params) -> Params:
        found, more = self.jobs.list(params)
        return {"TransformJobSummaries": found, **more}

    def stop_transform_job(self, params: Params) -> Params:
        self.jobs.stop(params["TransformJobName"])
        return {}

    def _work(self, record: Params, running: Running) -> None:
        name = record["TransformJobName"]
        data = record["TransformInput"]["DataSource"]["S3DataSource"]
        found = listed(self._account, data, self._models.serving(record["ModelName"]).role)
        host = self._host(record)
        try:
            host.start()
        except HostFailed as error:
            message = str(error).replace("production variant", "transform job")
            raise JobFailed(f"AlgorithmError: {message}") from None
        over = threading.Event()
        self._account.processes.spawn(lambda: self._end_with(host, running, over), f"transform-{name}")
        try:
            settings = Settings.of(record, host)
            caller = Caller(self._account, host, record, settings, running.stop)
            refused = [text for item in found for text in caller.take(item)]
        finally:
            over.set()
            host.stop()
        if refused and not running.stop.is_set():
            self._logs.write(KIND.log_group, f"{name}/data-log", refused)
            raise JobFailed("ClientError: See job logs for more information")

    def _host(self, record: Params) -> Host:
        """With the variables that SageMaker gives a container that transforms."""
        serving = self._models.serving(record["ModelName"])
        given = {
            "SAGEMAKER_BATCH": "true",
            **{
                variable: str(record[member])
                for variable, member in (
                    ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "MaxConcurrentTransforms"),
                    ("SAGEMAKER_BATCH_STRATEGY", "BatchStrategy"),
                    ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "MaxPayloadInMB"),
                )
                if record.get(member)
            },
        }
        environment = {**serving.environment, **given, **record.get("Environment", {})}
        name = record["TransformJobName"]
        return Host(self._account, self._logs, name, name, replace(serving, environment=environment), KIND.log_group)

    def _end_with(self, host: Host, running: Running, over: threading.Event) -> None:
        """A stopped job does not wait for the answers that are under way."""
        while not over.wait(WATCH_S):
            if running.stop.is_set() or self._account.processes.closing.is_set():
                running.stop.set()
                host.stop()
                return
