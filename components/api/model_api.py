"""One HTTP API in front of the models: a route a model, who may call it, and how often."""

from collections.abc import Sequence
from typing import Literal, Self

import pulumi
from pulumi_aws import apigatewayv2
from pydantic import Field, model_validator

from components.api.access_log import CALLER, access_log
from components.api.alarm import failing
from components.api.answering import AnsweringArgs, answering, callable_by
from components.api.domain import Domain, custom_domain
from components.base import Args, Component
from components.functions.function import Function

TIMEOUT_S = 28  # the API waits for 30
STAGE = "$default"
ACCESS_LOG = {
    **CALLER,
    "route": "$context.routeKey",
    "subject": "$context.authorizer.claims.sub",
    "integrationLatencyMs": "$context.integrationLatency",
}


class Jwt(Args):
    """Whose tokens are believed."""

    issuer: pulumi.Input[str]
    audience: Sequence[pulumi.Input[str]] = Field(min_length=1)
    scopes: tuple[str, ...] = ()


class Cors(Args):
    """Which web pages may call the API."""

    origins: tuple[str, ...] = Field(min_length=1)
    max_age_seconds: int = 300


class ModelApiArgs(AnsweringArgs):
    authorization: Literal["iam", "jwt"] = Field(default="iam", description="Who may call.")
    jwt: Jwt | None = Field(default=None, description="Whose tokens are believed; for authorization jwt.")
    requests_per_second: int = Field(ge=1, description="A model's requests, steadily.")
    burst: int = Field(ge=1, description="A model's requests at once.")
    cors: Cors | None = Field(default=None, description="Web pages that may call it; none by default.")
    domain: Domain | None = Field(default=None, description="A name of one's own; AWS's by default.")

    @model_validator(mode="after")
    def _tokens_are_for_jwt(self) -> Self:
        if (self.authorization == "jwt") != (self.jwt is not None):
            raise ValueError(f"authorization {self.authorization} and jwt do not fit")
        return self


class ModelApi(Component):
    """API, function, one route a model, a stage with limits and an access log, and an alarm on its errors."""

    url: pulumi.Output[str]

    def __init__(self, name: str, args: ModelApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:api:ModelApi", name, args.placement, opts)
        function = answering(
            self,
            args,
            entry="doors.answer.handle",
            description="Answers the API's requests from the models' endpoints",
            timeout_seconds=TIMEOUT_S,
        )
        api = apigatewayv2.Api(
            f"{name}-api",
            name=args.placement.named(name),
            description="Asks the models",
            protocol_type="HTTP",
            disable_execute_api_endpoint=args.domain is not None,
            cors_configuration=None
            if args.cors is None
            else {
                "allow_origins": list(args.cors.origins),
                "allow_methods": ["POST"],
                "allow_headers": ["authorization", "content-type"],
                "expose_headers": ["x-model-variant"],
                "max_age": args.cors.max_age_seconds,
                "allow_credentials": False,
            },
            opts=self.child(),
        )
        routes = self._routes(args, api, function)
        stage = self._stage(args, api, list(routes.values()))
        failing(self, "More than 1 % of the API's requests fail", "5xx", {"ApiId": api.id})
        self.url = api.api_endpoint
        if args.domain is not None:
            self.url = custom_domain(self, args.domain, api.id, stage.name)
        self.register_outputs({"url": self.url})

    def _routes(self, args: ModelApiArgs, api: apigatewayv2.Api, function: Function) -> dict[str, apigatewayv2.Route]:
        callable_by(self, function, api.execution_arn)
        integration = apigatewayv2.Integration(
            f"{self.name}-integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.arn,
            payload_format_version="2.0",
            timeout_milliseconds=30_000,
            opts=self.child(),
        )
        authorizer = self._authorizer(args.jwt, api) if args.jwt is not None else None
        scopes = list(args.jwt.scopes) if args.jwt is not None else []
        return {
            model: apigatewayv2.Route(
                f"{self.name}-{model}",
                api_id=api.id,
                route_key=route_key(model),
                authorization_type="JWT" if authorizer is not None else "AWS_IAM",
                authorizer_id=authorizer.id if authorizer is not None else None,
                authorization_scopes=scopes or None,
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=self.child(),
            )
            for model in sorted(args.endpoints)
        }

    def _authorizer(self, jwt: Jwt, api: apigatewayv2.Api) -> apigatewayv2.Authorizer:
        return apigatewayv2.Authorizer(
            f"{self.name}-authorizer",
            name=self.placement.named(self.name, "jwt"),
            api_id=api.id,
            authorizer_type="JWT",
            identity_sources=["$request.header.Authorization"],
            jwt_configuration={"issuer": jwt.issuer, "audiences": list(jwt.audience)},
            opts=self.child(),
        )

    def _stage(self, args: ModelApiArgs, api: apigatewayv2.Api, routes: list[apigatewayv2.Route]) -> apigatewayv2.Stage:
        limits = {
            "throttling_rate_limit": float(args.requests_per_second),
            "throttling_burst_limit": args.burst,
        }
        return apigatewayv2.Stage(
            f"{self.name}-stage",
            api_id=api.id,
            name=STAGE,
            auto_deploy=True,
            access_log_settings=access_log(self, args, ACCESS_LOG),
            default_route_settings={"detailed_metrics_enabled": True, **limits},
            route_settings=[
                {"route_key": route_key(model), "detailed_metrics_enabled": True, **limits}
                for model in sorted(args.endpoints)
            ],
            # A stage's limits name routes, which must be there.
            opts=self.child(depends_on=routes),
        )


def route_key(model: str) -> str:
    """The route that asks a model, as API Gateway names it."""
    return f"POST /v1/models/{model}/invocations"
