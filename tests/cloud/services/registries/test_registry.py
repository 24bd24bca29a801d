"""The model registry and models through plain boto3."""

import uuid
from typing import Any

import pytest

from tests.cloud.services.harness import Ground, answer_of


@pytest.fixture
def group(ground: Ground) -> str:
    name = f"g-{uuid.uuid4().hex[:8]}"
    ground.client("sagemaker").create_model_package_group(ModelPackageGroupName=name)
    return name


def register(ground: Ground, group: str, **more: Any) -> str:
    container = {"Image": ground.image, "ModelDataUrl": ground.put("model.tar.gz", b"x"), "Environment": {"W": "a"}}
    return ground.client("sagemaker").create_model_package(**{
        "ModelPackageGroupName": group,
        "InferenceSpecification": {"Containers": [container], "SupportedContentTypes": ["text/csv"],
                                   "SupportedResponseMIMETypes": ["text/csv"]},
        **more,
    })["ModelPackageArn"]  # fmt: skip


def test_versions_count_up_and_are_never_given_twice(ground: Ground, group: str) -> None:
    sagemaker = ground.client("sagemaker")
    first, second = register(ground, group), register(ground, group)
    assert first.endswith(f"model-package/{group}/1")
    assert second.endswith(f"model-package/{group}/2")
    sagemaker.delete_model_package(ModelPackageName=second)
    assert register(ground, group).endswith(f"model-package/{group}/3")
    listed = sagemaker.list_model_packages(ModelPackageGroupName=group, SortOrder="Ascending")
    assert [item["ModelPackageVersion"] for item in listed["ModelPackageSummaryList"]] == [1, 3]


def test_metrics_and_metadata_are_kept(ground: Ground, group: str) -> None:
    metrics = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": f"s3://{ground.bucket}/m"}}}
    arn = register(ground, group, ModelMetrics=metrics, CustomerMetadataProperties={"digest": "abc"})
    found = ground.client("sagemaker").describe_model_package(ModelPackageName=arn)
    assert found["ModelMetrics"] == metrics
    assert found["CustomerMetadataProperties"] == {"digest": "abc"}


@pytest.mark.parametrize("status", ["PendingManualApproval", "Rejected"])
def test_a_model_from_an_unapproved_package_is_refused(ground: Ground, group: str, status: str) -> None:
    arn = register(ground, group, ModelApprovalStatus=status)
    wanted = {"ModelName": group, "ExecutionRoleArn": ground.role, "PrimaryContainer": {"ModelPackageName": arn}}
    error = answer_of(lambda: ground.client("sagemaker").create_model(**wanted))
    assert error["Error"]["Code"] == "ValidationException"
    assert f"its approval status is {status}" in error["Error"]["Message"]


def test_an_approved_package_becomes_a_model_once(ground: Ground, group: str) -> None:
    sagemaker = ground.client("sagemaker")
    arn = register(ground, group)
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="me: why")
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ApprovalDescription"] == "me: why"
    wanted = {"ModelName": group, "ExecutionRoleArn": ground.role, "PrimaryContainer": {"ModelPackageName": arn}}
    sagemaker.create_model(**wanted)
    assert sagemaker.describe_model(ModelName=group)["PrimaryContainer"] == {"ModelPackageName": arn}
    error = answer_of(lambda: sagemaker.create_model(**wanted))
    assert 'Cannot create already existing model "arn:aws:sagemaker' in error["Error"]["Message"]


def test_a_group_with_packages_is_not_deleted(ground: Ground, group: str) -> None:
    sagemaker = ground.client("sagemaker")
    arn = register(ground, group)
    error = answer_of(lambda: sagemaker.delete_model_package_group(ModelPackageGroupName=group))
    assert error["Error"]["Code"] == "ConflictException"
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName=group)
    error = answer_of(lambda: sagemaker.describe_model_package_group(ModelPackageGroupName=group))
    assert f"model-package-group/{group} does not exist" in error["Error"]["Message"]


def test_tags_are_kept_with_what_they_are_on(ground: Ground) -> None:
    sagemaker = ground.client("sagemaker")
    name = f"g-{uuid.uuid4().hex[:8]}"
    arn = sagemaker.create_model_package_group(
        ModelPackageGroupName=name, Tags=[{"Key": "owner", "Value": "me"}, {"Key": "gone", "Value": "x"}]
    )["ModelPackageGroupArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "you"}])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["gone"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "owner", "Value": "you"}]


@pytest.mark.parametrize(
    ("operation", "params", "message"),
    [
        ("describe_model", {"ModelName": "none"}, 'Could not find model "arn:aws:sagemaker'),
        ("create_model_package", {"ModelPackageGroupName": "none"}, "model-package-group/none does not exist"),
        ("create_model", {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::222233334444:role/no",
                          "PrimaryContainer": {"Image": "x"}}, "Could not assume role"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(ground: Ground, operation: str, params: dict[str, Any], message: str) -> None:
    error = answer_of(lambda: getattr(ground.client("sagemaker"), operation)(**params))
    assert error["Error"]["Code"] == "ValidationException"
    assert message in error["Error"]["Message"]


def test_model_data_must_exist(ground: Ground) -> None:
    container = {"Image": ground.image, "ModelDataUrl": f"s3://{ground.bucket}/nothing.tar.gz"}
    wanted = {"ModelName": "m", "ExecutionRoleArn": ground.role, "PrimaryContainer": container}
    error = answer_of(lambda: ground.client("sagemaker").create_model(**wanted))
    assert f"Could not find model data at s3://{ground.bucket}/nothing.tar.gz." in error["Error"]["Message"]
