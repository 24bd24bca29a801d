import json

import pytest
from pydantic import ValidationError

from components.api.model_api import ModelApi, ModelApiArgs

ROUTE = "aws:apigatewayv2/route:Route"
JWT = {"issuer": "https://login.example.com/ml", "audience": ("models",), "scopes": ("models/predict",)}


@pytest.fixture
def made(record, place):
    def make(**changes):
        args = ModelApiArgs.model_validate(
            {
                "placement": place,
                "endpoints": {"eta": "mlops-test-eta", "risk": "mlops-test-risk"},
                "endpoint_arns": {"eta": "arn:endpoint/eta", "risk": "arn:endpoint/risk"},
                "code": {"answer.py": "handle = None"},
                "requests_per_second": 20,
                "burst": 40,
                "permission_boundary_arn": "arn:boundary",
                "key_arn": "arn:logs-key",
                "log_retention_days": 30,
                **changes,
            }
        )
        return record(lambda: ModelApi("api", args))

    return make


def test_each_model_has_a_route_that_aws_identities_may_call(made):
    result = made()

    assert result.names(ROUTE) == ["api-eta", "api-risk"]
    route = result.named("api-eta")
    assert (route["routeKey"], route["authorizationType"]) == ("POST /v1/models/eta/invocations", "AWS_IAM")
    assert route["target"] == f"integrations/{result.id('api-integration')}"
    assert "authorizerId" not in route


def test_tokens_are_checked_for_issuer_audience_and_scope(made):
    result = made(authorization="jwt", jwt=JWT)
    authorizer, route = result.named("api-authorizer"), result.named("api-eta")

    assert (authorizer["authorizerType"], authorizer["identitySources"]) == (
        "JWT",
        ["$request.header.Authorization"],
    )
    assert authorizer["jwtConfiguration"] == {"issuer": "https://login.example.com/ml", "audiences": ["models"]}
    assert (route["authorizationType"], route["authorizationScopes"]) == ("JWT", ["models/predict"])
    assert route["authorizerId"] == result.id("api-authorizer")


def test_each_route_has_limits_of_its_own(made):
    stage = made().named("api-stage")
    limits = {"detailedMetricsEnabled": True, "throttlingRateLimit": 20, "throttlingBurstLimit": 40}

    assert stage["defaultRouteSettings"] == limits
    assert stage["routeSettings"] == [
        {"routeKey": f"POST /v1/models/{model}/invocations", **limits} for model in ("eta", "risk")
    ]


def test_requests_are_logged_encrypted_without_what_they_say(made):
    result = made()
    log, access = result.named("api-access-log"), result.named("api-stage")["accessLogSettings"]

    assert (log["name"], log["kmsKeyId"], log["retentionInDays"]) == (
        "/aws/apigateway/mlops-test-api",
        "arn:logs-key",
        30,
    )
    assert {"requestId", "route", "status", "caller", "subject"} <= json.loads(access["format"]).keys()
    assert "body" not in access["format"].lower()


def test_pages_may_call_it_only_where_origins_are_named(made):
    assert "corsConfiguration" not in made().named("api-api")
    cors = made(cors={"origins": ("https://console.example.com",)}).named("api-api")["corsConfiguration"]

    assert (cors["allowOrigins"], cors["allowMethods"], cors["allowCredentials"]) == (
        ["https://console.example.com"],
        ["POST"],
        False,
    )


def test_a_name_of_ones_own_replaces_awss_over_tls_1_2(made):
    result = made(domain={"name": "models.example.com", "certificate_arn": "arn:certificate"})

    assert result.named("api-domain")["domainNameConfiguration"] == {
        "certificateArn": "arn:certificate",
        "endpointType": "REGIONAL",
        "securityPolicy": "TLS_1_2",
    }
    assert result.named("api-mapping")["domainName"] == "models.example.com"
    assert result.named("api-api")["disableExecuteApiEndpoint"] is True


def test_the_handler_may_ask_these_endpoints_and_nothing_else(made):
    result = made()
    statements = result.statements("api-handler-policy")

    assert statements["AskModels"]["Resource"] == ["arn:endpoint/eta", "arn:endpoint/risk"]
    assert statements.keys() == {"WriteLog", "UseKey", "Trace", "AskModels"}
    assert result.named("api-handler-role")["permissionsBoundary"] == "arn:boundary"
    function = result.named("api-handler-function")
    assert json.loads(function["environment"]["variables"]["ENDPOINTS"])["eta"] == "mlops-test-eta"
    permission = result.named("api-permission")
    assert (permission["principal"], permission["sourceArn"].endswith("/*/*")) == ("apigateway.amazonaws.com", True)


@pytest.mark.parametrize(
    "wrong", [{"authorization": "jwt"}, {"jwt": JWT}, {"authorization": "none"}, {"endpoints": {}}]
)
def test_authorization_that_does_not_fit_is_refused(made, wrong):
    with pytest.raises(ValidationError, match=r"do not fit|authorization|endpoints"):
        made(**wrong)
