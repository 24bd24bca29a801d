import json

import boto3
import pytest

from contracts.outputs import DataOutputs, ModelOutputs
from pipelines.errors import JobError
from pipelines.estate import layer_outputs, model_outputs

MODEL = {name: f"{name}-value" for name in ModelOutputs.model_fields}
ZONES = {"raw": "r", "curated": "c", "features": "f", "models": "m"}
DATA = {"buckets": ZONES, "bucket_arns": ZONES, "database": "d", "workgroup": "w", "feature_groups": {"eta": "g"}}


@pytest.fixture
def parameters(aws):
    def put(path: str, value: object) -> None:
        boto3.client("ssm").put_parameter(Name=path, Value=json.dumps(value), Type="String")

    return put


def test_a_models_outputs_are_read(parameters):
    parameters("/mlops-estate/dev/models/eta", MODEL)
    assert model_outputs("dev", "eta").capture_uri == "capture_uri-value"


def test_a_layers_outputs_are_read_with_their_type(parameters):
    parameters("/mlops-estate/dev/data", DATA)
    assert layer_outputs(DataOutputs[str], "dev", "data").buckets.features == "f"


def test_a_missing_parameter_is_named(parameters):
    with pytest.raises(
        JobError, match="parameter /mlops-estate/dev/models/eta: does not exist; has the environment been"
    ):
        model_outputs("dev", "eta")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"more": "x"}, "more: Extra inputs are not permitted"),
        ({"endpoint": 5}, "endpoint: Input should be a valid string"),
    ],
)
def test_outputs_of_another_version_are_refused(parameters, changed, message):
    parameters("/mlops-estate/dev/models/eta", MODEL | changed)
    with pytest.raises(JobError) as raised:
        model_outputs("dev", "eta")
    assert message in str(raised.value)
