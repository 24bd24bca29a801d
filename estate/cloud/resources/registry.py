"""Image repositories."""

from estate.cloud.resources.row import Row, Step, Wait
from estate.cloud.resources.template import At

_REPOSITORY = {"repositoryName": "{in.repository}"}
_NO_REPOSITORY = ("RepositoryNotFoundException",)

ROWS = (
    Row(
        "aws:ecr/repository:Repository",
        "ecr",
        Step("CreateRepository", names={"encryptionConfigurations": "encryptionConfiguration"}),
        id="{in.name}",
        read=(Step("DescribeRepositories", (), {"repositoryNames": ["{id}"]}, at="repositories[0]"),),
        update=(
            Step(
                "PutImageTagMutability",
                ("imageTagMutability", "imageTagMutabilityExclusionFilters"),
                {"repositoryName": "{id}"},
            ),
            Step("PutImageScanningConfiguration", ("imageScanningConfiguration",), {"repositoryName": "{id}"}),
        ),
        delete=(Step("DeleteRepository", (), {"repositoryName": "{id}", "force": At("in.forceDelete || `false`")}),),
        outputs={
            "arn": "{read.repositoryArn}",
            "registryId": "{read.registryId}",
            "repositoryUrl": "{read.repositoryUri}",
        },
        name="name",
        defaults={"imageTagMutability": "MUTABLE"},
        fixed=("name", "encryptionConfigurations"),
        local=("forceDelete",),
        gone=_NO_REPOSITORY,
        cloudformation="AWS::ECR::Repository",
    ),
    Row(
        "aws:ecr/lifecyclePolicy:LifecyclePolicy",
        "ecr",
        Step("PutLifecyclePolicy", names={"policy": "lifecyclePolicyText", "repository": "repositoryName"}),
        id="{in.repository}",
        read=(Step("GetLifecyclePolicy", (), _REPOSITORY),),
        # Terraform replaces it; the call is the same one, and the policy is never missing in between.
        update=(),
        delete=(Step("DeleteLifecyclePolicy", (), _REPOSITORY),),
        outputs={"registryId": "{read.registryId}"},
        fixed=("repository", "policy"),
        gone=("LifecyclePolicyNotFoundException", *_NO_REPOSITORY),
        cloudformation="AWS::ECR::Repository",
    ),
    Row(
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "ecr",
        Step("SetRepositoryPolicy", names={"policy": "policyText", "repository": "repositoryName"}),
        id="{in.repository}",
        read=(Step("GetRepositoryPolicy", (), _REPOSITORY),),
        update=(Step("SetRepositoryPolicy", ("policy",), _REPOSITORY, {"policy": "policyText"}),),
        delete=(Step("DeleteRepositoryPolicy", (), _REPOSITORY),),
        outputs={"registryId": "{read.registryId}"},
        fixed=("repository",),
        gone=("RepositoryPolicyNotFoundException", *_NO_REPOSITORY),
        cloudformation="AWS::ECR::Repository",
    ),
    Row(
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
        "ecr",
        Step("PutRegistryScanningConfiguration"),
        id="{account}",
        read=(
            Step("GetRegistryScanningConfiguration", (), {}, at="scanningConfiguration"),
            Step("GetRegistryScanningConfiguration", (), {}, at="registryId", into="registryId"),
        ),
        update=(Step("PutRegistryScanningConfiguration", ("scanType", "rules")),),
        # A registry always has one; removing ours leaves the one that AWS starts with.
        delete=(Step("PutRegistryScanningConfiguration", (), {"scanType": "BASIC", "rules": []}),),
        outputs={"registryId": "{read.registryId}"},
        gone_when=Wait("scanType", frozenset({"BASIC"})),
        cloudformation="AWS::ECR::RegistryScanningConfiguration",
    ),
)
