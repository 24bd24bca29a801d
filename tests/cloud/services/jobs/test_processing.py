"""Processing jobs that are refused, through plain boto3."""

import uuid
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of
from tests.cloud.services.pipeline_kit import CLUSTER


def job(ground: Ground, **more: Any) -> dict[str, Any]:
    return {
        "ProcessingJobName": f"j-{uuid.uuid4().hex[:8]}",
        "RoleArn": ground.role,
        "AppSpecification": {"ImageUri": ground.image, "ContainerEntrypoint": ["python", "-c", "print('ok')"]},
        "ProcessingResources": CLUSTER,
        **more,
    }


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"AppSpecification": {"ImageUri": "python:3.11"}}, "Invalid image URI python:3.11"),
        (
            {"AppSpecification": {"ImageUri": "222233334444.dkr.ecr.eu-west-1.amazonaws.com/other:1"}},
            "Cannot find repository: other in registry ID: 222233334444",
        ),
        (
            {"NetworkConfig": {"VpcConfig": {"Subnets": ["subnet-0"], "SecurityGroupIds": ["sg-0"]}}},
            "The subnet ID 'subnet-0' does not exist",
        ),
        ({"ProcessingOutputConfig": {"KmsKeyId": "0000", "Outputs": []}}, "KMS key 0000 does not exist"),
        (
            {"ProcessingResources": {"ClusterConfig": {**CLUSTER["ClusterConfig"], "InstanceType": "ml.huge"}}},
            "Member must satisfy enum value set",
        ),
        (
            {"ProcessingInputs": [{"InputName": "a", "S3Input": {
                "S3Uri": "s3://some-bucket/a", "LocalPath": "/data", "S3DataType": "S3Prefix"}}]},
            "must be an absolute path that begins with /opt/ml/processing/",
        ),
    ],
)  # fmt: skip
def test_a_wrong_job_is_refused(ground: Ground, more: dict[str, Any], message: str) -> None:
    wanted = job(ground, **more)
    error = answer_of(lambda: ground.client("sagemaker").create_processing_job(**wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_a_job_name_is_taken_once(ground: Ground) -> None:
    wanted = job(ground)
    ground.client("sagemaker").create_processing_job(**wanted)
    error = answer_of(lambda: ground.client("sagemaker").create_processing_job(**wanted))
    assert error["Error"]["Code"] == "ResourceInUse"
