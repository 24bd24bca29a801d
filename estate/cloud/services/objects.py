"""Moves files between S3 and a job's folders, as SageMaker does before and after it runs a container."""

import tarfile
from pathlib import Path

from estate.cloud.services.account import Account
from estate.cloud.services.checks import split


class NoObjects(Exception):
    """Nothing lies under an input's prefix. The message is AWS's."""


def download(account: Account, uri: str, folder: Path, role: str) -> int:
    """Every object under `uri` into `folder`, named relative to the prefix; returns how many. Raises NoObjects."""
    bucket, prefix = split(uri, "S3Uri")
    folder.mkdir(parents=True, exist_ok=True)
    s3 = account.client("s3")
    count = 0
    if bucket in account.backend("s3").buckets:
        for answer in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in answer.get("Contents", []):
                name = relative(item["Key"], prefix)
                if item["Key"].endswith("/"):
                    continue
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
                count += 1
    if count == 0:
        raise nothing(account, uri, role)
    return count


def nothing(account: Account, uri: str, role: str) -> NoObjects:
    """What AWS says of an empty prefix."""
    return NoObjects(
        f'ClientError: No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that '
        f"the bucket exists in the selected region ({account.region}), that objects exist under that S3 prefix, "
        f'and that the role "{role}" has "s3:ListBucket" permissions on bucket "{split(uri, "S3Uri")[0]}".'
    )


def relative(key: str, prefix: str) -> str:
    """A whole folder keeps its inner structure; a single object, or a partial name, keeps what follows the last `/`."""
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    if key.startswith(folder):
        return key[len(folder) :]
    return key[prefix.rfind("/") + 1 :]


def upload(account: Account, folder: Path, uri: str, kms_key: str | None) -> int:
    """Every file under `folder` to `uri`; returns how many."""
    bucket, prefix = split(uri, "S3Uri")
    prefix = prefix.rstrip("/")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        name = path.relative_to(folder).as_posix()
        put(account, bucket, f"{prefix}/{name}" if prefix else name, path.read_bytes(), kms_key)
    return len(files)


def put(account: Account, bucket: str, key: str, body: bytes, kms_key: str | None) -> None:
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": kms_key} if kms_key else {}
    account.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **encryption)


def pack(folder: Path, file: Path) -> None:
    """`folder`'s content as a gzipped tar."""
    with tarfile.open(file, "w:gz", compresslevel=1) as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, path.name)
