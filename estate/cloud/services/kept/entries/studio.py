"""SageMaker's workplaces: Studio and who works in it, tracking servers, labelling, a package group's policy."""

from estate.cloud.services.account import Account
from estate.cloud.services.kept.checks import bucket, key, network, role
from estate.cloud.services.kept.kind import Above, Codes, Kind

_USUAL = Codes("ResourceInUse", "ResourceNotFound")
_OTHER = Codes("ValidationException", "ValidationException")  # of operations that name no error of their own
_SERVICE = "sagemaker.amazonaws.com"
_ARN = "arn:{partition}:sagemaker:{region}:{account}:"


def _has_package_group(account: Account, name: str) -> bool:
    return account.known["model-package-group"](name)


KINDS = (
    Kind(
        "sagemaker",
        "domain",
        create="CreateDomain",
        read="DescribeDomain",
        update=("UpdateDomain",),
        delete="DeleteDomain",
        list="ListDomains",
        key=("DomainName",),
        ids=("DomainId",),
        made={
            "DomainId": "d-{hex12}",
            "DomainArn": _ARN + "domain/{DomainId}",
            "Url": "https://{DomainId}.studio.{region}.sagemaker.aws",
            "HomeEfsFileSystemId": "fs-{hex17}",
            "Status": "InService",
        },
        defaults={"AppNetworkAccessType": "PublicInternetOnly"},
        checks=(
            role("[DefaultUserSettings.ExecutionRole, DefaultSpaceSettings.ExecutionRole]", _SERVICE),
            network("SubnetIds", "DefaultUserSettings.SecurityGroups"),
            key("KmsKeyId"),
        ),
        arn="DomainArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "user profile",
        create="CreateUserProfile",
        read="DescribeUserProfile",
        update=("UpdateUserProfile",),
        delete="DeleteUserProfile",
        list="ListUserProfiles",
        key=("DomainId", "UserProfileName"),
        made={
            "UserProfileArn": _ARN + "user-profile/{DomainId}/{UserProfileName}",
            "HomeEfsFileSystemUid": "200005",
            "Status": "InService",
        },
        filters={"DomainIdEquals": "DomainId", "UserProfileNameContains": "UserProfileName"},
        above=(Above("DomainId", "domain", held="ResourceInUse", unknown="ResourceNotFound"),),
        checks=(role("UserSettings.ExecutionRole", _SERVICE), network("`[]`", "UserSettings.SecurityGroups")),
        arn="UserProfileArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "space",
        create="CreateSpace",
        read="DescribeSpace",
        update=("UpdateSpace",),
        delete="DeleteSpace",
        list="ListSpaces",
        key=("DomainId", "SpaceName"),
        made={"SpaceArn": _ARN + "space/{DomainId}/{SpaceName}", "Status": "InService"},
        filters={"DomainIdEquals": "DomainId", "SpaceNameContains": "SpaceName"},
        above=(Above("DomainId", "domain", held="ResourceInUse", unknown="ResourceNotFound"),),
        arn="SpaceArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "studio lifecycle config",
        create="CreateStudioLifecycleConfig",
        read="DescribeStudioLifecycleConfig",
        delete="DeleteStudioLifecycleConfig",
        list="ListStudioLifecycleConfigs",
        key=("StudioLifecycleConfigName",),
        made={"StudioLifecycleConfigArn": _ARN + "studio-lifecycle-config/{StudioLifecycleConfigName}"},
        filters={"NameContains": "StudioLifecycleConfigName", "AppTypeEquals": "StudioLifecycleConfigAppType"},
        arn="StudioLifecycleConfigArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "app image config",
        create="CreateAppImageConfig",
        read="DescribeAppImageConfig",
        update=("UpdateAppImageConfig",),
        delete="DeleteAppImageConfig",
        list="ListAppImageConfigs",
        key=("AppImageConfigName",),
        made={"AppImageConfigArn": _ARN + "app-image-config/{AppImageConfigName}"},
        filters={"NameContains": "AppImageConfigName"},
        arn="AppImageConfigArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "code repository",
        create="CreateCodeRepository",
        read="DescribeCodeRepository",
        update=("UpdateCodeRepository",),
        delete="DeleteCodeRepository",
        list="ListCodeRepositories",
        key=("CodeRepositoryName",),
        made={"CodeRepositoryArn": _ARN + "code-repository/{CodeRepositoryName}"},
        filters={"NameContains": "CodeRepositoryName"},
        arn="CodeRepositoryArn",
        codes=_OTHER,
    ),
    Kind(
        "sagemaker",
        "tracking server",
        create="CreateMlflowTrackingServer",
        read="DescribeMlflowTrackingServer",
        update=("UpdateMlflowTrackingServer",),
        delete="DeleteMlflowTrackingServer",
        list="ListMlflowTrackingServers",
        acts={
            "StartMlflowTrackingServer": {"IsActive": "Active", "TrackingServerStatus": "Started"},
            "StopMlflowTrackingServer": {"IsActive": "Inactive", "TrackingServerStatus": "Stopped"},
        },
        key=("TrackingServerName",),
        made={
            "TrackingServerArn": _ARN + "mlflow-tracking-server/{TrackingServerName}",
            "TrackingServerUrl": "https://t-{hex12}.{region}.experiments.sagemaker.aws",
            "TrackingServerStatus": "Created",
            "IsActive": "Active",
        },
        defaults={"TrackingServerSize": "Small", "MlflowVersion": "3.0", "AutomaticModelRegistration": False},
        filters={"TrackingServerStatus": "TrackingServerStatus", "MlflowVersion": "MlflowVersion"},
        checks=(role("RoleArn", _SERVICE), bucket("ArtifactStoreUri")),
        arn="TrackingServerArn",
        codes=_USUAL,
    ),
    Kind(
        "sagemaker",
        "package group policy",
        create="PutModelPackageGroupPolicy",
        update=("PutModelPackageGroupPolicy",),
        read="GetModelPackageGroupPolicy",
        delete="DeleteModelPackageGroupPolicy",
        key=("ModelPackageGroupName",),
        made={"ModelPackageGroupArn": _ARN + "model-package-group/{ModelPackageGroupName}"},
        above=(
            Above(
                "ModelPackageGroupName",
                exists=_has_package_group,
                delete="DeleteModelPackageGroup",
                holds=False,
                unknown="ValidationException",
            ),
        ),
        codes=_OTHER,
    ),
)
