"""Clients of AWS in a container: SageMaker sets AWS_REGION there, of which boto3 takes no notice."""

import os
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config


def client(service: str, connections: int = 10) -> Any:  # boto3 makes its clients' types at run time
    """A client that many threads may share."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return boto3.client(service, region_name=region, config=Config(max_pool_connections=connections))


def split(uri: str) -> tuple[str, str]:
    """Bucket and key of an `s3://` URI."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def download(uri: str, file: Path) -> Path:
    bucket, key = split(uri)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
    return file
