"""What builds images, signs them, and brings them in from and out to other registries."""

import uuid

from estate.cloud.resources.row import Row, Step, Tagging, Values

_PREFIX = {"ecrRepositoryPrefix": "{id}"}
_PROJECT = {"name": "{in.name}"}
_PROJECT_INPUTS = (
    *("artifacts", "autoRetryLimit", "badgeEnabled", "buildBatchConfig", "buildTimeout", "cache"),
    *("concurrentBuildLimit", "description", "encryptionKey", "environment", "fileSystemLocations", "logsConfig"),
    *("queuedTimeout", "secondaryArtifacts", "secondarySourceVersions", "secondarySources", "serviceRole", "source"),
    *("sourceVersion", "vpcConfig"),
)
_TIMES = {"buildTimeout": "timeoutInMinutes", "queuedTimeout": "queuedTimeoutInMinutes"}


def _unique(prefix: str) -> Values:
    """A name of its own: one that was cancelled is never given again."""
    return {"profileName": f"{prefix}{uuid.uuid4().hex[:20]}"}


ROWS = (
    Row(
        "aws:signer/signingProfile:SigningProfile",
        "signer",
        Step(
            "PutSigningProfile",
            names={"name": "profileName", "signatureValidityPeriod": "signatureValidityPeriod"},
            via={"namePrefix": _unique},
        ),
        id="{last(made.arn, '/')}",
        read=(Step("GetSigningProfile", (), {"profileName": "{id}"}),),
        delete=(Step("CancelSigningProfile", (), {"profileName": "{id}"}),),
        outputs={
            "arn": "{read.arn}",
            "name": "{read.profileName}",
            "status": "{read.status}",
            "version": "{read.profileVersion}",
            "versionArn": "{read.profileVersionArn}",
            "platformDisplayName": "{read.platformDisplayName}",
        },
        fixed=("name", "namePrefix", "platformId", "signatureValidityPeriod", "signingMaterial", "signingParameters"),
        tagging=Tagging(
            "TagResource",
            "UntagResource",
            "ListTagsForResource",
            {"resourceArn": "{out.arn}"},
            keys="tagKeys",
            at="tags",
        ),
        gone=("ResourceNotFoundException",),
        silent=("namePrefix",),
        sample_id="mlops_dev_images_0123456789",
        cloudformation="AWS::Signer::SigningProfile",
    ),
    Row(
        "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
        "ecr",
        Step("CreatePullThroughCacheRule"),
        id="{in.ecrRepositoryPrefix}",
        read=(
            Step(
                "DescribePullThroughCacheRules",
                (),
                {"ecrRepositoryPrefixes": ["{id}"]},
                at="pullThroughCacheRules[0]",
            ),
        ),
        update=(Step("UpdatePullThroughCacheRule", ("credentialArn", "customRoleArn"), _PREFIX),),
        delete=(Step("DeletePullThroughCacheRule", (), _PREFIX),),
        outputs={"registryId": "{account}"},
        fixed=("ecrRepositoryPrefix", "upstreamRegistryUrl", "upstreamRepositoryPrefix"),
        gone=("PullThroughCacheRuleNotFoundException",),
        cloudformation="AWS::ECR::PullThroughCacheRule",
    ),
    Row(
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
        "ecr",
        Step("PutReplicationConfiguration"),
        id="{account}",
        read=(Step("DescribeRegistry", (), {}, at="[@][?length(replicationConfiguration.rules) > `0`] | [0]"),),
        update=(Step("PutReplicationConfiguration", ("replicationConfiguration",)),),
        delete=(Step("PutReplicationConfiguration", (), {"replicationConfiguration": {"rules": []}}),),
        outputs={"registryId": "{read.registryId}"},
        cloudformation="AWS::ECR::ReplicationConfiguration",
    ),
    Row(
        "aws:codebuild/project:Project",
        "codebuild",
        Step("CreateProject", names=_TIMES),
        id="arn:{partition}:codebuild:{region}:{account}:project/{in.name}",
        read=(Step("BatchGetProjects", (), {"names": ["{in.name}"]}, at="projects[0]"),),
        update=(Step("UpdateProject", _PROJECT_INPUTS, _PROJECT, _TIMES),),
        delete=(Step("DeleteProject", (), _PROJECT),),
        outputs={"arn": "{read.arn}", "badgeUrl": "{read.badge.badgeRequestUrl}"},
        name="name",
        fixed=("name",),
        # CodeBuild has no operation of its own for tags: a project states them all.
        tagging=Tagging("UpdateProject", "UpdateProject", None, _PROJECT, keys="tags"),
        gone=("ResourceNotFoundException",),
        cloudformation="AWS::CodeBuild::Project",
    ),
)
