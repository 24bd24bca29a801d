import json

import pytest
from pydantic import ValidationError

from components.api.firewall import Firewall, FirewallArgs
from components.api.gateway_log import GatewayLog, GatewayLogArgs
from components.api.rest_api import RestApi, RestApiArgs
from components.api.socket_api import SocketApi, SocketApiArgs
from components.flags.model_flags import FlagReader

SHARED = {
    "endpoints": {"ride-fare": "mlops-test-ride-fare"},
    "endpoint_arns": {"ride-fare": "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/mlops-test-ride-fare"},
    "code": {"doors/answer.py": "handle = None"},
    "requests_per_second": 20,
    "burst": 40,
    "permission_boundary_arn": "arn:boundary",
    "key_arn": "arn:logs-key",
    "log_retention_days": 30,
}
PLAN = {"requests_per_second": 5, "burst": 10, "quota": 1000, "period": "day"}


@pytest.fixture
def made(record, place, workload):
    def make(**changes):
        args = {"placement": place, "workloads": {"ride-fare": workload}, **SHARED, **changes}
        return record(lambda: RestApi("rest", RestApiArgs.model_validate(args)))

    return make


def body(result):
    return json.loads(result.named("rest-api")["body"])


def policy(result):
    return {each["Sid"]: each for each in body(result)["x-amazon-apigateway-policy"]["Statement"]}


def test_a_request_is_held_against_the_models_contract(made):
    described = body(made())
    rows = described["components"]["schemas"]["RideFare"]["properties"]["instances"]["items"]

    assert rows["required"] == ["distance_km", "stops"]
    assert rows["properties"]["stops"]["type"] == "integer"
    assert rows["additionalProperties"] is False
    assert described["x-amazon-apigateway-request-validators"]["all"] == {
        "validateRequestBody": True,
        "validateRequestParameters": True,
    }


def test_aws_identities_call_it_by_default_and_only_this_accounts(made):
    result = made()
    operation = body(result)["paths"]["/v1/models/ride-fare/invocations"]["post"]

    assert operation["security"] == [{"sigv4": []}]
    assert policy(result)["Callers"]["Principal"] == {"AWS": ["arn:aws:iam::123456789012:root"]}


def test_tokens_of_a_pool_need_the_scope(made):
    result = made(tokens={"pool_arns": ["arn:pool"], "scopes": ["models/predict"]})
    described = body(result)

    assert described["paths"]["/v1/models/ride-fare/invocations"]["post"]["security"] == [
        {"cognito": ["models/predict"]}
    ]
    scheme = described["components"]["securitySchemes"]["cognito"]["x-amazon-apigateway-authorizer"]
    assert scheme == {"type": "cognito_user_pools", "providerARNs": ["arn:pool"]}
    assert policy(result)["Callers"]["Principal"] == "*"


def test_only_the_named_networks_may_call(made):
    statement = policy(made(networks=("203.0.113.0/24",)))["OnlyFromHere"]

    assert (statement["Effect"], statement["Condition"]) == (
        "Deny",
        {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
    )


def test_a_consumer_has_a_key_in_its_plan(made):
    result = made(plans={"gold": PLAN}, consumers={"ann": "gold"})

    assert result.named("rest-plan-gold")["quotaSettings"] == {"limit": 1000, "period": "DAY"}
    assert result.named("rest-plan-gold")["throttleSettings"] == {"rateLimit": 5, "burstLimit": 10}
    assert result.named("rest-consumer-ann")["usagePlanId"] == result.id("rest-plan-gold")
    assert body(result)["paths"]["/v1/models/ride-fare/invocations"]["post"]["security"] == [
        {"sigv4": [], "api_key": []}
    ]


def test_answers_are_kept_under_the_whole_row_and_encrypted(made):
    result = made(cache={"size_gb": "1.6", "seconds": {"ride-fare": 60}})
    settings = result.named("rest-ride-fare-cache")
    look = body(result)["paths"]["/v1/models/ride-fare/predictions"]["get"]

    assert settings["methodPath"] == "~1v1~1models~1ride-fare~1predictions/GET"
    assert settings["settings"]["cacheTtlInSeconds"] == 60
    assert settings["settings"]["cacheDataEncrypted"] is True
    assert settings["settings"]["unauthorizedCacheControlHeaderStrategy"] == "FAIL_WITH_403"
    assert look["x-amazon-apigateway-integration"]["cacheKeyParameters"] == [
        "method.request.querystring.distance_km",
        "method.request.querystring.stops",
    ]
    assert result.named("rest-stage")["cacheClusterSize"] == "1.6"


def test_without_kept_answers_there_is_no_cache_to_pay_for(made):
    result = made()

    assert result.named("rest-stage")["cacheClusterEnabled"] is False
    assert list(body(result)["paths"]) == ["/v1/models/ride-fare/invocations"]


def test_a_stage_is_traced_and_logged_and_no_request_is(made):
    result = made()
    stage, limits = result.named("rest-stage"), result.named("rest-limits")["settings"]

    assert stage["xrayTracingEnabled"] is True
    assert limits["dataTraceEnabled"] is False
    assert (limits["throttlingRateLimit"], limits["throttlingBurstLimit"]) == (20, 40)
    assert result.named("rest-execution-log")["kmsKeyId"] == "arn:logs-key"


def test_a_changed_description_is_deployed(made):
    before, after = (made(**changes).named("rest-deployment")["triggers"] for changes in ({}, {"burst": 40}))
    assert before == after
    for changes in ({"cache": {"size_gb": "0.5", "seconds": {"ride-fare": 60}}}, {"networks": ("203.0.113.0/24",)}):
        assert made(**changes).named("rest-deployment")["triggers"] != before


def test_the_function_reads_flags_where_there_are_some(made):
    result = made(flags=FlagReader(where="{}", arns={"ride-fare": "arn:flags"}))

    assert result.statements("rest-handler-policy")["ReadFlags"]["Resource"] == ["arn:flags"]
    assert result.named("rest-handler-function")["environment"]["variables"]["FLAGS"] == "{}"


@pytest.mark.parametrize("wrong", [{"plans": {"gold": PLAN}}, {"consumers": {"ann": "gold"}}])
def test_plans_and_consumers_belong_together(made, wrong):
    with pytest.raises(ValidationError, match="every consumer has one of the plans"):
        made(**wrong)


def test_a_firewall_blocks_counts_addresses_and_logs_nothing_secret(record, place):
    args = {
        "placement": place,
        "stage_arn": "arn:stage",
        "managed_rules": ["AWSManagedRulesCommonRuleSet"],
        "key_arn": "arn:logs-key",
        "log_retention_days": 30,
    }
    result = record(lambda: Firewall("firewall", FirewallArgs.model_validate(args)))
    limit, group = result.named("firewall-acl")["rules"]
    log = result.named("firewall-logging")

    assert limit["statement"]["rateBasedStatement"]["limit"] == 2000
    assert (limit["action"], group["overrideAction"]) == ({"block": {}}, {"none": {}})
    overridden = group["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    assert [each["name"] for each in overridden] == ["SizeRestrictions_BODY"]  # rows are longer than its 8 KB
    assert {"singleHeader": {"name": "authorization"}} in log["redactedFields"]
    assert {"queryString": {}} in log["redactedFields"]
    (kept,) = log["loggingFilter"]["filters"]
    assert (log["loggingFilter"]["defaultBehavior"], kept["behavior"]) == ("DROP", "KEEP")
    assert [each["actionCondition"]["action"] for each in kept["conditions"]] == ["BLOCK", "COUNT"]
    assert result.named("firewall-log")["name"] == "aws-waf-logs-mlops-test-firewall"
    assert result.named("firewall-association")["resourceArn"] == "arn:stage"


def test_the_accounts_role_for_logs_is_bounded(record, place):
    args = GatewayLogArgs(placement=place, permission_boundary_arn="arn:boundary")
    result = record(lambda: GatewayLog("gateway-log", args))

    assert result.named("gateway-log-role")["permissionsBoundary"] == "arn:boundary"
    assert result.named("gateway-log-account")["cloudwatchRoleArn"].endswith("mlops-test-gateway-log")
    # API Gateway names no account when it assumes a role.
    (trusted,) = json.loads(result.named("gateway-log-role")["assumeRolePolicy"])["Statement"]
    assert "Condition" not in trusted


def test_aws_identities_connect_to_a_socket_and_its_function_answers_them(record, place):
    args = SocketApiArgs.model_validate({"placement": place, "rows_at_once": 8, **SHARED})
    result = record(lambda: SocketApi("socket", args))
    variables = result.named("socket-handler-function")["environment"]["variables"]
    api = result.id("socket-api")

    routes = {each["routeKey"]: each["authorizationType"] for each in result.of("aws:apigatewayv2/route:Route")}
    assert routes == {"$connect": "AWS_IAM", "$default": "NONE", "$disconnect": "NONE", "predict": "NONE"}
    assert variables["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] == (
        f"https://{api}.execute-api.eu-west-1.amazonaws.com/socket"
    )
    statement = result.statements("socket-handler-policy")["AnswerConnections"]
    assert statement["Resource"].endswith("/socket/POST/@connections/*")
    assert result.goal("socket-deployment").inputs["triggers"].keys() == {"routes", "function"}
