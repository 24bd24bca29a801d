"""A REST API in front of the models: what an HTTP API has not - keys, quotas, validation, kept answers, a firewall."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal, Self

import pulumi
from pulumi_aws import apigateway
from pydantic import Field, model_validator

from components.api.access_log import CALLER, access_log, execution_log
from components.api.alarm import failing
from components.api.answering import AnsweringArgs, answering, callable_by
from components.api.description import Described, Doors, described
from components.base import Args, Component
from components.functions.function import Function
from contracts.workload import Workload

STAGE = "live"
TIMEOUT_S = 28  # the API waits for 29
ACCESS_LOG = {
    **CALLER,
    "route": "$context.httpMethod $context.resourcePath",
    "subject": "$context.authorizer.claims.sub",
    "key": "$context.identity.apiKeyId",
    "integrationLatencyMs": "$context.integration.latency",
    "firewall": "$context.waf.status",
    "trace": "$context.xrayTraceId",
}


class Tokens(Args):
    """Whose tokens are believed."""

    pool_arns: Sequence[pulumi.Input[str]] = Field(min_length=1, description="Cognito user pools.")
    scopes: Sequence[str] = Field(min_length=1, description="Scopes of which a token must have one.")


class Plan(Args):
    """What a consumer may ask."""

    requests_per_second: int = Field(ge=1)
    burst: int = Field(ge=1)
    quota: int = Field(ge=1, description="Requests in a period.")
    period: Literal["day", "week", "month"] = Field(description="After which the quota is new.")


class Cache(Args):
    """Answers that are given again."""

    size_gb: str
    seconds: Mapping[str, int] = Field(min_length=1, description="How long an answer stays, by model.")


class RestApiArgs(AnsweringArgs):
    workloads: Mapping[str, Workload] = Field(min_length=1, description="Contracts of the models, by model.")
    tokens: Tokens | None = Field(default=None, description="Whose tokens are believed; AWS identities by default.")
    requests_per_second: int = Field(ge=1, description="Of a method, steadily.")
    burst: int = Field(ge=1, description="Of a method, at once.")
    plans: Mapping[str, Plan] = Field(default_factory=dict, description="Usage plans; without them, no keys.")
    consumers: Mapping[str, str] = Field(default_factory=dict, description="The plan of each consumer.")
    rotated: bool = Field(default=False, description="Consumers' keys are made by their rotation, and not here.")
    cache: Cache | None = Field(default=None, description="Answers that are given again; none by default.")
    networks: Sequence[str] = Field(default=(), description="Address ranges from which alone it may be called.")
    accounts: Sequence[str] = Field(default=(), description="Other accounts whose identities may call it.")

    @model_validator(mode="after")
    def _consumers_have_plans(self) -> Self:
        if set(self.consumers.values()) != self.plans.keys():
            raise ValueError("every consumer has one of the plans, and every plan has a consumer")
        return self


class RestApi(Component):
    """API from an OpenAPI description with its policy, deployment, stage, limits, cache, plans and keys.

    The function answers here as it does behind the other doors, so that flags, refusals and names of variants are the
    same on all of them. A direct integration with SageMaker's runtime would save a hop and know none of these.
    """

    url: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    plan_ids: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        args: RestApiArgs,
        opts: pulumi.ResourceOptions | None = None,
        account: apigateway.Account | None = None,
    ) -> None:
        """`account` is the setting that lets API Gateway write logs, where it is made here too."""
        super().__init__("estate:api:RestApi", name, args.placement, opts)
        function = answering(
            self,
            args,
            entry="doors.answer.handle",
            description="Answers the REST API's requests from the models' endpoints",
            timeout_seconds=TIMEOUT_S,
        )
        body = pulumi.Output.json_dumps(self._described(args, function), sort_keys=True, separators=(",", ":"))
        api = apigateway.RestApi(
            f"{name}-api",
            name=args.placement.named(name),
            description="Asks the models",
            body=body,
            put_rest_api_mode="overwrite",
            fail_on_warnings=True,
            endpoint_configuration={"types": "REGIONAL"},
            opts=self.child(),
        )
        callable_by(self, function, api.execution_arn)
        stage = self._stage(args, api, body, account)
        limits = self._limits(args, api, stage)
        self.plan_ids = self._plans(args, api, stage, limits)
        failing(
            self,
            "More than 1 % of the REST API's requests fail",
            "5XXError",
            {"ApiName": api.name, "Stage": stage.stage_name},
        )
        self.url, self.stage_arn = stage.invoke_url, stage.arn
        self.register_outputs({"url": self.url})

    def _described(self, args: RestApiArgs, function: Function) -> dict[str, object]:
        tokens = args.tokens
        return described(
            Doors(
                title=args.placement.named(self.name),
                workloads=args.workloads,
                function=function.invoke_arn,
                authorization="iam" if tokens is None else "cognito",
                pool_arns=() if tokens is None else tokens.pool_arns,
                scopes=() if tokens is None else tokens.scopes,
                keys=bool(args.plans),
                policy=_callers(args),
                cached=() if args.cache is None else tuple(sorted(args.cache.seconds)),
                timeout_ms=29_000,
            )
        )

    def _stage(
        self,
        args: RestApiArgs,
        api: apigateway.RestApi,
        body: pulumi.Output[str],
        account: apigateway.Account | None,
    ) -> apigateway.Stage:
        deployment = apigateway.Deployment(
            f"{self.name}-deployment",
            rest_api=api.id,
            triggers={"body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            opts=self.child(),
        )
        log = execution_log(self, args, pulumi.Output.concat("API-Gateway-Execution-Logs_", api.id, f"/{STAGE}"))
        return apigateway.Stage(
            f"{self.name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE,
            xray_tracing_enabled=True,
            access_log_settings=access_log(self, args, ACCESS_LOG),
            cache_cluster_enabled=args.cache is not None,
            cache_cluster_size=None if args.cache is None else args.cache.size_gb,
            opts=self.child(depends_on=[log, *([] if account is None else [account])]),
        )

    def _limits(
        self, args: RestApiArgs, api: apigateway.RestApi, stage: apigateway.Stage
    ) -> list[apigateway.MethodSettings]:
        """Of all methods, and of those whose answers are kept. Requests themselves are logged nowhere."""
        common = {
            "metrics_enabled": True,
            "logging_level": "ERROR",
            "data_trace_enabled": False,
            "throttling_rate_limit": float(args.requests_per_second),
            "throttling_burst_limit": args.burst,
        }
        kept = {} if args.cache is None else args.cache.seconds
        every = apigateway.MethodSettings(
            f"{self.name}-limits",
            rest_api=api.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings={**common, "caching_enabled": False},
            opts=self.child(),
        )
        return [
            every,
            *(
                apigateway.MethodSettings(
                    f"{self.name}-{model}-cache",
                    rest_api=api.id,
                    stage_name=stage.stage_name,
                    # As the API names it: the provider hands it on as it is.
                    method_path=f"~1v1~1models~1{model}~1predictions/GET",
                    settings={
                        **common,
                        "caching_enabled": True,
                        "cache_data_encrypted": True,
                        "cache_ttl_in_seconds": kept[model],
                        "require_authorization_for_cache_control": True,
                        "unauthorized_cache_control_header_strategy": "FAIL_WITH_403",
                    },
                    opts=self.child(depends_on=[every]),
                )
                for model in sorted(kept)
            ),
        ]

    def _plans(
        self,
        args: RestApiArgs,
        api: apigateway.RestApi,
        stage: apigateway.Stage,
        limits: list[apigateway.MethodSettings],
    ) -> dict[str, pulumi.Output[str]]:
        plans = {
            plan: apigateway.UsagePlan(
                f"{self.name}-plan-{plan}",
                name=args.placement.named(self.name, plan),
                description=f"What consumers of {plan} may ask",
                api_stages=[{"api_id": api.id, "stage": stage.stage_name}],
                quota_settings={"limit": wanted.quota, "period": wanted.period.upper()},
                throttle_settings={"rate_limit": float(wanted.requests_per_second), "burst_limit": wanted.burst},
                opts=self.child(depends_on=limits),
            )
            for plan, wanted in sorted(args.plans.items())
        }
        for consumer, plan in sorted(() if args.rotated else args.consumers.items()):
            key = apigateway.ApiKey(
                f"{self.name}-key-{consumer}",
                name=args.placement.named(self.name, consumer),
                description=f"Key of {consumer}",
                opts=self.child(),
            )
            apigateway.UsagePlanKey(
                f"{self.name}-consumer-{consumer}",
                key_id=key.id,
                key_type="API_KEY",
                usage_plan_id=plans[plan].id,
                # The key's value comes back here too, where the SDK does not take it for a secret.
                opts=self.child(additional_secret_outputs=["value"]),
            )
        return {plan: made.id for plan, made in plans.items()}


def _callers(args: RestApiArgs) -> list[Described]:
    """Who may reach the API at all, before anybody looks at a token or a signature."""
    place = args.placement
    accounts = [place.account_id, *args.accounts]
    principals = [f"arn:{place.partition}:iam::{account}:root" for account in accounts]
    found: list[Described] = [
        {
            "Sid": "Callers",
            "Effect": "Allow",
            # Bearers of tokens are no AWS identities: the authorizer decides about them.
            "Principal": {"AWS": principals} if args.tokens is None else "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/*",
        }
    ]
    if args.networks:
        found.append(
            {
                "Sid": "OnlyFromHere",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": "execute-api:/*",
                "Condition": {"NotIpAddress": {"aws:SourceIp": list(args.networks)}},
            }
        )
    return found
