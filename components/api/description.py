"""A REST API as OpenAPI describes it to API Gateway: paths, who may call them, and what a request must look like."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pydantic import Field

from components.base import Args
from contracts.workload import Feature, Workload

Described = dict[str, Any]  # OpenAPI's own, nested as it is

KEY, IAM, COGNITO = "api_key", "sigv4", "cognito"
AUTHTYPES = {"iam": IAM, "cognito": COGNITO}


class Doors(Args):
    """What a REST API's description is made of."""

    title: str
    workloads: Mapping[str, Workload] = Field(min_length=1, description="Contracts of the models behind it.")
    function: pulumi.Input[str] = Field(description="Invocation URI of the function that answers.")
    authorization: str = Field(description="`iam` or `cognito`.")
    pool_arns: Sequence[pulumi.Input[str]] = Field(default=(), description="User pools, for cognito.")
    scopes: Sequence[str] = Field(default=(), description="Scopes of which a token must have one.")
    keys: bool = Field(description="Whether every call needs an API key.")
    policy: Sequence[Described] = Field(min_length=1, description="Who may reach it at all.")
    cached: Sequence[str] = Field(default=(), description="Models that are asked by GET too, and answered from memory.")
    timeout_ms: int = Field(description="How long the function is waited for.")


def described(doors: Doors) -> Described:
    """The description: `POST /v1/models/<model>/invocations`, and `GET .../predictions` where answers are kept."""
    paths: Described = {}
    for model in sorted(doors.workloads):
        base = f"/v1/models/{model}"
        paths[f"{base}/invocations"] = {"post": _invocations(doors, model)}
        if model in doors.cached:
            paths[f"{base}/predictions"] = {"get": _predictions(doors, model)}
    return {
        "openapi": "3.0.1",
        "info": {"title": doors.title, "version": "1"},
        "paths": paths,
        # Here and not on the API itself: what a policy says holds once it is deployed, as all of this is together, and
        # AWS gives an API's policy back with other resources than it was given, which looks like a change each time.
        "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": list(doors.policy)},
        "components": {
            "schemas": {schema_name(model): request_schema(each) for model, each in sorted(doors.workloads.items())},
            "securitySchemes": _schemes(doors),
        },
        "x-amazon-apigateway-api-key-source": "HEADER",
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        "x-amazon-apigateway-request-validator": "all",
        # What a validator found has quotes of its own, which no template can escape: it is text, for who accepts text.
        "x-amazon-apigateway-gateway-responses": {
            "BAD_REQUEST_BODY": {
                "statusCode": 400,
                "responseTemplates": {
                    "application/json": '{"error": $context.error.messageString}',
                    "text/plain": "$context.error.validationErrorString",
                },
            }
        },
    }


def schema_name(model: str) -> str:
    """API Gateway takes letters and digits only."""
    return "".join(part.capitalize() for part in model.split("-"))


def request_schema(workload: Workload) -> Described:
    """What a request of the model must look like, from its contract; the host checks the values themselves."""
    row = {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, feature in workload.features.items() if not feature.nullable],
        "properties": {name: _value(feature) for name, feature in workload.features.items()},
    }
    return {
        "type": "object",
        "required": ["instances"],
        "properties": {"instances": {"type": "array", "minItems": 1, "items": row}},
    }


def _value(feature: Feature) -> Described:
    # OpenAPI 3.0 has no type that may be null: a value that may be missing has none here.
    kind = {} if feature.nullable else {"type": feature.type.value}
    return {**kind, "description": feature.description}


def _invocations(doors: Doors, model: str) -> Described:
    return {
        "operationId": f"ask{schema_name(model)}",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema_name(model)}"}}},
        },
        **_called(doors, ()),
    }


def _predictions(doors: Doors, model: str) -> Described:
    """One row in the query, which is what an answer is kept under: API Gateway never looks at a body for that."""
    features = doors.workloads[model].features
    return {
        "operationId": f"look{schema_name(model)}",
        "parameters": [
            {"name": name, "in": "query", "required": not feature.nullable, "schema": {"type": "string"}}
            for name, feature in features.items()
        ],
        **_called(doors, tuple(features)),
    }


def _called(doors: Doors, kept_under: Sequence[str]) -> Described:
    scheme = AUTHTYPES[doors.authorization]
    needs: Described = {scheme: list(doors.scopes) if scheme == COGNITO else []}
    if doors.keys:
        needs[KEY] = []
    integration: Described = {
        "type": "aws_proxy",
        "httpMethod": "POST",
        "uri": doors.function,
        "timeoutInMillis": doors.timeout_ms,
        "passthroughBehavior": "when_no_match",
    }
    if kept_under:
        integration["cacheKeyParameters"] = [f"method.request.querystring.{name}" for name in kept_under]
    answers = {"200": {"description": "The model's answer"}}
    return {"responses": answers, "security": [needs], "x-amazon-apigateway-integration": integration}


def _schemes(doors: Doors) -> Described:
    header = {"type": "apiKey", "name": "Authorization", "in": "header"}
    schemes: Described = {}
    if doors.authorization == "iam":
        schemes[IAM] = {**header, "x-amazon-apigateway-authtype": "awsSigv4"}
    else:
        schemes[COGNITO] = {
            **header,
            "x-amazon-apigateway-authtype": "cognito_user_pools",
            "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": list(doors.pool_arns)},
        }
    if doors.keys:
        schemes[KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    return schemes
