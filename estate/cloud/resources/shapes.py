"""botocore's service models without a client: names and shapes of operations."""

from functools import cache

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a boto3 service name. Raises botocore's UnknownServiceError."""
    return ServiceModel(Loader(include_default_search_paths=True).load_service_model(service, "service-2"), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The model of an operation by its API name, such as `CreateTopic`."""
    return service_model(service).operation_model(operation)


def input_shape(service: str, operation: str) -> StructureShape:
    """Shape of an operation's parameters; without members where it takes none."""
    shape = operation_model(service, operation).input_shape
    return shape if isinstance(shape, StructureShape) else StructureShape("Empty", {"type": "structure", "members": {}})
