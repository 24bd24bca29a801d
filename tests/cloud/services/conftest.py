"""One emulated AWS a test module, with the role, repository, bucket and key that most requests must name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.cloud import Cloud
from tests.cloud.services.harness import ACCOUNT, REGION, Ground, trust


@pytest.fixture(scope="module")
def image_path() -> Path:
    """The folder whose code the container images hold."""
    return Path(__file__).parent / "image"


@pytest.fixture(scope="module")
def speed() -> float:
    """How fast the emulated AWS's clock runs."""
    return 1.0


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, image_path: Path, speed: float) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("cloud")
    with Cloud(account_id=ACCOUNT, region=REGION, workdir=folder, image_path=image_path, speed=speed) as cloud:
        role = cloud.client("iam").create_role(
            RoleName="jobs", AssumeRolePolicyDocument=trust("sagemaker.amazonaws.com")
        )["Role"]["Arn"]
        cloud.client("ecr").create_repository(repositoryName="estate/jobs")
        bucket = "estate-test-bucket"
        cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/estate/jobs:1"
        yield Ground(cloud, role, image, bucket, key)
    assert list(folder.iterdir()) == []
