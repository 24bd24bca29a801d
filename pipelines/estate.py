"""The only door from the pipelines to the infrastructure: the typed outputs that the layers publish.

Pipelines need no Pulumi to know what exists: each layer and each model has an SSM parameter.
"""

from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pydantic import ValidationError

from contracts.outputs import LAYER_PARAMETER, MODEL_PARAMETER, ModelOutputs, Outputs
from pipelines import aws
from pipelines.errors import JobError

O = TypeVar("O", bound=Outputs[Any])  # noqa: E741


def model_outputs(environment: str, model: str, ssm: Any = None) -> ModelOutputs[str]:
    """All that a pipeline needs of one model. `ssm` is a boto3 client; one is made by default. Raises JobError."""
    path = MODEL_PARAMETER.format(environment=environment, model=model)
    return _read(ModelOutputs[str], path, ssm)


def layer_outputs(kind: type[O], environment: str, layer: str, ssm: Any = None) -> O:
    """The outputs of a layer, such as `layer_outputs(DataOutputs[str], "dev", "data")`. Raises JobError."""
    return _read(kind, LAYER_PARAMETER.format(environment=environment, layer=layer), ssm)


def _read(kind: type[O], path: str, ssm: Any) -> O:
    try:
        client = aws.client("ssm") if ssm is None else ssm
        found = client.get_parameter(Name=path)["Parameter"]["Value"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        reason = "does not exist; has the environment been deployed?" if code == "ParameterNotFound" else str(error)
        raise JobError(f"parameter {path}: {reason}") from None
    try:
        return kind.model_validate_json(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise JobError(f"parameter {path}: {where}: {first['msg']}; it was written by another version") from None
