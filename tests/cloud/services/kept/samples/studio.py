"""Samples of entries/studio.py."""

from tests.cloud.services.kept.stage import Sample, Stage, policy

SERVICE = "sagemaker.amazonaws.com"
SETTINGS = {"JupyterLabAppSettings": {"DefaultResourceSpec": {"InstanceType": "ml.t3.medium"}}}


def domain(stage: Stage) -> dict:
    return {
        "DomainName": "studio",
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": stage.role(SERVICE), "SecurityGroups": [stage.group()]},
        "SubnetIds": [stage.subnet()],
        "VpcId": stage.vpc(),
        "KmsKeyId": stage.ground.key,
        "AppNetworkAccessType": "VpcOnly",
        "Tags": [{"Key": "owner", "Value": "platform"}],
    }


def in_domain(stage: Stage) -> str:
    return stage.parent("sagemaker:domain")["DomainId"]


def package_group(stage: Stage) -> str:
    def make() -> str:
        stage.client("sagemaker").create_model_package_group(ModelPackageGroupName="kept")
        return "kept"

    return stage.once("package group", make)


SAMPLES = {
    "sagemaker:domain": Sample(domain, lambda stage: {"AppNetworkAccessType": "PublicInternetOnly"}),
    "sagemaker:user profile": Sample(
        lambda stage: {
            "DomainId": in_domain(stage),
            "UserProfileName": "data-scientist",
            "UserSettings": {"ExecutionRole": stage.role(SERVICE)},
        },
        lambda stage: {"UserSettings": SETTINGS},
    ),
    "sagemaker:space": Sample(
        lambda stage: {"DomainId": in_domain(stage), "SpaceName": "team", "SpaceDisplayName": "Team"},
        lambda stage: {"SpaceDisplayName": "The team"},
    ),
    "sagemaker:studio lifecycle config": Sample(
        lambda stage: {
            "StudioLifecycleConfigName": "idle",
            "StudioLifecycleConfigContent": "ZWNobyBoZWxsbw==",
            "StudioLifecycleConfigAppType": "JupyterLab",
        }
    ),
    "sagemaker:app image config": Sample(
        lambda stage: {
            "AppImageConfigName": "lab",
            "JupyterLabAppImageConfig": {"FileSystemConfig": {"MountPath": "/home/user", "DefaultUid": 1000}},
        },
        lambda stage: {"JupyterLabAppImageConfig": {"FileSystemConfig": {"MountPath": "/home/else"}}},
    ),
    "sagemaker:code repository": Sample(
        lambda stage: {"CodeRepositoryName": "code", "GitConfig": {"RepositoryUrl": "https://example.com/a.git"}},
        lambda stage: {"GitConfig": {"SecretArn": "arn:aws:secretsmanager:eu-west-1:222233334444:secret:git-aaaaaa"}},
    ),
    "sagemaker:tracking server": Sample(
        lambda stage: {
            "TrackingServerName": "runs",
            "ArtifactStoreUri": f"s3://{stage.ground.bucket}/runs",
            "RoleArn": stage.role(SERVICE),
            "TrackingServerSize": "Medium",
        },
        lambda stage: {"TrackingServerSize": "Large"},
    ),
    "sagemaker:package group policy": Sample(
        lambda stage: {"ModelPackageGroupName": package_group(stage), "ResourcePolicy": policy(SERVICE)},
        lambda stage: {"ResourcePolicy": policy("lambda.amazonaws.com")},
        lost=("ModelPackageGroupName",),
    ),
}
