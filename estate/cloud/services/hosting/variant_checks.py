"""What SageMaker refuses in an endpoint configuration: combinations that botocore's model does not know of."""

from estate.cloud.services import checks
from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.hosting.models import Models
from estate.cloud.services.store import Store
from estate.cloud.services.wire import Params

# What an endpoint has that hosts inference components, and no other one.
FOR_COMPONENTS = ("ExecutionRoleArn", "VpcConfig")
REFUSED = {
    "InstancePools": "instance pools are not supported offline",
    "CapacityReservationConfig": "capacity reservations are not supported offline",
    "AcceleratorPartitionLayouts": "partitioned accelerators are not supported offline",
    "CoreDumpConfig": "core dumps are not supported offline",
}
ROUTING = frozenset({"RANDOM", "LEAST_OUTSTANDING_REQUESTS"})
INSTANCES_ONLY = ("InstanceType", "InitialInstanceCount", "AcceleratorType", "VolumeSizeInGB", "RoutingConfig",
                  "ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds",
                  "EnableSSMAccess", "InferenceAmiVersion")  # fmt: skip
NOT_WITH_SERVERLESS = {
    "DataCaptureConfig": "data capture",
    "KmsKeyId": "KmsKeyId",
    "AsyncInferenceConfig": "asynchronous inference",
    "ShadowProductionVariants": "shadow variants",
}
REFUSED_CONFIG = {
    "ExplainerConfig": "online explanations",
    "MetricsConfig": "enhanced metrics",
    "CrossRegionTrafficConfig": "traffic to other regions",
}


def check(account: Account, store: Store, models: Models, params: Params) -> None:
    """Raises AwsError (ValidationException)."""
    for member, what in REFUSED_CONFIG.items():
        if member in params:
            raise invalid(f"{member}: {what} are not supported offline")
    production, shadows = params["ProductionVariants"], params.get("ShadowProductionVariants", [])
    empty = [variant for variant in production if "ModelName" not in variant]
    if empty:
        _floors(account, production, shadows, params)
    for member in FOR_COMPONENTS:
        if member in params and not empty:
            raise invalid(f"{member} is for endpoints of inference components, whose variants have no ModelName")
    names = [variant["VariantName"] for variant in (*production, *shadows)]
    for variant in (*production, *shadows):
        if names.count(variant["VariantName"]) > 1:
            raise invalid(f"Variant names must be unique: {variant['VariantName']}")
        _variant(store, variant)
        if "ServerlessConfig" in variant:
            _serverless(models, variant, production, params)
    if not any(variant.get("InitialVariantWeight", 1.0) > 0 for variant in production):
        raise invalid("The sum of InitialVariantWeight of all production variants must be greater than 0")
    if shadows:
        _shadows(models, production, shadows, params)
    if "AsyncInferenceConfig" in params:
        _asynchronous(account, models, production, params["AsyncInferenceConfig"])


def _variant(store: Store, variant: Params) -> None:
    name, model = variant["VariantName"], variant.get("ModelName")
    if model is not None and "ManagedInstanceScaling" in variant:
        raise invalid(f"Variant {name}: ManagedInstanceScaling is for variants of inference components")
    if model is not None and model not in store.models:
        raise invalid(f'Could not find model "{store.arn("model", model)}".')
    for member, reason in REFUSED.items():
        if member in variant:
            raise invalid(f"Variant {name}: {member}: {reason}")
    strategy = variant.get("RoutingConfig", {}).get("RoutingStrategy", "RANDOM")
    if strategy not in ROUTING:
        raise invalid(f"Variant {name}: RoutingStrategy {strategy} is not supported offline")
    if "ServerlessConfig" not in variant:
        for member in ("InstanceType", "InitialInstanceCount"):
            if member not in variant:
                raise invalid(f"Variant {name}: {member} is required")


def _floors(account: Account, production: list[Params], shadows: list[Params], params: Params) -> None:
    """Instances for inference components, which name their models themselves."""
    if any("ModelName" in variant for variant in production) or shadows or "AsyncInferenceConfig" in params:
        raise invalid("Variants without a ModelName stand alone: without shadows, and not for asynchronous inference")
    if "ExecutionRoleArn" not in params:
        raise invalid("ExecutionRoleArn is required where a variant has no ModelName")
    if all(role.arn != params["ExecutionRoleArn"] for role in account.backend("iam").roles.values()):
        raise invalid(f"The role {params['ExecutionRoleArn']} does not exist")
    if "VpcConfig" in params:
        checks.network(account, params["VpcConfig"])
    for variant in production:
        if "ServerlessConfig" in variant:
            raise invalid(f"Variant {variant['VariantName']}: inference components need instances")
        bounds = variant.get("ManagedInstanceScaling", {})
        if bounds.get("MinInstanceCount", 0) > bounds.get("MaxInstanceCount", bounds.get("MinInstanceCount", 0)):
            raise invalid(f"Variant {variant['VariantName']}: MinInstanceCount is above MaxInstanceCount")


def _serverless(models: Models, variant: Params, production: list[Params], params: Params) -> None:
    name, config = variant["VariantName"], variant["ServerlessConfig"]
    for member in INSTANCES_ONLY:
        if member in variant:
            raise invalid(f"Variant {name}: {member} cannot be given with ServerlessConfig")
    if config["MemorySizeInMB"] % 1024:
        raise invalid(
            f"Variant {name}: MemorySizeInMB must be one of [1024, 2048, 3072, 4096, 5120, 6144], not "
            f"{config['MemorySizeInMB']}"
        )
    if config.get("ProvisionedConcurrency", 0) > config["MaxConcurrency"]:
        raise invalid(f"Variant {name}: ProvisionedConcurrency must be less than or equal to MaxConcurrency")
    if len(production) > 1:
        raise invalid("Serverless inference does not support multiple production variants")
    for member, what in NOT_WITH_SERVERLESS.items():
        if member in params:
            raise invalid(f"Serverless inference does not support {what}")
    model = models.serving(variant["ModelName"])
    if model.bound:
        raise invalid("Serverless inference does not support a VpcConfig or network isolation of the model")
    if model.multi_model:
        raise invalid("Serverless inference does not support multi-model endpoints")


def _shadows(models: Models, production: list[Params], shadows: list[Params], params: Params) -> None:
    if len(production) > 1 or len(shadows) > 1:
        raise invalid("With ShadowProductionVariants there can be only one production and one shadow variant")
    if "AsyncInferenceConfig" in params:
        raise invalid("Asynchronous inference does not support shadow variants")
    if any(models.serving(variant["ModelName"]).multi_model for variant in (*production, *shadows)):
        raise invalid("Multi-model endpoints do not support shadow variants")


def _asynchronous(account: Account, models: Models, production: list[Params], config: Params) -> None:
    if len(production) > 1:
        raise invalid("Asynchronous inference over several production variants is not supported offline")
    if models.serving(production[0]["ModelName"]).multi_model:
        raise invalid("Asynchronous inference with multi-model endpoints is not supported offline")
    output = config["OutputConfig"]
    for member in ("S3OutputPath", "S3FailurePath"):
        if member in output:
            checks.s3_uri(account, output[member], member)
    notified = output.get("NotificationConfig", {})
    if "S3OutputPath" not in output and "SuccessTopic" not in notified:
        raise invalid("AsyncInferenceConfig needs an S3OutputPath, or a SuccessTopic that gets the responses")
    checks.key(account, output.get("KmsKeyId"))
    for member in ("SuccessTopic", "ErrorTopic"):
        if member in notified and notified[member] not in account.backend("sns").topics:
            raise invalid(f"{member}: topic {notified[member]} does not exist")
