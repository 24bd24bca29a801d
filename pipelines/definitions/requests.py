"""The requests that a pipeline's steps make, in SageMaker's own words.

The SDK's `Processor` and `ModelTrainer` make the same requests, but want a session, a default bucket and an image's
own entry point. Written here as what they are, they hold nothing of the machine that wrote them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from contracts.pipelines import OPTIONAL, Parameter
from pipelines.definitions.sdk import Join, ParameterString, Properties, PropertyFile, Step, StepTypeEnum

PROCESSING_ROOT = "/opt/ml/processing"
JOB_SECONDS = 3600
TRAINING_SECONDS = 86400
VOLUME_GB = 30

Value = Any  # a plain value or one of the SDK's pipeline variables, which share no public type


def parameter(name: Parameter) -> ParameterString:
    """A parameter of the pipeline; without a default where the component must give one."""
    if name in OPTIONAL:
        return ParameterString(name=name.value, default_value=OPTIONAL[name])
    return ParameterString(name=name.value)


def under(prefix: Value, *parts: Value) -> Join:
    """An `s3://` URI below another."""
    return Join(on="/", values=[prefix, *parts])


class RequestStep(Step):
    """A step that makes one request to SageMaker."""

    def __init__(
        self,
        name: str,
        kind: StepTypeEnum,
        request: Mapping[str, Value],
        answer: str,
        property_files: Sequence[PropertyFile] = (),
    ) -> None:
        super().__init__(name=name, step_type=kind)
        self._request = dict(request)
        self._property_files = list(property_files)
        self._properties = Properties(step_name=name, step=self, shape_name=answer)

    @property
    def arguments(self) -> dict[str, Value]:
        return self._request

    @property
    def properties(self) -> Properties:
        return self._properties

    def to_request(self) -> dict[str, Value]:
        request = cast(dict[str, Value], super().to_request())
        if self._property_files:
            request["PropertyFiles"] = [file.expr for file in self._property_files]
        return request

    @property
    def artifact(self) -> Value:
        """The `s3://` URI of a training step's `model.tar.gz`, known once it has run."""
        return self._found("ModelArtifacts").S3ModelArtifacts

    def output(self, name: str) -> Value:
        """The `s3://` prefix of a processing step's output, known once it has run."""
        return self._found("ProcessingOutputConfig").Outputs[name].S3Output.S3Uri

    def _found(self, member: str) -> Value:
        return getattr(self._properties, member)  # the SDK makes the members from SageMaker's API model


def processing(
    name: str,
    job: str,
    arguments: Sequence[Value] = (),
    inputs: Mapping[str, Value] | None = None,
    outputs: Mapping[str, Value] | None = None,
    isolated: bool = False,
    property_files: Sequence[PropertyFile] = (),
) -> RequestStep:
    """A processing job `pipelines.jobs.<job>`.

    `inputs` and `outputs` map a name to its `s3://` URI; in the container they lie under `/opt/ml/processing/input/`
    and `.../output/`. An isolated container has no network: the platform brings and takes its files.
    """
    request: dict[str, Value] = {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": parameter(Parameter.PROCESSING_INSTANCE_TYPE),
                "VolumeSizeInGB": VOLUME_GB,
                "VolumeKmsKeyId": parameter(Parameter.KMS_KEY_ARN),
            }
        },
        "AppSpecification": {
            "ImageUri": parameter(Parameter.JOBS_IMAGE),
            "ContainerEntrypoint": ["python", "-m", f"pipelines.jobs.{job}"],
            "ContainerArguments": ["--workload", parameter(Parameter.WORKLOAD), *arguments],
        },
        "NetworkConfig": {
            "EnableInterContainerTrafficEncryption": True,
            "EnableNetworkIsolation": isolated,
            "VpcConfig": _network(),
        },
        "RoleArn": parameter(Parameter.ROLE_ARN),
        "StoppingCondition": {"MaxRuntimeInSeconds": JOB_SECONDS},
    }
    if inputs:
        request["ProcessingInputs"] = [_input(*pair) for pair in inputs.items()]
    if outputs:
        request["ProcessingOutputConfig"] = {
            "KmsKeyId": parameter(Parameter.KMS_KEY_ARN),
            "Outputs": [_output(*pair) for pair in outputs.items()],
        }
    return RequestStep(name, StepTypeEnum.PROCESSING, request, "DescribeProcessingJobResponse", property_files)


def training(name: str, job: str, channels: Mapping[str, Value], output: Value) -> RequestStep:
    """A training job `pipelines.jobs.<job>`; each channel is an `s3://` prefix."""
    request = {
        "AlgorithmSpecification": {
            "TrainingImage": parameter(Parameter.JOBS_IMAGE),
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "-m", f"pipelines.jobs.{job}"],
            "ContainerArguments": ["--workload", parameter(Parameter.WORKLOAD)],
        },
        "InputDataConfig": [_channel(*pair) for pair in channels.items()],
        "OutputDataConfig": {"S3OutputPath": output, "KmsKeyId": parameter(Parameter.KMS_KEY_ARN)},
        "ResourceConfig": {
            "InstanceCount": 1,
            "InstanceType": parameter(Parameter.TRAINING_INSTANCE_TYPE),
            "VolumeSizeInGB": VOLUME_GB,
            "VolumeKmsKeyId": parameter(Parameter.KMS_KEY_ARN),
        },
        "VpcConfig": _network(),
        "EnableInterContainerTrafficEncryption": True,
        "EnableNetworkIsolation": True,
        "RoleArn": parameter(Parameter.ROLE_ARN),
        "StoppingCondition": {"MaxRuntimeInSeconds": TRAINING_SECONDS},
    }
    return RequestStep(name, StepTypeEnum.TRAINING, request, "DescribeTrainingJobResponse")


def _network() -> dict[str, Value]:
    return {
        "SecurityGroupIds": [parameter(Parameter.SECURITY_GROUP_ID)],
        "Subnets": [parameter(Parameter.SUBNET_A), parameter(Parameter.SUBNET_B)],
    }


def _input(name: str, uri: Value) -> dict[str, Value]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{PROCESSING_ROOT}/input/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
        },
    }


def _output(name: str, uri: Value) -> dict[str, Value]:
    return {
        "OutputName": name,
        "S3Output": {"S3Uri": uri, "LocalPath": f"{PROCESSING_ROOT}/output/{name}", "S3UploadMode": "EndOfJob"},
    }


def _channel(name: str, uri: Value) -> dict[str, Value]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}
