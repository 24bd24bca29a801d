import json

import pytest
from pydantic import ValidationError

from components.registry.approvals import approval_events
from components.registry.group import ModelGroup, ModelGroupArgs, central_group_arn, group_name
from estate.plan.record import record
from tests.components.places import VIRGINIA


def test_a_model_has_a_group_of_versions_under_its_own_name():
    args = ModelGroupArgs(placement=VIRGINIA, model="eta", description="How long it takes.")
    group = record(lambda: ModelGroup("eta-registry", args) and None).named("eta-registry-group")

    assert group.type == "aws:sagemaker/modelPackageGroup:ModelPackageGroup"
    assert group.inputs == {
        "modelPackageGroupName": "mlops-test-eta",
        "modelPackageGroupDescription": "How long it takes.",
    }
    assert group_name(VIRGINIA, "eta") == "mlops-test-eta"


@pytest.mark.parametrize("protected", [True, False])
def test_versions_outlive_the_component_where_data_is_protected(protected):
    place = VIRGINIA.model_copy(update={"protected": protected})
    args = ModelGroupArgs(placement=place, model="eta", description="d")
    group = record(lambda: ModelGroup("eta", args) and None).named("eta-group")

    assert (group.protect, group.retain_on_delete) == (protected, protected)


def test_news_are_of_this_environments_groups_only():
    assert approval_events(VIRGINIA) == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": [{"prefix": "mlops-test-"}]},
    }


@pytest.mark.parametrize("wrong", [{"model": "x" * 33}, {"description": "x" * 1025}, {"arn": "x"}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ModelGroupArgs.model_validate({"placement": VIRGINIA, "model": "eta", "description": "d", **wrong})


def sharing(**accounts):
    args = ModelGroupArgs(placement=VIRGINIA, model="eta", description="d", **accounts)
    policy = record(lambda: ModelGroup("eta", args) and None).named("eta-sharing").inputs["resourcePolicy"]
    return {statement["Sid"]: statement for statement in json.loads(policy)["Statement"]}


def test_readers_see_versions_and_register_none():
    found = sharing(readers=["222222222222"])

    assert found.keys() == {"ReadGroup", "ReadVersions"}
    assert found["ReadVersions"] == {
        "Sid": "ReadVersions",
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::222222222222:root"]},
        "Action": ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
        "Resource": "arn:aws:sagemaker:us-east-1:111111111111:model-package/mlops-test-eta/*",
    }


def test_writers_read_too_and_approve_nothing():
    found = sharing(readers=["222222222222"], writers=["333333333333"])

    assert found["RegisterVersions"]["Principal"] == {"AWS": ["arn:aws:iam::333333333333:root"]}
    assert found["RegisterVersions"]["Action"] == ["sagemaker:CreateModelPackage"]
    assert len(found["ReadGroup"]["Principal"]["AWS"]) == 2


def test_a_group_of_a_central_registry_is_known_by_its_arn():
    assert central_group_arn(VIRGINIA, "999999999999", "mlops-shared", "eta") == (
        "arn:aws:sagemaker:us-east-1:999999999999:model-package-group/mlops-shared-eta"
    )
