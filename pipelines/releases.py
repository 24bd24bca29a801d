"""What the registry knows of the release that an environment serves."""

import tarfile
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from pipelines import archives, aws
from pipelines.errors import JobError

NONE = "none"
MODEL_ARCHIVE = "model.tar.gz"


def describe(release: str) -> dict[str, Any]:
    """The model package. Raises JobError where there is none of this ARN."""
    try:
        return aws.client("sagemaker").describe_model_package(ModelPackageName=release)
    except ClientError as error:
        raise JobError(f"release {release}: {error.response['Error']['Message']}") from None


def unpack(archive: Path, folder: Path) -> Path:
    """Unpacks a `model.tar.gz`. Raises JobError where it is none."""
    try:
        return archives.unpack(archive, folder)
    except (tarfile.TarError, OSError) as error:
        raise JobError(f"{archive.name}: cannot be unpacked: {error}") from None


def model(release: str, folder: Path) -> Path:
    """Downloads and unpacks the release's model."""
    uri = describe(release)["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
    return unpack(aws.download(uri, folder / MODEL_ARCHIVE), folder / "model")


def baseline_uri(release: str) -> str:
    """The `s3://` prefix of the statistics, constraints and rows that its monitors compare with."""
    quality = describe(release).get("ModelMetrics", {}).get("ModelDataQuality", {})
    uri = quality.get("Statistics", {}).get("S3Uri")
    if uri is None:
        raise JobError(f"release {release}: was registered without a data quality baseline")
    return uri.rpartition("/")[0]


def evaluation_uri(release: str) -> str | None:
    """The `s3://` prefix of what the release was judged on; None where it was registered without it."""
    found = describe(release).get("ModelMetrics", {}).get("ModelQuality", {}).get("Statistics", {}).get("S3Uri")
    return None if found is None else found.rpartition("/")[0]
