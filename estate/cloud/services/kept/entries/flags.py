"""AppConfig: applications, environments, profiles, hosted versions and strategies. Deployments: services/flags."""

import json

from estate.cloud.services.account import Account
from estate.cloud.services.kept import checks
from estate.cloud.services.kept.kind import Above, Codes, Kind
from estate.cloud.services.wire import AwsError, Params

_ARN = "arn:{partition}:appconfig:{region}:{account}:"
_CODES = Codes("ConflictException", "ResourceNotFoundException", "BadRequestException")
_APPLICATION = Above("ApplicationId", kind="application", held="ConflictException")
_PROFILE = Above("ConfigurationProfileId", kind="configuration profile", held="ConflictException")
FLAGS = "AWS.AppConfig.FeatureFlags"
KINDS_OF_VALUES = {"string": str, "number": (int, float), "boolean": bool}
MONITORS = 5  # an environment's; from AppConfig's quotas


def _few_monitors(_account: Account, values: Params) -> None:
    if len(values.get("Monitors") or ()) > MONITORS:
        raise AwsError("BadRequestException", f"An environment has {MONITORS} monitors at most")


def _flags_are_whole(_account: Account, values: Params) -> None:
    """What AppConfig asks of a version of flags before it keeps it."""
    try:
        found = json.loads(values["Content"])
    except ValueError:
        return
    if isinstance(found, dict) and found.keys() >= {"flags", "values"}:
        refuse_faulty(values["Content"])


def refuse_faulty(content: bytes) -> None:
    """Raises AwsError for what is no document of feature flags, or has values out of their bounds."""
    try:
        wrong = next(_faults(json.loads(content)), None)
    except (ValueError, AttributeError, TypeError, KeyError):
        wrong = "the content is no document of feature flags"
    if wrong is not None:
        raise AwsError("BadRequestException", f"Error validating the feature flags: {wrong}")


def _faults(found: Params):
    if found["version"] != "1":
        yield f"version {found['version']!r} is not 1"
    for name, values in found["values"].items():
        flag = found["flags"].get(name)
        if flag is None:
            yield f"{name} has values and is no flag"
            continue
        if not isinstance(values.get("enabled"), bool):
            yield f"{name}.enabled is required"
        for key, value in values.items():
            if key == "enabled":
                continue
            attribute = flag.get("attributes", {}).get(key)
            if attribute is None:
                yield f"{name}.{key} is no attribute of the flag"
                continue
            bounds = attribute.get("constraints", {})
            if not isinstance(value, KINDS_OF_VALUES.get(bounds.get("type"), object)):
                yield f"{name}.{key} is no {bounds['type']}"
            elif bounds.get("minimum", value) > value or bounds.get("maximum", value) < value:
                yield f"{name}.{key} is out of its bounds"
            elif value not in bounds.get("enum", [value]):
                yield f"{name}.{key} is not one of {', '.join(bounds['enum'])}"


KINDS = (
    Kind(
        "appconfig",
        "application",
        create="CreateApplication",
        read="GetApplication",
        update=("UpdateApplication",),
        delete="DeleteApplication",
        list="ListApplications",
        ids=("Id", "Arn"),
        names={"ApplicationId": "Id"},
        made={"Id": "{hex7}", "Arn": _ARN + "application/{Id}"},
        arn="Arn",
        codes=_CODES,
        told="kept",
    ),
    Kind(
        "appconfig",
        "environment",
        create="CreateEnvironment",
        read="GetEnvironment",
        update=("UpdateEnvironment",),
        delete="DeleteEnvironment",
        list="ListEnvironments",
        ids=("Id", "Arn"),
        names={"EnvironmentId": "Id"},
        made={
            "Id": "{hex7}",
            "Arn": _ARN + "application/{ApplicationId}/environment/{Id}",
            "State": "READY_FOR_DEPLOYMENT",
        },
        above=(_APPLICATION,),
        checks=(_few_monitors,),
        arn="Arn",
        codes=_CODES,
        told="kept; its state stays READY_FOR_DEPLOYMENT",
    ),
    Kind(
        "appconfig",
        "configuration profile",
        create="CreateConfigurationProfile",
        read="GetConfigurationProfile",
        update=("UpdateConfigurationProfile",),
        delete="DeleteConfigurationProfile",
        list="ListConfigurationProfiles",
        ids=("Id", "Arn"),
        names={"ConfigurationProfileId": "Id"},
        made={"Id": "{hex7}", "Arn": _ARN + "application/{ApplicationId}/configurationprofile/{Id}"},
        defaults={"Type": "AWS.Freeform"},
        above=(_APPLICATION,),
        checks=(checks.key("KmsKeyIdentifier"),),
        arn="Arn",
        codes=_CODES,
        told="kept; validators are not run",
    ),
    Kind(
        "appconfig",
        "hosted version",
        create="CreateHostedConfigurationVersion",
        read="GetHostedConfigurationVersion",
        delete="DeleteHostedConfigurationVersion",
        list="ListHostedConfigurationVersions",
        ids=("ApplicationId", "ConfigurationProfileId", "VersionNumber"),
        made={"VersionNumber": lambda known, number: number},
        above=(_APPLICATION, _PROFILE),
        checks=(_flags_are_whole,),
        codes=_CODES,
        told="kept; feature flags are checked as AppConfig does",
    ),
    Kind(
        "appconfig",
        "strategy",
        create="CreateDeploymentStrategy",
        read="GetDeploymentStrategy",
        update=("UpdateDeploymentStrategy",),
        delete="DeleteDeploymentStrategy",
        list="ListDeploymentStrategies",
        ids=("Id", "Arn"),
        names={"DeploymentStrategyId": "Id"},
        made={"Id": "{hex7}", "Arn": _ARN + "deploymentstrategy/{Id}"},
        defaults={"GrowthType": "LINEAR", "ReplicateTo": "NONE", "FinalBakeTimeInMinutes": 0},
        arn="Arn",
        codes=_CODES,
        told="kept; deployments go by it",
    ),
)
