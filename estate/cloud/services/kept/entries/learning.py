"""Images of Studio, model cards; what signs and builds container images, and where copies of others' lie."""

import json

from estate.cloud.services.account import Account
from estate.cloud.services.checks import invalid
from estate.cloud.services.kept import checks
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import Params

_SAGEMAKER = Codes("ResourceInUse", "ResourceNotFound", "ValidationException")
_ARN = "arn:{partition}:sagemaker:{region}:{account}:"
_ECR = Codes(
    "PullThroughCacheRuleAlreadyExistsException", "PullThroughCacheRuleNotFoundException", "InvalidParameterException"
)
_CODEBUILD = Codes("ResourceAlreadyExistsException", "ResourceNotFoundException", "InvalidInputException")


def _card_is_json(_account: Account, values: Params) -> None:
    try:
        found = json.loads(values["Content"])
    except ValueError:
        raise invalid("Content is no JSON") from None
    if not isinstance(found, dict):
        raise invalid("Content is no JSON object")


KINDS = (
    Kind(
        "sagemaker",
        "image",
        create="CreateImage",
        read="DescribeImage",
        update=("UpdateImage",),
        delete="DeleteImage",
        list="ListImages",
        key=("ImageName",),
        made={"ImageArn": _ARN + "image/{ImageName}", "ImageStatus": "CREATED"},
        arn="ImageArn",
        checks=(checks.role("RoleArn", "sagemaker.amazonaws.com"),),
        codes=_SAGEMAKER,
    ),
    Kind(
        "sagemaker",
        "image version",
        create="CreateImageVersion",
        read="DescribeImageVersion",
        update=("UpdateImageVersion",),
        delete="DeleteImageVersion",
        key=("ImageName",),
        made={
            "Version": 1,
            "ImageArn": _ARN + "image/{ImageName}",
            "ImageVersionArn": _ARN + "image-version/{ImageName}/1",
            "ImageVersionStatus": "CREATED",
            "ContainerImage": "{BaseImage}",
        },
        above=(Above("ImageName", "image", held="ResourceInUse", unknown="ResourceNotFound"),),
        codes=_SAGEMAKER,
        told="kept: an image has one version at most",
    ),
    Kind(
        "sagemaker",
        "model card",
        create="CreateModelCard",
        read="DescribeModelCard",
        update=("UpdateModelCard",),
        delete="DeleteModelCard",
        list="ListModelCards",
        key=("ModelCardName",),
        made={"ModelCardArn": _ARN + "model-card/{ModelCardName}", "ModelCardVersion": 1, "CreatedBy": {}},
        arn="ModelCardArn",
        checks=(checks.key("SecurityConfig.KmsKeyId"), _card_is_json),
        codes=Codes("ConflictException", "ResourceNotFound", "ValidationException"),
        told="kept: a changed card has no further version",
    ),
    Kind(
        "signer",
        "signing profile",
        create="PutSigningProfile",
        read="GetSigningProfile",
        delete="CancelSigningProfile",
        key=("profileName",),
        ids=("arn",),
        names={"profileName": "profileName"},
        defaults={"signatureValidityPeriod": {"value": 135, "type": "MONTHS"}},
        made={
            "arn": "arn:{partition}:signer:{region}:{account}:/signing-profiles/{profileName}",
            "profileVersion": "{hex10}",
            "profileVersionArn": "{arn}/{profileVersion}",
            "status": "Active",
        },
        arn="arn",
        told="kept: nothing is signed; a cancelled profile is gone at once",
    ),
    Kind(
        "ecr",
        "pull-through cache rule",
        create="CreatePullThroughCacheRule",
        update=("UpdatePullThroughCacheRule",),
        delete="DeletePullThroughCacheRule",
        list="DescribePullThroughCacheRules",
        key=("ecrRepositoryPrefix",),
        filters={"ecrRepositoryPrefixes": "ecrRepositoryPrefix"},
        codes=_ECR,
        told="kept: no image is pulled through",
    ),
    Kind(
        "codebuild",
        "build project",
        create="CreateProject",
        update=("UpdateProject",),
        delete="DeleteProject",
        list="BatchGetProjects",
        key=("name",),
        made={"arn": "arn:{partition}:codebuild:{region}:{account}:project/{name}"},
        filters={"names": "name"},
        checks=(
            checks.role("serviceRole", "codebuild.amazonaws.com"),
            checks.key("encryptionKey"),
            checks.network("vpcConfig.subnets", "vpcConfig.securityGroupIds"),
        ),
        codes=_CODEBUILD,
        told="kept: no build runs",
    ),
)
