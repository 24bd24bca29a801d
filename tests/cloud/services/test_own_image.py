"""The project's own containers behind the emulated SageMaker, through plain boto3: the serving host and `train`."""

import json
import shutil
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pyarrow.parquet
import pytest

from contracts.pipelines import File
from pipelines import inference, modelling, workload
from pipelines.modelling import Columns, Model
from tests.cloud.services.endpoint_kit import endpoint, metric, variant
from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.job_kit import name, until

TUMOR = workload.load("tumor-screening")
ENVIRONMENT = {"ESTATE_WORKLOAD": "tumor-screening"}
METRIC = "validation:roc_auc"


@pytest.fixture(scope="module")
def image_path() -> Path:
    return Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rows() -> Columns:
    table = TUMOR.data.rows({})
    return {column: table[column].to_numpy() for column in [*TUMOR.contract.features, TUMOR.contract.data.label]}


@pytest.fixture(scope="module")
def models(rows: Columns) -> dict[str, Model]:
    """Two models that answer differently, by the name of their archive."""
    return {
        f"{key}/model.tar.gz": modelling.train(TUMOR.contract, rows, {"rounds": rounds}, "digest")
        for key, rounds in (("v1", 3), ("v2", 20))
    }


@pytest.fixture(scope="module")
def served(ground: Ground, models: dict[str, Model], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A multi-model endpoint whose host holds one model at a time; `broken.tar.gz` is no model."""
    for key, model in models.items():
        folder = tmp_path_factory.mktemp("model")
        modelling.save(model, folder)
        ground.put(f"served/{key}", packed(folder))
        (folder / modelling.TREES).write_bytes(b"no trees")
        ground.put("served/broken.tar.gz", packed(folder))
        shutil.rmtree(folder)
    container = {
        "Image": ground.image,
        "Mode": "MultiModel",
        "ModelDataUrl": f"s3://{ground.bucket}/served/",
        "Environment": {**ENVIRONMENT, "ESTATE_MOST_MODELS": "1"},
    }
    ground.client("sagemaker").create_model(ModelName="all", ExecutionRoleArn=ground.role, PrimaryContainer=container)
    return endpoint(ground, variant("all", "all"))


def packed(folder: Path) -> bytes:
    archive = BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for file in folder.iterdir():
            tar.add(file, file.name)
    return archive.getvalue()


def predictions(ground: Ground, served: str, target: str, rows: Columns) -> list[float]:
    found = ground.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=served,
        TargetModel=target,
        Body=inference.request(TUMOR.contract, rows),
        ContentType="application/json",
    )
    return json.loads(found["Body"].read())["predictions"]


def test_the_host_loads_answers_and_makes_room(
    ground: Ground, served: str, models: dict[str, Model], rows: Columns
) -> None:
    first = {column: values[:3] for column, values in rows.items()}
    for target in ("v1/model.tar.gz", "v2/model.tar.gz", "v2/model.tar.gz", "v1/model.tar.gz"):
        direct = modelling.predict(models[target], first)
        assert predictions(ground, served, target, first) == [float(value) for value in direct]
    assert metric(ground, "ModelCacheHit", served) == 1
    assert metric(ground, "ModelUnloadingTime", served, "SampleCount") == 2


@pytest.mark.parametrize(
    ("target", "body", "message"),
    [
        ("broken.tar.gz", b"{}", "cannot be loaded: "),
        ("v1/model.tar.gz", b"{", "the request is no JSON"),
    ],
)
def test_what_the_host_refuses_comes_with_its_reason(
    ground: Ground, served: str, target: str, body: bytes, message: str
) -> None:
    invoke = ground.client("sagemaker-runtime").invoke_endpoint
    error = answer_of(
        lambda: invoke(EndpointName=served, TargetModel=target, Body=body, ContentType="application/json")
    )
    assert (error["Error"]["Code"], error["OriginalStatusCode"]) == ("ModelError", 400)
    assert message in error["OriginalMessage"]


def channels(ground: Ground, rows: Columns) -> list[dict[str, Any]]:
    """Every fifth row validates."""
    held = numpy.arange(len(rows[TUMOR.contract.data.label])) % 5 == 0
    for channel, file, chosen in (("train", File.TRAIN, ~held), ("validation", File.HOLDOUT, held)):
        written = BytesIO()
        pyarrow.parquet.write_table(pyarrow.table({key: values[chosen] for key, values in rows.items()}), written)
        ground.put(f"rows/{channel}/{file}", written.getvalue())
    facts = {"digest": "d" * 64, "train_rows": int((~held).sum())}
    ground.put(f"rows/snapshot/{File.SNAPSHOT}", json.dumps(facts).encode())
    return [
        {
            "ChannelName": channel,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{ground.bucket}/rows/{channel}/"}
            },
        }
        for channel in ("train", "validation", "snapshot")
    ]


def test_a_search_trains_the_image_and_learns_from_what_it_says(ground: Ground, rows: Columns) -> None:
    sagemaker, job = ground.client("sagemaker"), name("h")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=job,
        HyperParameterTuningJobConfig={
            "Strategy": "Grid",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": METRIC},
            "ResourceLimits": {"MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "max_depth", "Values": ["1", "5"]}]},
        },
        TrainingJobDefinition={
            "AlgorithmSpecification": {
                "TrainingImage": ground.image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": METRIC, "Regex": f"{METRIC}=([0-9.]+)"}],
            },
            "StaticHyperParameters": {"rounds": "3"},
            "Environment": ENVIRONMENT,
            "InputDataConfig": channels(ground, rows),
            "RoleArn": ground.role,
            "OutputDataConfig": {"S3OutputPath": f"s3://{ground.bucket}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    )

    def look() -> dict[str, Any] | None:
        found = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
        return found if found["HyperParameterTuningJobStatus"] != "InProgress" else None

    found = until(look)
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 2, "Pending": 0, "Failed": 0}, found.get("FailureReason")
    best = found["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"max_depth": "5"}
    assert 0.9 < best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] <= 1
