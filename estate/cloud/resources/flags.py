"""AppConfig: applications, environments, profiles, hosted flags, and how they are given out."""

from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values

_GONE = ("ResourceNotFoundException",)
_APPLICATION = {"ApplicationId": "{in.applicationId}"}
_PROFILE = {**_APPLICATION, "ConfigurationProfileId": "{in.configurationProfileId}"}
_VERSION = {**_PROFILE, "VersionNumber": "{to_number(last(id, '/'))}"}
_ARN = "arn:{partition}:appconfig:{region}:{account}:"


def _tagged(target: str) -> Tagging:
    return Tagging("TagResource", "UntagResource", "ListTagsForResource", {"ResourceArn": _ARN + target})


def _content(values: Values, _: Values) -> dict[str, Any]:
    """A version, whose content goes as bytes."""
    names = {"contentType": "ContentType", "description": "Description", "versionLabel": "VersionLabel"}
    made: dict[str, Any] = {member: values[key] for key, member in names.items() if values.get(key) is not None}
    return {**made, "Content": str(values["content"]).encode()} if "content" in values else made


_STRATEGY_INPUTS = (
    "description",
    "deploymentDurationInMinutes",
    "finalBakeTimeInMinutes",
    "growthFactor",
    "growthType",
)

ROWS = (
    Row(
        "aws:appconfig/application:Application",
        "appconfig",
        Step("CreateApplication"),
        id="{made.Id}",
        read=(Step("GetApplication", (), {"ApplicationId": "{id}"}),),
        update=(Step("UpdateApplication", ("name", "description"), {"ApplicationId": "{id}"}),),
        delete=(Step("DeleteApplication", (), {"ApplicationId": "{id}"}),),
        outputs={"arn": _ARN + "application/{id}"},
        tagging=_tagged("application/{id}"),
        gone=_GONE,
        sample_id="abcdef1",
        cloudformation="AWS::AppConfig::Application",
    ),
    Row(
        "aws:appconfig/environment:Environment",
        "appconfig",
        Step("CreateEnvironment"),
        id="{made.Id}",
        read=(Step("GetEnvironment", (), {**_APPLICATION, "EnvironmentId": "{id}"}),),
        update=(
            Step("UpdateEnvironment", ("name", "description", "monitors"), {**_APPLICATION, "EnvironmentId": "{id}"}),
        ),
        delete=(Step("DeleteEnvironment", (), {**_APPLICATION, "EnvironmentId": "{id}"}),),
        outputs={
            "arn": _ARN + "application/{in.applicationId}/environment/{id}",
            "environmentId": "{id}",
            "state": "{read.State}",
        },
        fixed=("applicationId",),
        tagging=_tagged("application/{in.applicationId}/environment/{id}"),
        gone=_GONE,
        sample_id="abcdef2",
        cloudformation="AWS::AppConfig::Environment",
    ),
    Row(
        "aws:appconfig/configurationProfile:ConfigurationProfile",
        "appconfig",
        Step("CreateConfigurationProfile"),
        id="{made.Id}",
        read=(Step("GetConfigurationProfile", (), {**_APPLICATION, "ConfigurationProfileId": "{id}"}),),
        update=(
            Step(
                "UpdateConfigurationProfile",
                ("name", "description", "validators", "kmsKeyIdentifier", "retrievalRoleArn"),
                {**_APPLICATION, "ConfigurationProfileId": "{id}"},
            ),
        ),
        delete=(Step("DeleteConfigurationProfile", (), {**_APPLICATION, "ConfigurationProfileId": "{id}"}),),
        outputs={
            "arn": _ARN + "application/{in.applicationId}/configurationprofile/{id}",
            "configurationProfileId": "{id}",
        },
        fixed=("applicationId", "locationUri", "type"),
        tagging=_tagged("application/{in.applicationId}/configurationprofile/{id}"),
        gone=_GONE,
        sample_id="abcdef3",
        cloudformation="AWS::AppConfig::ConfigurationProfile",
    ),
    Row(
        "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
        "appconfig",
        Step(
            "CreateHostedConfigurationVersion",
            ("contentType", "description", "versionLabel", "content"),
            _PROFILE,
            build=_content,
        ),
        id="{in.applicationId}/{in.configurationProfileId}/{made.VersionNumber}",
        read=(
            Step("GetHostedConfigurationVersion", (), _VERSION, at="VersionNumber", into="VersionNumber"),
            Step("GetHostedConfigurationVersion", (), _VERSION, at="ContentType", into="ContentType"),
        ),
        delete=(Step("DeleteHostedConfigurationVersion", (), _VERSION),),
        outputs={
            "arn": _ARN + "application/{in.applicationId}/configurationprofile/{in.configurationProfileId}"
            "/hostedconfigurationversion/{made.VersionNumber}",
            "versionNumber": "{made.VersionNumber}",
        },
        fixed=("applicationId", "configurationProfileId", "content", "contentType", "description", "versionLabel"),
        local=("applicationId", "configurationProfileId"),
        gone=_GONE,
        sample_id="abcdef1/abcdef3/1",
        silent=("content",),
        seen={"applicationId": "in.applicationId", "configurationProfileId": "in.configurationProfileId"},
        cloudformation="AWS::AppConfig::HostedConfigurationVersion",
    ),
    Row(
        "aws:appconfig/deploymentStrategy:DeploymentStrategy",
        "appconfig",
        Step("CreateDeploymentStrategy"),
        id="{made.Id}",
        read=(Step("GetDeploymentStrategy", (), {"DeploymentStrategyId": "{id}"}),),
        update=(Step("UpdateDeploymentStrategy", _STRATEGY_INPUTS, {"DeploymentStrategyId": "{id}"}),),
        delete=(Step("DeleteDeploymentStrategy", (), {"DeploymentStrategyId": "{id}"}),),
        outputs={"arn": _ARN + "deploymentstrategy/{id}"},
        fixed=("name", "replicateTo"),
        tagging=_tagged("deploymentstrategy/{id}"),
        gone=_GONE,
        sample_id="abcdef4",
        cloudformation="AWS::AppConfig::DeploymentStrategy",
    ),
    Row(
        "aws:appconfig/deployment:Deployment",
        "appconfig",
        Step("StartDeployment"),
        id="{in.applicationId}/{in.environmentId}/{made.DeploymentNumber}",
        read=(
            Step(
                "GetDeployment",
                (),
                {
                    **_APPLICATION,
                    "EnvironmentId": "{in.environmentId}",
                    "DeploymentNumber": "{to_number(last(id, '/'))}",
                },
            ),
        ),
        # AWS keeps deployments as they happened: like Terraform's provider, removing one changes nothing there.
        delete=(),
        outputs={
            "arn": _ARN + "application/{in.applicationId}/environment/{in.environmentId}"
            "/deployment/{made.DeploymentNumber}",
            "deploymentNumber": "{made.DeploymentNumber}",
            "state": "{read.State}",
            "kmsKeyArn": "{read.KmsKeyArn || ''}",
        },
        fixed=(
            "applicationId",
            "environmentId",
            "configurationProfileId",
            "configurationVersion",
            "deploymentStrategyId",
            "description",
            "kmsKeyIdentifier",
        ),
        tagging=_tagged(
            "application/{in.applicationId}/environment/{in.environmentId}/deployment/{out.deploymentNumber}"
        ),
        gone=_GONE,
        sample_id="abcdef1/abcdef2/1",
        adopted=True,
        cloudformation="AWS::AppConfig::Deployment",
    ),
)
