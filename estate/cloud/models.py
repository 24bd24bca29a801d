"""botocore's service models without a client: names and shapes of operations."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape

_LOADER = Loader()  # one, as each looks into all folders of services before its first answer


def published(service: str) -> dict[str, Any]:
    """What the model of a boto3 service name is made from. Raises botocore's UnknownServiceError."""
    return _LOADER.load_service_model(service, "service-2")


@cache
def service_model(service: str) -> ServiceModel:
    """The model of a boto3 service name. Raises botocore's UnknownServiceError."""
    return ServiceModel(published(service), service)


@cache
def operation_model(service: str, operation: str) -> OperationModel:
    """The model of an operation by its API name, such as `CreateTopic`."""
    return service_model(service).operation_model(operation)


def input_shape(service: str, operation: str) -> StructureShape:
    """Shape of an operation's parameters; without members where it takes none."""
    shape = operation_model(service, operation).input_shape
    return shape if isinstance(shape, StructureShape) else StructureShape("Empty", {"type": "structure", "members": {}})
