"""Samples of entries/learning.py."""

from tests.cloud.services.kept.stage import Params, Sample, Stage

SAGEMAKER, CODEBUILD = "sagemaker.amazonaws.com", "codebuild.amazonaws.com"
SECRET = "arn:aws:secretsmanager:eu-west-1:222233334444:secret:ecr-pullthroughcache/"


def project(stage: Stage) -> Params:
    return {
        "name": "images",
        "source": {"type": "GITHUB", "location": "https://github.com/example/estate.git"},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": {
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        "serviceRole": stage.role(CODEBUILD),
        "encryptionKey": stage.ground.key,
        "vpcConfig": {"vpcId": stage.vpc(), "subnets": [stage.subnet()], "securityGroupIds": [stage.group()]},
    }


SAMPLES = {
    "sagemaker:image": Sample(
        lambda stage: {"ImageName": "lab", "RoleArn": stage.role(SAGEMAKER), "DisplayName": "Lab"},
        lambda stage: {"DisplayName": "Estate"},
    ),
    "sagemaker:image version": Sample(
        lambda stage: {
            "ImageName": stage.parent("sagemaker:image")["ImageName"],
            "BaseImage": "222233334444.dkr.ecr.eu-west-1.amazonaws.com/jobs:1",
            "ClientToken": "t" * 36,
        },
        lambda stage: {"ReleaseNotes": "newer"},
    ),
    "sagemaker:model card": Sample(
        lambda stage: {
            "ModelCardName": "eta",
            "ModelCardStatus": "Draft",
            "Content": "{}",
            "SecurityConfig": {"KmsKeyId": stage.ground.key},
        },
        lambda stage: {"Content": '{"business_details": {}}', "ModelCardStatus": "PendingReview"},
    ),
    "signer:signing profile": Sample(
        lambda stage: {
            "profileName": "images",
            "platformId": "Notation-OCI-SHA384-ECDSA",
            "signatureValidityPeriod": {"type": "MONTHS", "value": 12},
        }
    ),
    "ecr:pull-through cache rule": Sample(
        lambda stage: {
            "ecrRepositoryPrefix": "hub",
            "upstreamRegistryUrl": "registry-1.docker.io",
            "credentialArn": f"{SECRET}hub-abcdef",
        },
        lambda stage: {"credentialArn": f"{SECRET}other-abcdef"},
    ),
    "codebuild:build project": Sample(project, lambda stage: {"timeoutInMinutes": 90}),
}
