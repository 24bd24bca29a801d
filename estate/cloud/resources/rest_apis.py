"""REST APIs: description, stages, limits of methods. What is there already is changed by patches."""

from typing import Any

from estate.cloud.resources.api_patches import ARN, GONE, patches, tagged, text
from estate.cloud.resources.row import Row, Step, Values
from estate.cloud.resources.template import At

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


def _body(values: Values, known: Values) -> dict[str, Any]:
    """PutRestApi, which takes the description as bytes."""
    if not values.get("body"):
        return {}
    return {
        "body": str(values["body"]).encode(),
        "mode": known["in"].get("putRestApiMode") or "overwrite",
        "failOnWarnings": bool(known["in"].get("failOnWarnings")),
    }


def _settings(values: Values, known: Values) -> Values:
    wanted = values["settings"]
    found = [
        {"op": "replace", "path": f"/{known['in']['methodPath']}/{path}", "value": text(wanted[key])}
        for key, path in _LIMITS.items()
        if wanted.get(key) is not None
    ]
    return {"patchOperations": found}


def _no_settings(_: Values, known: Values) -> Values:
    return {"patchOperations": [{"op": "remove", "path": f"/{known['in']['methodPath']}"}]}


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
                build=patches(
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
            "arn": ARN + "/restapis/{id}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
            "rootResourceId": "{read.rootResourceId || ''}",
            "createdDate": "{read.createdDate}",
        },
        auto="name",
        fixed=("endpointConfiguration", "apiKeySource", "binaryMediaTypes"),
        local=("putRestApiMode", "failOnWarnings", "parameters"),
        tagging=tagged(ARN + "/restapis/{id}"),
        gone=GONE,
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
        gone=GONE,
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
                build=patches(
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
                build=patches(
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
            "arn": ARN + "/restapis/{in.restApi}/stages/{in.stageName}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{in.restApi}/{in.stageName}",
            "invokeUrl": "https://{in.restApi}.execute-api.{region}.amazonaws.com/{in.stageName}",
            "webAclArn": "{read.webAclArn || ''}",
        },
        name="stageName",
        fixed=("restApi", "stageName"),
        tagging=tagged(ARN + "/restapis/{in.restApi}/stages/{in.stageName}"),
        gone=GONE,
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
        read=(Step("GetStage", (), _STAGE, at='methodSettings."{in.methodPath}"'),),
        update=(Step("UpdateStage", ("settings",), _STAGE, build=_settings),),
        delete=(Step("UpdateStage", (), _STAGE, build=_no_settings),),
        fixed=("restApi", "stageName", "methodPath"),
        gone=GONE,
        local=("restApi", "stageName", "methodPath"),
        seen={"restApi": "in.restApi", "stageName": "in.stageName", "methodPath": "in.methodPath", "settings": "@"},
        cloudformation="AWS::ApiGateway::Stage",
    ),
    Row(
        "aws:apigateway/account:Account",
        "apigateway",
        Step("UpdateAccount", ("cloudwatchRoleArn",), build=patches({"cloudwatchRoleArn": "/cloudwatchRoleArn"})),
        id="api-gateway-account",
        read=(Step("GetAccount", (), {}, at="@"),),
        update=(
            Step("UpdateAccount", ("cloudwatchRoleArn",), build=patches({"cloudwatchRoleArn": "/cloudwatchRoleArn"})),
        ),
        delete=(
            Step(
                "UpdateAccount",
                (),
                {"patchOperations": [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]},
            ),
        ),
        gone=GONE,
        seen={"cloudwatchRoleArn": "cloudwatchRoleArn"},
        adopted=True,
        cloudformation="AWS::ApiGateway::Account",
    ),
)
