"""HTTP APIs: their routes, stages, authorizers and names."""

from collections.abc import Sequence

from estate.cloud.resources.common import capital
from estate.cloud.resources.row import Row, Step, Tagging, Values
from estate.cloud.resources.template import At

_GONE = ("NotFoundException",)
_API = {"ApiId": "{in.apiId}"}
_ARN = "arn:{partition}:apigateway:{region}::"
_LIMITS = {"detailedMetricsEnabled", "loggingLevel", "dataTraceEnabled", "throttlingBurstLimit", "throttlingRateLimit"}


def _tagged(target: str) -> Tagging:
    return Tagging("TagResource", "UntagResource", "GetTags", {"ResourceArn": target})


def _one(verb: str, kind: str) -> tuple[Step, ...]:
    """The call that reads or removes one of an API's own parts, by its id."""
    return (Step(f"{verb}{kind}", (), {**_API, f"{kind}Id": "{id}"}),)


def _route_settings(items: Sequence[Values]) -> Values:
    """A list of routes' limits, in the API's form: by route key."""
    return {
        "RouteSettings": {
            item["routeKey"]: {capital(key): value for key, value in item.items() if key in _LIMITS} for item in items
        }
    }


_API_INPUTS = (
    "name",
    "description",
    "disableExecuteApiEndpoint",
    "corsConfiguration",
    "apiKeySelectionExpression",
    "ipAddressType",
    "routeSelectionExpression",
    "version",
)
_STAGE_INPUTS = (
    "accessLogSettings",
    "autoDeploy",
    "clientCertificateId",
    "defaultRouteSettings",
    "deploymentId",
    "description",
    "routeSettings",
    "stageVariables",
)
_STAGE = {**_API, "StageName": "{in.name}"}
_ROUTE_INPUTS = (
    "apiKeyRequired",
    "authorizationScopes",
    "authorizationType",
    "authorizerId",
    "modelSelectionExpression",
    "operationName",
    "requestModels",
    "requestParameters",
    "routeKey",
    "routeResponseSelectionExpression",
    "target",
)
_INTEGRATION_INPUTS = (
    "connectionId",
    "connectionType",
    "contentHandlingStrategy",
    "credentialsArn",
    "description",
    "integrationMethod",
    "integrationSubtype",
    "integrationUri",
    "passthroughBehavior",
    "payloadFormatVersion",
    "requestParameters",
    "requestTemplates",
    "responseParameters",
    "templateSelectionExpression",
    "timeoutMilliseconds",
    "tlsConfig",
)
_INTEGRATION_NAMES = {"timeoutMilliseconds": "TimeoutInMillis"}
_AUTHORIZER_INPUTS = (
    "name",
    "authorizerCredentialsArn",
    "authorizerPayloadFormatVersion",
    "authorizerResultTtlInSeconds",
    "authorizerUri",
    "enableSimpleResponses",
    "identitySources",
    "jwtConfiguration",
)
_AUTHORIZER_NAMES = {"identitySources": "IdentitySource", "jwtConfiguration.audiences": "Audience"}
_DOMAIN_NAMES = {"domainNameConfiguration": "DomainNameConfigurations"}

ROWS = (
    Row(
        "aws:apigatewayv2/api:Api",
        "apigatewayv2",
        Step("CreateApi"),
        id="{made.ApiId}",
        read=(Step("GetApi", (), {"ApiId": "{id}"}),),
        update=(
            Step(
                "DeleteCorsConfiguration",
                ("corsConfiguration",),
                {"ApiId": "{id}"},
                when=lambda values: not values.get("corsConfiguration"),
                build=lambda _, __: {},
            ),
            Step("UpdateApi", _API_INPUTS, {"ApiId": "{id}"}),
        ),
        delete=(Step("DeleteApi", (), {"ApiId": "{id}"}),),
        outputs={
            "arn": _ARN + "/apis/{id}",
            "apiEndpoint": "{read.ApiEndpoint}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        },
        auto="name",
        fixed=("protocolType", "routeKey", "target", "credentialsArn"),
        tagging=_tagged(_ARN + "/apis/{id}"),
        gone=_GONE,
        sample_id="a1b2c3d4e5",
        cloudformation="AWS::ApiGatewayV2::Api",
    ),
    Row(
        "aws:apigatewayv2/stage:Stage",
        "apigatewayv2",
        Step("CreateStage", names={"name": "StageName"}, via={"routeSettings": _route_settings}),
        id="{in.name}",
        read=(Step("GetStage", (), _STAGE),),
        update=(Step("UpdateStage", _STAGE_INPUTS, _STAGE, via={"routeSettings": _route_settings}),),
        delete=(Step("DeleteStage", (), _STAGE),),
        outputs={
            "arn": _ARN + "/apis/{in.apiId}/stages/{in.name}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{in.apiId}/{in.name}",
            "invokeUrl": "https://{in.apiId}.execute-api.{region}.amazonaws.com/",
        },
        name="name",
        fixed=("apiId", "name"),
        tagging=_tagged(_ARN + "/apis/{in.apiId}/stages/{in.name}"),
        gone=_GONE,
        seen={"apiId": "in.apiId", "name": "StageName"},
        cloudformation="AWS::ApiGatewayV2::Stage",
    ),
    Row(
        "aws:apigatewayv2/integration:Integration",
        "apigatewayv2",
        Step("CreateIntegration", names=_INTEGRATION_NAMES),
        id="{made.IntegrationId}",
        read=_one("Get", "Integration"),
        update=(Step("UpdateIntegration", _INTEGRATION_INPUTS, {**_API, "IntegrationId": "{id}"}, _INTEGRATION_NAMES),),
        delete=_one("Delete", "Integration"),
        outputs={"integrationResponseSelectionExpression": "{read.IntegrationResponseSelectionExpression}"},
        fixed=("apiId", "integrationType"),
        gone=_GONE,
        seen={"apiId": "in.apiId", "timeoutMilliseconds": "TimeoutInMillis"},
        sample_id="abcdef1",
        cloudformation="AWS::ApiGatewayV2::Integration",
    ),
    Row(
        "aws:apigatewayv2/route:Route",
        "apigatewayv2",
        Step("CreateRoute"),
        id="{made.RouteId}",
        read=_one("Get", "Route"),
        update=(Step("UpdateRoute", _ROUTE_INPUTS, {**_API, "RouteId": "{id}"}),),
        delete=_one("Delete", "Route"),
        fixed=("apiId",),
        gone=_GONE,
        seen={"apiId": "in.apiId"},
        sample_id="abcdef2",
        cloudformation="AWS::ApiGatewayV2::Route",
    ),
    Row(
        "aws:apigatewayv2/authorizer:Authorizer",
        "apigatewayv2",
        Step("CreateAuthorizer", names=_AUTHORIZER_NAMES),
        id="{made.AuthorizerId}",
        read=_one("Get", "Authorizer"),
        update=(Step("UpdateAuthorizer", _AUTHORIZER_INPUTS, {**_API, "AuthorizerId": "{id}"}, _AUTHORIZER_NAMES),),
        delete=_one("Delete", "Authorizer"),
        auto="name",
        fixed=("apiId", "authorizerType"),
        gone=_GONE,
        seen={"apiId": "in.apiId", "identitySources": "IdentitySource"},
        sample_id="abcde3",
        cloudformation="AWS::ApiGatewayV2::Authorizer",
    ),
    Row(
        "aws:apigatewayv2/domainName:DomainName",
        "apigatewayv2",
        Step("CreateDomainName", names=_DOMAIN_NAMES),
        id="{in.domainName}",
        read=(Step("GetDomainName", (), {"DomainName": "{id}"}),),
        update=(
            Step(
                "UpdateDomainName",
                ("domainNameConfiguration", "mutualTlsAuthentication", "routingMode"),
                {"DomainName": "{id}"},
                _DOMAIN_NAMES,
            ),
        ),
        delete=(Step("DeleteDomainName", (), {"DomainName": "{id}"}),),
        outputs={
            "arn": _ARN + "/domainnames/{id}",
            "apiMappingSelectionExpression": At("read.ApiMappingSelectionExpression || ''"),
        },
        fixed=("domainName",),
        tagging=_tagged(_ARN + "/domainnames/{id}"),
        gone=_GONE,
        seen={"domainNameConfiguration": "DomainNameConfigurations[0]"},
        cloudformation="AWS::ApiGatewayV2::DomainName",
    ),
    Row(
        "aws:apigatewayv2/apiMapping:ApiMapping",
        "apigatewayv2",
        Step("CreateApiMapping"),
        id="{made.ApiMappingId}",
        read=(Step("GetApiMapping", (), {"ApiMappingId": "{id}", "DomainName": "{in.domainName}"}),),
        update=(
            Step(
                "UpdateApiMapping",
                ("apiId", "apiMappingKey", "stage"),
                {"ApiMappingId": "{id}", "DomainName": "{in.domainName}", "ApiId": "{in.apiId}"},
            ),
        ),
        delete=(Step("DeleteApiMapping", (), {"ApiMappingId": "{id}", "DomainName": "{in.domainName}"}),),
        fixed=("domainName",),
        gone=_GONE,
        seen={"domainName": "in.domainName"},
        sample_id="abcde4",
        cloudformation="AWS::ApiGatewayV2::ApiMapping",
    ),
    Row(
        "aws:apigatewayv2/deployment:Deployment",
        "apigatewayv2",
        Step("CreateDeployment"),
        id="{made.DeploymentId}",
        read=_one("Get", "Deployment"),
        update=(Step("UpdateDeployment", ("description",), {**_API, "DeploymentId": "{id}"}),),
        delete=_one("Delete", "Deployment"),
        outputs={"autoDeployed": "{read.AutoDeployed || `false`}"},
        fixed=("apiId", "triggers"),
        local=("triggers",),
        gone=_GONE,
        seen={"apiId": "in.apiId"},
        sample_id="abcde8",
        cloudformation="AWS::ApiGatewayV2::Deployment",
    ),
)
