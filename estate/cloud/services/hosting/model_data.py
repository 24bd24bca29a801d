"""Brings a model's archive from S3 into a container's folder."""

import tarfile
from pathlib import Path

from estate.cloud.services.account import Account
from estate.cloud.services.checks import split
from pipelines import archives


class NoModelData(Exception):
    """The archive cannot be had. The message is what SageMaker says of it."""


def load(account: Account, uri: str, folder: Path, temp: Path) -> None:
    """Unpacks `uri` into `folder`, which is made. Raises NoModelData; `folder` may then hold a part of it."""
    bucket, key = split(uri, "ModelDataUrl")
    s3 = account.client("s3")
    archive = temp / f"{folder.parent.name}.tar.gz"
    try:
        archive.write_bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        archives.unpack(archive, folder)
    except s3.exceptions.ClientError as error:
        raise NoModelData(
            f"Failed to download model data (bucket: {bucket}, key: {key}): {error.response['Error']['Code']}. Please "
            "ensure that there is an object located at the URL and that the role passed to CreateModel has permissions "
            "to download the model."
        ) from None
    except tarfile.TarError as error:
        raise NoModelData(f"Failed to extract model data archive from {uri}: {error}") from None
    finally:
        archive.unlink(missing_ok=True)
