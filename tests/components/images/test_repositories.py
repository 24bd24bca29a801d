import json

import pytest
from pydantic import ValidationError

from components.images.repositories import Image, ImageRepositories, ImageRepositoriesArgs, repository_arn
from estate.plan.record import record
from tests.components.places import VIRGINIA

REPOSITORY = "aws:ecr/repository:Repository"


def made(place=VIRGINIA, **changes):
    args = ImageRepositoriesArgs(placement=place, key_arn="key", **changes)
    return record(lambda: ImageRepositories("images", args) and None)


def test_every_image_has_a_scanned_encrypted_repository_with_fixed_tags():
    repositories = {goal.inputs["name"]: goal.inputs for goal in made().of_type(REPOSITORY)}

    assert set(repositories) == {"mlops-test-jobs", "mlops-test-gpu", "mlops-test-serving"}
    assert repositories["mlops-test-jobs"] == {
        "name": "mlops-test-jobs",
        "imageTagMutability": "IMMUTABLE",
        "imageScanningConfiguration": {"scanOnPush": True},
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "key"}],
        "forceDelete": True,
    }


def test_only_untagged_images_expire():
    policies = [
        json.loads(goal.inputs["policy"])
        for goal in made(untagged_days=3).of_type("aws:ecr/lifecyclePolicy:LifecyclePolicy")
    ]

    assert len(policies) == 3
    for policy in policies:
        (rule,) = policy["rules"]
        assert rule["selection"] == {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": 3,
        }
        assert rule["action"] == {"type": "expire"}


def test_where_data_is_protected_images_outlive_the_component():
    goals = made(VIRGINIA.model_copy(update={"protected": True})).of_type(REPOSITORY)

    assert {(goal.protect, goal.retain_on_delete, goal.inputs["forceDelete"]) for goal in goals} == {
        (True, True, False)
    }


def test_grant_pull_names_the_repositories_and_nothing_else():
    def program():
        args = ImageRepositoriesArgs(placement=VIRGINIA, key_arn="key", images=(Image.SERVING,))
        ImageRepositories("images", args).grant_pull("models", "models-role")

    result = record(program)
    grant = result.named("images-pull-models").inputs
    (statement,) = json.loads(grant["policy"])["Statement"]
    assert grant["role"] == "models-role"
    assert statement["Resource"] == [result.made("images-serving").outputs["arn"]]
    assert statement["Action"] == ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.mark.parametrize("wrong", [{"images": ()}, {"images": ("cuda",)}, {"untagged_days": 0}, {"mutable": True}])
def test_wrong_arguments_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ImageRepositoriesArgs.model_validate({"placement": VIRGINIA, "key_arn": "key", **wrong})


@pytest.mark.parametrize("mark", [":1.2", "@sha256:0a", ":1.2@sha256:0a"])
def test_an_images_repository_is_told_by_its_uri(mark):
    uri = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/lab/base{mark}"
    assert repository_arn("aws", uri) == "arn:aws:ecr:eu-west-1:111111111111:repository/lab/base"
