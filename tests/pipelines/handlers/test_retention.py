"""Old versions, in a registry of the emulated AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from estate.cloud import Cloud
from pipelines.handlers import retention

ACCOUNT, REGION = "222233334444", "eu-west-1"
GROUP = "mlops-test-eta"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/mlops-test-serving:1"


def arn(version: int) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package/{GROUP}/{version}"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with Cloud(account_id=ACCOUNT, region=REGION, workdir=tmp_path_factory.mktemp("cloud")) as opened:
        trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        opened.client("iam").create_role(
            RoleName="models", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        opened.client("ecr").create_repository(repositoryName="mlops-test-serving")
        opened.client("s3").create_bucket(
            Bucket="mlops-test-models", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        opened.client("s3").put_object(Bucket="mlops-test-models", Key="model.tar.gz", Body=b"x")
        yield opened


@pytest.fixture
def sagemaker(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A group of eight versions: 1 approved, 2 hosted, 3 pinned, 4 rejected, the others pending."""
    client = cloud.client("sagemaker")
    client.create_model_package_group(ModelPackageGroupName=GROUP)
    container = {"Image": IMAGE, "ModelDataUrl": "s3://mlops-test-models/model.tar.gz"}
    for _ in range(8):
        client.create_model_package(
            ModelPackageGroupName=GROUP,
            InferenceSpecification={
                "Containers": [container],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["application/json"],
            },
        )
    client.update_model_package(ModelPackageArn=arn(1), ModelApprovalStatus="Approved")
    client.update_model_package(ModelPackageArn=arn(2), ModelApprovalStatus="Approved")
    client.create_model(
        ModelName="mlops-test-eta-v2",
        ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/models",
        PrimaryContainer={"ModelPackageName": arn(2)},
    )
    client.update_model_package(ModelPackageArn=arn(2), ModelApprovalStatus="Rejected")
    client.update_model_package(ModelPackageArn=arn(4), ModelApprovalStatus="Rejected")
    settings = {
        "GROUPS": json.dumps({"eta": GROUP}),
        "PINNED": json.dumps([arn(3)]),
        "PREFIX": "mlops-test-",
        "KEEP": "2",
        "ACTION": "report",
        "MOST": "25",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(retention.boto3, "client", lambda *_, **__: client)
    yield client
    client.delete_model(ModelName="mlops-test-eta-v2")
    for version in versions(client):
        client.delete_model_package(ModelPackageName=arn(version))
    client.delete_model_package_group(ModelPackageGroupName=GROUP)


def versions(client: Any) -> list[int]:
    found = client.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"]
    return sorted(summary["ModelPackageVersion"] for summary in found)


def stage(client: Any, version: int) -> str | None:
    return client.describe_model_package(ModelPackageName=arn(version)).get("ModelLifeCycle", {}).get("Stage")


def test_a_report_names_what_may_go_and_touches_nothing(sagemaker: Any) -> None:
    report = retention.handle({}, None)

    assert report == {"action": "report", "old": [arn(4), arn(5), arn(6)], "touched": [], "left": 3, "failed": {}}
    assert versions(sagemaker) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_approved_pinned_hosted_and_newest_versions_stay(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION", "delete")

    assert retention.handle({}, None)["touched"] == [arn(4), arn(5), arn(6)]
    assert versions(sagemaker) == [1, 2, 3, 7, 8]


def test_archived_versions_stay_and_are_not_archived_twice(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION", "archive")

    assert retention.handle({}, None)["touched"] == [arn(4), arn(5), arn(6)]
    assert [stage(sagemaker, version) for version in (4, 5, 6, 7)] == ["Archived", "Archived", "Archived", None]
    again = retention.handle({}, None)
    assert (again["touched"], again["left"]) == ([], 0)
    assert versions(sagemaker) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_run_is_bounded_and_the_next_one_goes_on(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION", "delete")
    monkeypatch.setenv("MOST", "2")

    first, second = retention.handle({}, None), retention.handle({}, None)
    assert (first["touched"], first["left"]) == ([arn(4), arn(5)], 1)
    assert (second["touched"], second["left"]) == ([arn(6)], 0)


def test_what_was_approved_meanwhile_stays(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION", "delete")
    listed = list(retention._old(sagemaker, GROUP, 2))
    sagemaker.update_model_package(ModelPackageArn=arn(5), ModelApprovalStatus="Approved")
    monkeypatch.setattr(retention, "_old", lambda *_: listed)

    assert retention.handle({}, None)["touched"] == [arn(4), arn(6)]
    assert 5 in versions(sagemaker)


def test_one_versions_trouble_is_not_the_others(sagemaker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTION", "delete")
    gone = arn(99)
    monkeypatch.setattr(retention, "_old", lambda *_: [gone, arn(4)])

    report = retention.handle({}, None)
    assert (report["touched"], report["failed"]) == ([arn(4)], {gone: "ValidationException"})


@pytest.mark.parametrize(("name", "value"), [("ACTION", "burn"), ("KEEP", "0"), ("MOST", "0")])
def test_settings_that_would_lose_versions_are_refused(
    sagemaker: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ValueError, match=f"{name} {value}"):
        retention.handle({}, None)
    assert versions(sagemaker) == [1, 2, 3, 4, 5, 6, 7, 8]
