"""An environment with one model and its registered versions, in an emulated AWS; no program is run."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.outputs import MODEL_PARAMETER, ModelOutputs
from estate.cloud import Cloud
from estate.release.account import Estate, connect

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111111111111"
MODEL = "delivery-eta"
GROUP = "mlops-dev-delivery-eta"
CAPTURED = "captured-traffic"
ARTIFACTS = "model-archives"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(account_id=ACCOUNT, region="us-east-1", workdir=tmp_path_factory.mktemp("cloud")) as opened:
        names = dict.fromkeys(ModelOutputs.model_fields, "unused") | {
            "package_group": GROUP,
            "endpoint": GROUP,
            "capture_uri": f"s3://{CAPTURED}/eta",
            "models_uri": f"s3://{ARTIFACTS}/eta",
        }
        for bucket in (CAPTURED, ARTIFACTS):
            opened.client("s3").create_bucket(Bucket=bucket)
        value = ModelOutputs[str].model_validate(names).model_dump_json()
        for model in (MODEL, "tumor-screening"):
            path = MODEL_PARAMETER.format(environment="dev", model=model)
            opened.client("ssm").put_parameter(Name=path, Value=value, Type="String")
        opened.client("ecr").create_repository(repositoryName="serving")
        yield opened


@pytest.fixture
def estate(cloud: Cloud, tmp_path: Path) -> Iterator[Estate]:
    """`dev`, with a copy of its settings and an empty package group."""
    sagemaker = cloud.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=GROUP)
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_bytes((ROOT / "Pulumi.dev.yaml").read_bytes())
    yield connect(ROOT, "dev", file, cloud.client)
    for summary in sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]:
        sagemaker.delete_model_package(ModelPackageName=summary["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName=GROUP)


@pytest.fixture
def archive(cloud: Cloud) -> str:
    """URI of a model's archive."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("model.txt"))
    cloud.client("s3").put_object(Bucket=ARTIFACTS, Key="eta/model.tar.gz", Body=content.getvalue())
    return f"s3://{ARTIFACTS}/eta/model.tar.gz"


@pytest.fixture
def register(cloud: Cloud) -> Callable[..., str]:
    """Registers a version with a metric and a status; gives its ARN."""

    def make(mae: float | None = 3.0, status: str = "Approved", url: str | None = None) -> str:
        metadata = {"rows": "5000"} if mae is None else {"mae": json.dumps(mae)}
        return cloud.client("sagemaker").create_model_package(
            ModelPackageGroupName=GROUP,
            ModelApprovalStatus=status,
            InferenceSpecification={
                "Containers": [
                    {
                        "Image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/serving:1",
                        **({} if url is None else {"ModelDataUrl": url}),
                    }
                ],
                "SupportedContentTypes": ["application/json"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
            CustomerMetadataProperties=metadata,
        )["ModelPackageArn"]

    return make
