"""REST APIs: description, stages, limits of methods, plans and keys. What is there already is changed by patches."""

from collections.abc import Callable, Mapping
from typing import Any

from estate.cloud.resources.row import Row, Step, Tagging, Values
from estate.cloud.resources.template import At

_GONE = ("NotFoundException",)
_ARN = "arn:{partition}:apigateway:{region}::"
_API = {"restApiId": "{id}"}
_STAGE = {"restApiId": "{in.restApi}", "stageName": "{in.stageName}"}
# Inputs of a method's settings, as paths of patches.
_LIMITS = {
    "metricsEnabled": "metrics/enabled",
    "loggingLevel": "logging/loglevel",
    "dataTraceEnabled": "logging/dataTrace",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "cachingEnabled": "caching/enabled",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cacheDataEncrypted": "caching/dataEncrypted",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


def _tagged(target: str) -> Tagging:
    return Tagging("TagResource", "UntagResource", "GetTags", {"resourceArn": target}, keys="tagKeys", at="tags")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _patches(paths: Mapping[str, str]) -> Callable[[Values, Values], Values]:
    """Patches that set inputs, by input the path; a nested one is `block.input`."""

    def build(values: Values, _: Values) -> Values:
        found = []
        for key, path in paths.items():
            block, *inner = key.split(".")
            value = (values.get(block) or {}).get(inner[0]) if inner else values.get(block)
            if value is not None:
                found.append({"op": "replace", "path": path, "value": _text(value)})
        return {"patchOperations": found} if found else {}

    return build


def _body(values: Values, known: Values) -> dict[str, Any]:
    """PutRestApi, which takes the description as bytes."""
    if not values.get("body"):
        return {}
    return {
        "body": str(values["body"]).encode(),
        "mode": known["in"].get("putRestApiMode") or "overwrite",
        "failOnWarnings": bool(known["in"].get("failOnWarnings")),
    }


def _method(known: Values) -> str:
    """Where a method's settings are among those of its stage; slashes of its path are escaped there."""
    path, _, method = str(known["in"]["methodPath"]).rpartition("/")
    return f"/{path if path == '*' else '~1' + path.replace('/', '~1')}/{method}"


def _settings(values: Values, known: Values) -> Values:
    wanted = values["settings"]
    found = [
        {"op": "replace", "path": f"{_method(known)}/{path}", "value": _text(wanted[key])}
        for key, path in _LIMITS.items()
        if wanted.get(key) is not None
    ]
    return {"patchOperations": found}


def _no_settings(_: Values, known: Values) -> Values:
    return {"patchOperations": [{"op": "remove", "path": _method(known)}]}


def _plan(values: Values, _: Values) -> Values:
    """A usage plan's limits as patches; its stages stay what they were made with."""
    paths = {
        "description": "/description",
        "quotaSettings.limit": "/quota/limit",
        "quotaSettings.period": "/quota/period",
        "throttleSettings.rateLimit": "/throttle/rateLimit",
        "throttleSettings.burstLimit": "/throttle/burstLimit",
    }
    return _patches(paths)(values, {})


_CREATE = (
    "name",
    "description",
    "policy",
    "endpointConfiguration",
    "apiKeySource",
    "binaryMediaTypes",
    "minimumCompressionSize",
    "disableExecuteApiEndpoint",
    "endpointAccessMode",
    "securityPolicy",
    "tags",
)

ROWS = (
    Row(
        "aws:apigateway/restApi:RestApi",
        "apigateway",
        Step("CreateRestApi", _CREATE),
        follow=(Step("PutRestApi", ("body",), _API, build=_body, needs=("body",)),),
        id="{made.id}",
        read=(Step("GetRestApi", (), _API),),
        update=(
            Step("PutRestApi", ("body",), _API, build=_body, needs=("body",)),
            Step(
                "UpdateRestApi",
                ("name", "description", "policy", "disableExecuteApiEndpoint", "minimumCompressionSize"),
                _API,
                build=_patches(
                    {
                        "name": "/name",
                        "description": "/description",
                        "policy": "/policy",
                        "disableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
                        "minimumCompressionSize": "/minimumCompressionSize",
                    }
                ),
                needs=("patchOperations",),
            ),
        ),
        delete=(Step("DeleteRestApi", (), _API),),
        outputs={
            "arn": _ARN + "/restapis/{id}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
            "rootResourceId": "{read.rootResourceId || ''}",
            "createdDate": "{read.createdDate}",
        },
        auto="name",
        fixed=("endpointConfiguration", "apiKeySource", "binaryMediaTypes"),
        local=("putRestApiMode", "failOnWarnings", "parameters"),
        tagging=_tagged(_ARN + "/restapis/{id}"),
        gone=_GONE,
        silent=("body",),
        sample_id="a1b2c3d4e6",
        cloudformation="AWS::ApiGateway::RestApi",
    ),
    Row(
        "aws:apigateway/deployment:Deployment",
        "apigateway",
        Step("CreateDeployment", names={"restApi": "restApiId"}),
        id="{made.id}",
        read=(Step("GetDeployment", (), {"restApiId": "{in.restApi}", "deploymentId": "{id}"}),),
        delete=(Step("DeleteDeployment", (), {"restApiId": "{in.restApi}", "deploymentId": "{id}"}),),
        outputs={"createdDate": "{read.createdDate}"},
        fixed=("restApi", "description", "variables", "triggers"),
        local=("triggers",),
        gone=_GONE,
        seen={"restApi": "in.restApi"},
        sample_id="abcde5",
        cloudformation="AWS::ApiGateway::Deployment",
    ),
    Row(
        "aws:apigateway/stage:Stage",
        "apigateway",
        Step(
            "CreateStage",
            names={"restApi": "restApiId", "deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"},
        ),
        follow=(
            Step(
                "UpdateStage",
                ("accessLogSettings",),
                _STAGE,
                build=_patches(
                    {
                        "accessLogSettings.destinationArn": "/accessLogSettings/destinationArn",
                        "accessLogSettings.format": "/accessLogSettings/format",
                    }
                ),
                needs=("patchOperations",),
            ),
        ),
        id=At("join('-', ['ags', in.restApi, in.stageName])"),
        read=(Step("GetStage", (), _STAGE),),
        update=(
            Step(
                "UpdateStage",
                (
                    "deployment",
                    "description",
                    "xrayTracingEnabled",
                    "cacheClusterEnabled",
                    "cacheClusterSize",
                    "accessLogSettings",
                ),
                _STAGE,
                build=_patches(
                    {
                        "deployment": "/deploymentId",
                        "description": "/description",
                        "xrayTracingEnabled": "/tracingEnabled",
                        "cacheClusterEnabled": "/cacheClusterEnabled",
                        "cacheClusterSize": "/cacheClusterSize",
                        "accessLogSettings.destinationArn": "/accessLogSettings/destinationArn",
                        "accessLogSettings.format": "/accessLogSettings/format",
                    }
                ),
                needs=("patchOperations",),
            ),
        ),
        delete=(Step("DeleteStage", (), _STAGE),),
        outputs={
            "arn": _ARN + "/restapis/{in.restApi}/stages/{in.stageName}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{in.restApi}/{in.stageName}",
            "invokeUrl": "https://{in.restApi}.execute-api.{region}.amazonaws.com/{in.stageName}",
            "webAclArn": "{read.webAclArn || ''}",
        },
        name="stageName",
        fixed=("restApi", "stageName"),
        tagging=_tagged(_ARN + "/restapis/{in.restApi}/stages/{in.stageName}"),
        gone=_GONE,
        seen={
            "accessLogSettings": "accessLogSettings",
            "deployment": "deploymentId",
            "restApi": "in.restApi",
            "xrayTracingEnabled": "tracingEnabled",
        },
        cloudformation="AWS::ApiGateway::Stage",
    ),
    Row(
        "aws:apigateway/methodSettings:MethodSettings",
        "apigateway",
        Step("UpdateStage", ("settings",), _STAGE, build=_settings),
        id=At("join('-', [in.restApi, in.stageName, in.methodPath])"),
        read=(Step("GetStage", (), _STAGE, at='methodSettings."{method(in.methodPath)}"'),),
        update=(Step("UpdateStage", ("settings",), _STAGE, build=_settings),),
        delete=(Step("UpdateStage", (), _STAGE, build=_no_settings),),
        fixed=("restApi", "stageName", "methodPath"),
        gone=_GONE,
        local=("restApi", "stageName", "methodPath"),
        seen={"restApi": "in.restApi", "stageName": "in.stageName", "methodPath": "in.methodPath", "settings": "@"},
        cloudformation="AWS::ApiGateway::Stage",
    ),
    Row(
        "aws:apigateway/usagePlan:UsagePlan",
        "apigateway",
        Step("CreateUsagePlan", names={"quotaSettings": "quota", "throttleSettings": "throttle"}),
        id="{made.id}",
        read=(Step("GetUsagePlan", (), {"usagePlanId": "{id}"}),),
        update=(
            Step(
                "UpdateUsagePlan",
                ("description", "quotaSettings", "throttleSettings"),
                {"usagePlanId": "{id}"},
                build=_plan,
            ),
        ),
        delete=(
            # API Gateway deletes no plan that still counts for a stage.
            Step(
                "UpdateUsagePlan",
                (),
                {
                    "usagePlanId": "{id}",
                    "patchOperations": [{"op": "remove", "path": "/apiStages", "value": "{item.apiId}:{item.stage}"}],
                },
                each="in.apiStages || `[]`",
                build=lambda _, __: {},
            ),
            Step("DeleteUsagePlan", (), {"usagePlanId": "{id}"}),
        ),
        outputs={"arn": _ARN + "/usageplans/{id}"},
        name="name",
        fixed=("name", "apiStages"),
        tagging=_tagged(_ARN + "/usageplans/{id}"),
        gone=_GONE,
        seen={"quotaSettings": "quota", "throttleSettings": "throttle"},
        sample_id="abcde6",
        cloudformation="AWS::ApiGateway::UsagePlan",
    ),
    Row(
        "aws:apigateway/apiKey:ApiKey",
        "apigateway",
        Step("CreateApiKey"),
        id="{made.id}",
        read=(Step("GetApiKey", (), {"apiKey": "{id}", "includeValue": True}),),
        update=(
            Step(
                "UpdateApiKey",
                ("description", "enabled"),
                {"apiKey": "{id}"},
                build=_patches({"description": "/description", "enabled": "/enabled"}),
            ),
        ),
        delete=(Step("DeleteApiKey", (), {"apiKey": "{id}"}),),
        outputs={"arn": _ARN + "/apikeys/{id}", "value": "{read.value}"},
        name="name",
        fixed=("name", "value"),
        defaults={"enabled": True},
        tagging=_tagged(_ARN + "/apikeys/{id}"),
        gone=_GONE,
        sample_id="abcdefghi7",
        cloudformation="AWS::ApiGateway::ApiKey",
    ),
    Row(
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "apigateway",
        Step("CreateUsagePlanKey"),
        id="{in.keyId}",
        read=(Step("GetUsagePlanKey", (), {"usagePlanId": "{in.usagePlanId}", "keyId": "{in.keyId}"}),),
        delete=(Step("DeleteUsagePlanKey", (), {"usagePlanId": "{in.usagePlanId}", "keyId": "{in.keyId}"}),),
        outputs={"name": "{read.name || ''}", "value": "{read.value || ''}"},
        fixed=("usagePlanId", "keyId", "keyType"),
        gone=_GONE,
        seen={"usagePlanId": "in.usagePlanId", "keyId": "id", "keyType": "type"},
        cloudformation="AWS::ApiGateway::UsagePlanKey",
    ),
    Row(
        "aws:apigateway/account:Account",
        "apigateway",
        Step("UpdateAccount", ("cloudwatchRoleArn",), build=_patches({"cloudwatchRoleArn": "/cloudwatchRoleArn"})),
        id="api-gateway-account",
        read=(Step("GetAccount", (), {}, at="@"),),
        update=(
            Step("UpdateAccount", ("cloudwatchRoleArn",), build=_patches({"cloudwatchRoleArn": "/cloudwatchRoleArn"})),
        ),
        delete=(
            Step(
                "UpdateAccount",
                (),
                {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]},
            ),
        ),
        gone=_GONE,
        seen={"cloudwatchRoleArn": "cloudwatchRoleArn"},
        adopted=True,
        cloudformation="AWS::ApiGateway::Account",
    ),
)
