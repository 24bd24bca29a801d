import json

import pytest
from pydantic import ValidationError

from components.builds.image_builds import ImageBuilds, ImageBuildsArgs

CONNECTION = "arn:aws:codeconnections:us-east-1:111111111111:connection/1"
NETWORK = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
    "subnet_arns": ["arn:subnet-1"],
    "security_group_id": "sg-1",
}


@pytest.fixture
def made(record, place):
    def make(**changes):
        args = ImageBuildsArgs.model_validate(
            {
                "placement": place,
                "repository": "example/estate",
                "connection_arn": CONNECTION,
                "images": {"jobs": "1.dkr.ecr/jobs", "serving": "1.dkr.ecr/serving"},
                "tag": "1.2.3",
                "bucket": "models",
                "bucket_arn": "arn:models",
                "key_arn": "arn:key",
                "log_key_arn": "arn:log-key",
                "log_retention_days": 30,
                "permission_boundary_arn": "arn:boundary",
                **changes,
            }
        )
        return record(lambda: ImageBuilds("image-builds", args))

    return make


def test_a_build_is_told_where_each_image_goes_and_under_which_tag(made):
    environment = made(signed=True).named("image-builds-project")["environment"]

    assert {each["name"]: each["value"] for each in environment["environmentVariables"]} == {
        "BILLS_URI": "s3://models/builds",
        "IMAGE_TAG": "1.2.3",
        "REPOSITORY_JOBS": "1.dkr.ecr/jobs",
        "REPOSITORY_SERVING": "1.dkr.ecr/serving",
        "SIGNED": "true",
    }


def test_it_is_root_of_its_machine_for_docker_and_says_so(made):
    project = made().named("image-builds-project")

    assert project["environment"]["privilegedMode"] is True
    assert project["tags"]["privileged-because"] == "docker build needs a Docker daemon"


def test_source_key_and_log_are_the_estates(made):
    result = made()
    project = result.named("image-builds-project")

    assert project["source"]["auth"] == {"type": "CODECONNECTIONS", "resource": CONNECTION}
    assert project["source"]["location"] == "https://github.com/example/estate.git"
    assert project["encryptionKey"] == "arn:key"
    assert result.named("image-builds-log")["kmsKeyId"] == "arn:log-key"
    assert project["logsConfig"]["cloudwatchLogs"]["groupName"] == result.named("image-builds-log")["name"]


def test_layers_are_kept_on_the_host_where_codebuild_does_that(made):
    assert made().named("image-builds-project")["cache"]["type"] == "LOCAL"
    assert "cache" not in made(network=NETWORK).named("image-builds-project")


def test_only_this_project_has_its_role(made):
    (trust,) = json.loads(made().named("image-builds-role")["assumeRolePolicy"])["Statement"]

    assert trust["Condition"]["ArnLike"] == {
        "aws:SourceArn": "arn:aws:codebuild:eu-west-1:123456789012:project/mlops-test-image-builds"
    }


def test_inside_the_network_it_may_make_its_interface_and_outside_nothing_of_that(made):
    inside, outside = made(network=NETWORK), made()

    assert inside.named("image-builds-project")["vpcConfig"]["securityGroupIds"] == ["sg-1"]
    lending = inside.statements("image-builds-policy")["LendInterfacesToCodeBuild"]
    assert lending["Condition"]["ArnEquals"] == {"ec2:Subnet": ["arn:subnet-1"]}
    assert "vpcConfig" not in outside.named("image-builds-project")
    assert not [sid for sid in outside.statements("image-builds-policy") if "Interface" in sid]


def test_pushes_start_it_only_where_asked_for_and_only_those_to_the_branch(made):
    hook = "aws:codebuild/webhook:Webhook"

    assert made().names(hook) == []
    (group,) = made(on_push=True, branch="release").inputs(hook)["filterGroups"]
    assert group["filters"] == [
        {"type": "EVENT", "pattern": "PUSH"},
        {"type": "HEAD_REF", "pattern": "^refs/heads/release$"},
    ]


def test_it_may_write_bills_of_materials_and_read_nothing(made):
    statements = made().statements("image-builds-policy")

    assert statements["LeaveBillsOfMaterials"]["Resource"] == "arn:models/builds/*"
    assert not [one for one in statements.values() if "s3:GetObject" in one["Action"]]


@pytest.mark.parametrize("wrong", [{"compute": "huge"}, {"timeout_minutes": 4}, {"images": {}}])
def test_wrong_arguments_are_refused(made, wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        made(**wrong)
