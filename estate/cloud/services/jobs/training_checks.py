"""What AWS refuses when a training job is created, and what cannot be done offline."""

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.jobs import warm_pools
from estate.cloud.services.wire import Params

MODES = ("File", "FastFile")


def check(account: Account, params: Params) -> None:
    """Raises AwsError."""
    checks.role(account, params["RoleArn"])
    specification = params["AlgorithmSpecification"]
    image = specification.get("TrainingImage")
    if image is None:
        raise invalid("AlgorithmSpecification: TrainingImage is required offline; AlgorithmName is not supported")
    checks.image(account, image)
    checks.network(account, params.get("VpcConfig"))
    _check_resources(account, params)
    _check_channels(params)
    output = params["OutputDataConfig"]
    checks.key(account, output.get("KmsKeyId"))
    checks.s3_uri(account, output["S3OutputPath"], "OutputDataConfig")
    _check_stopping(params)


def _check_resources(account: Account, params: Params) -> None:
    resources = params.get("ResourceConfig")
    if resources is None or "InstanceType" not in resources:
        raise invalid("ResourceConfig: InstanceType is required; instance groups and plans are not supported offline")
    if resources.get("InstanceCount", 1) != 1:
        raise invalid("ResourceConfig: only one instance a job is supported offline")
    for member in ("InstanceGroups", "TrainingPlanArn"):
        if resources.get(member):
            raise invalid(f"ResourceConfig: {member} is not supported offline")
    checks.key(account, resources.get("VolumeKmsKeyId"))
    warm_pools.check(params)


def _check_channels(params: Params) -> None:
    names = [channel["ChannelName"] for channel in params.get("InputDataConfig", [])]
    for channel in params.get("InputDataConfig", []):
        name = channel["ChannelName"]
        if names.count(name) > 1:
            raise invalid(f"Channel names must be unique: {name}")
        source = channel["DataSource"].get("S3DataSource")
        if source is None or source["S3DataType"] != "S3Prefix":
            raise invalid(f"Channel {name}: only S3Prefix is supported offline")
        mode = channel.get("InputMode", params["AlgorithmSpecification"]["TrainingInputMode"])
        if mode not in MODES:
            raise invalid(f"Channel {name}: input mode {mode} is not supported offline; supported: {', '.join(MODES)}")
        checks.split(source["S3Uri"], f"Channel {name}")


def _check_stopping(params: Params) -> None:
    stopping = params["StoppingCondition"]
    patience = stopping.get("MaxWaitTimeInSeconds")
    if params.get("EnableManagedSpotTraining", False):
        if patience is None or patience < stopping.get("MaxRuntimeInSeconds", 86400):
            raise invalid(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
            )
    elif patience is not None:
        raise invalid("Invalid MaxWaitTimeInSeconds. It is supported only with EnableManagedSpotTraining")
