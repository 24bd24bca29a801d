"""Studio, MLflow, cards, signing, other registries, builds: created, read back, changed, removed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from estate.cloud.coverage import read_back
from estate.cloud.provider import CloudProvider, ProviderError
from estate.engine.resource import Goal
from tests.cloud.resources.goals import BUCKET, ROLE, goal


def trusting(service: str) -> str:
    who = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [who]})


ACCOUNT, REGION = "222233334444", "eu-west-1"
APPS = goal(ROLE, "apps", name="apps", assumeRolePolicy=trusting("sagemaker"))
BUILDER = goal(ROLE, "builder", name="builder", assumeRolePolicy=trusting("codebuild"))
APPS_ARN, BUILDER_ARN = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("apps", "builder"))
GROUP = goal("aws:sagemaker/modelPackageGroup:ModelPackageGroup", modelPackageGroupName="eta")
READERS = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
    "Action": "sagemaker:DescribeModelPackageGroup",
    "Resource": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model-package-group/eta",
}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


CASES: dict[str, tuple[list[Goal], Goal, dict[str, Any]]] = {
    "lifecycle configuration": (
        [],
        goal(
            "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig",
            studioLifecycleConfigName="startup",
            studioLifecycleConfigAppType="JupyterLab",
            studioLifecycleConfigContent="IyEvYmluL2Jhc2g=",
            tags={"a": "b"},
        ),
        {"tags": {"a": "c"}},
    ),
    "image": (
        [APPS],
        goal("aws:sagemaker/image:Image", imageName="lab", roleArn=APPS_ARN, displayName="Lab"),
        {"displayName": "Estate"},
    ),
    "image version": (
        [APPS, goal("aws:sagemaker/image:Image", "image", imageName="versions", roleArn=APPS_ARN)],
        goal(
            "aws:sagemaker/imageVersion:ImageVersion",
            imageName="versions",
            baseImage=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/jobs:1",
        ),
        {"releaseNotes": "newer"},
    ),
    "app image configuration": (
        [],
        goal(
            "aws:sagemaker/appImageConfig:AppImageConfig",
            appImageConfigName="lab",
            jupyterLabImageConfig={"fileSystemConfig": {"defaultGid": 100, "defaultUid": 1000}},
        ),
        {"jupyterLabImageConfig": {"fileSystemConfig": {"defaultGid": 0, "defaultUid": 0}}},
    ),
    "tracking server": (
        [APPS, goal(BUCKET, bucket="artifacts")],
        goal(
            "aws:sagemaker/mlflowTrackingServer:MlflowTrackingServer",
            trackingServerName="experiments",
            artifactStoreUri="s3://artifacts/mlflow",
            roleArn=APPS_ARN,
            trackingServerSize="Small",
            weeklyMaintenanceWindowStart="Sun:03:30",
            automaticModelRegistration=False,
            tags={"a": "b"},
        ),
        {"trackingServerSize": "Medium"},
    ),
    "model card": (
        [],
        goal("aws:sagemaker/modelCard:ModelCard", modelCardName="eta", modelCardStatus="Draft", content="{}"),
        {"content": '{"business_details":{}}'},
    ),
    "sharing of a group": (
        [GROUP],
        goal(
            "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy",
            modelPackageGroupName="eta",
            resourcePolicy=policy(READERS),
        ),
        {"resourcePolicy": policy({**READERS, "Sid": "Read"})},
    ),
    "signing profile": (
        [],
        goal(
            "aws:signer/signingProfile:SigningProfile",
            namePrefix="mlops_dev_images_",
            platformId="Notation-OCI-SHA384-ECDSA",
            signatureValidityPeriod={"type": "MONTHS", "value": 12},
            tags={"a": "b"},
        ),
        {"tags": {"a": "c"}},
    ),
    "pull-through cache": (
        [],
        goal(
            "aws:ecr/pullThroughCacheRule:PullThroughCacheRule",
            ecrRepositoryPrefix="docker-hub",
            upstreamRegistryUrl="registry-1.docker.io",
            credentialArn=f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub-abcdef",
        ),
        {"credentialArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/other-abcdef"},
    ),
    "copies of images": (
        [],
        goal(
            "aws:ecr/replicationConfiguration:ReplicationConfiguration",
            replicationConfiguration={
                "rules": [
                    {
                        "destinations": [{"region": "eu-central-1", "registryId": ACCOUNT}],
                        "repositoryFilters": [{"filter": "mlops-dev-", "filterType": "PREFIX_MATCH"}],
                    }
                ]
            },
        ),
        {
            "replicationConfiguration": {
                "rules": [{"destinations": [{"region": "us-east-1", "registryId": ACCOUNT}]}],
            }
        },
    ),
    "build project": (
        [BUILDER],
        goal(
            "aws:codebuild/project:Project",
            name="images",
            serviceRole=BUILDER_ARN,
            buildTimeout=60,
            queuedTimeout=60,
            source={
                "type": "GITHUB",
                "location": "https://github.com/example/estate.git",
                "buildspec": ".ci/images.buildspec.yml",
                "auth": {
                    "type": "CODECONNECTIONS",
                    "resource": f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/1",
                },
            },
            artifacts={"type": "NO_ARTIFACTS"},
            cache={"type": "LOCAL", "modes": ["LOCAL_DOCKER_LAYER_CACHE"]},
            environment={
                "type": "LINUX_CONTAINER",
                "computeType": "BUILD_GENERAL1_SMALL",
                "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
                "privilegedMode": True,
                "environmentVariables": [{"name": "IMAGE_TAG", "value": "1", "type": "PLAINTEXT"}],
            },
            logsConfig={"cloudwatchLogs": {"status": "ENABLED", "groupName": "/aws/codebuild/images"}},
            tags={"a": "b"},
        ),
        {"buildTimeout": 90, "tags": {"a": "c"}},
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_it_is_created_whole_changed_and_removed(provider: CloudProvider, kind: str) -> None:
    first, wanted, change = CASES[kind]
    ground = [provider.create(item) for item in first]
    state = provider.create(wanted)
    assert read_back(provider, state).lost == set()

    changed = provider.update(state, replace(wanted, inputs={**wanted.inputs, **change}))
    assert read_back(provider, changed).lost == set()

    provider.delete(changed)
    assert provider.reading(changed) is None
    for other in reversed(ground):
        provider.delete(other)


WRONG = [
    (
        goal("aws:sagemaker/modelCard:ModelCard", modelCardName="x", modelCardStatus="Draft", content="no json"),
        "Content is no JSON",
    ),
    (
        goal("aws:sagemaker/image:Image", imageName="x", roleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody-has-it"),
        "Could not assume role",
    ),
    (
        goal(
            "aws:sagemaker/imageVersion:ImageVersion",
            imageName="missing",
            baseImage=f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/jobs:1",
        ),
        "ImageName missing does not exist",
    ),
]


@pytest.mark.parametrize(("wanted", "said"), WRONG, ids=lambda value: value if isinstance(value, str) else "")
def test_what_aws_would_refuse_is_refused(provider: CloudProvider, wanted: Goal, said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        provider.create(wanted)
