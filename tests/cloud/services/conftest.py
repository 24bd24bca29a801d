"""One emulated AWS a test module, with the role, repository, bucket and key that most requests must name."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from estate.cloud import Cloud

ACCOUNT = "222233334444"
REGION = "eu-west-1"


@dataclass(frozen=True)
class Ground:
    """An open cloud and what stands in it."""

    cloud: Cloud
    role: str
    image: str
    bucket: str
    key: str

    def client(self, service: str) -> Any:
        return self.cloud.client(service)

    def put(self, key: str, body: bytes) -> str:
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=body)
        return f"s3://{self.bucket}/{key}"

    def get(self, key: str) -> bytes:
        return self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read()


def trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def image_path() -> Path:
    """The folder whose code the container images hold."""
    return Path(__file__).parent / "image"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, image_path: Path) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("cloud")
    with Cloud(account_id=ACCOUNT, region=REGION, workdir=folder, image_path=image_path) as cloud:
        role = cloud.client("iam").create_role(
            RoleName="jobs", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com")
        )["Role"]["Arn"]
        cloud.client("ecr").create_repository(repositoryName="estate/jobs")
        bucket = "estate-test-bucket"
        cloud.client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/estate/jobs:1"
        yield Ground(cloud, role, image, bucket, key)
    assert list(folder.iterdir()) == []
