"""A WebSocket API in front of the models: one connection, many requests, each answered in parts as they are ready."""

import hashlib
import json

import pulumi
from pulumi_aws import apigateway, apigatewayv2, cloudwatch
from pydantic import Field

from components.api.access_log import CALLER, access_log, execution_log
from components.api.answering import AnsweringArgs, answering, callable_by
from components.base import Component
from components.signals import Signal, alarm_name

STAGE = "socket"  # not as the REST API's, so that addresses, logs and alarms tell which door they are of
TIMEOUT_S = 28  # the API waits for 29, whatever was sent over the connection meanwhile
ROUTES = ("$connect", "$default", "$disconnect", "predict")
ACCESS_LOG = {
    **{name: variable for name, variable in CALLER.items() if name not in ("bytes", "latencyMs")},
    "route": "$context.routeKey",
    "event": "$context.eventType",
    "connection": "$context.connectionId",
    "integrationLatencyMs": "$context.integrationLatency",
}


class SocketApiArgs(AnsweringArgs):
    requests_per_second: int = Field(ge=1, description="Messages of a route, steadily.")
    burst: int = Field(ge=1, description="Messages of a route, at once.")
    rows_at_once: int = Field(default=16, ge=1, description="Rows that one part of an answer is about.")


class SocketApi(Component):
    """API, function, routes, and a stage with limits and an access log.

    AWS identities connect, with a signed request; what comes over the connection is theirs. No table of connections is
    kept: an answer goes back to the connection that asked, whose id is in its message, and nobody else is told.
    """

    url: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: SocketApiArgs,
        opts: pulumi.ResourceOptions | None = None,
        account: apigateway.Account | None = None,
    ) -> None:
        """`account` is the setting that lets API Gateway write logs, where it is made here too."""
        super().__init__("estate:api:SocketApi", name, args.placement, opts)
        api = apigatewayv2.Api(
            f"{name}-api",
            name=args.placement.named(name),
            description="Asks the models, answered in parts",
            protocol_type="WEBSOCKET",
            route_selection_expression="$request.body.action",
            opts=self.child(),
        )
        function = answering(
            self,
            args,
            entry="doors.live.handle",
            description="Answers the WebSocket API's messages from the models' endpoints",
            timeout_seconds=TIMEOUT_S,
            environment={
                # botocore sends the calls of this one service there: the connections are the API's own.
                "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": pulumi.Output.concat(
                    "https://", api.id, f".execute-api.{args.placement.region}.{_suffix(args)}/{STAGE}"
                ),
                "ROWS_AT_ONCE": str(args.rows_at_once),
            },
            permissions=[
                {
                    "Sid": "AnswerConnections",
                    "Effect": "Allow",
                    "Action": "execute-api:ManageConnections",
                    "Resource": pulumi.Output.concat(api.execution_arn, f"/{STAGE}/POST/@connections/*"),
                }
            ],
        )
        callable_by(self, function, api.execution_arn)
        integration = apigatewayv2.Integration(
            f"{name}-integration",
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_method="POST",
            integration_uri=function.invoke_arn,
            timeout_milliseconds=29_000,
            opts=self.child(),
        )
        stage = self._stage(args, api, self._routes(api, integration), function.invoke_arn, account)
        self._alarm(args, api, stage)
        self.url = pulumi.Output.concat(api.api_endpoint, "/", stage.name)
        self.register_outputs({"url": self.url})

    def _routes(self, api: apigatewayv2.Api, integration: apigatewayv2.Integration) -> list[apigatewayv2.Route]:
        """Who may talk is asked once, when a connection is made: AWS knows of no other place for it."""
        return [
            apigatewayv2.Route(
                f"{self.name}-{key.removeprefix('$')}",
                api_id=api.id,
                route_key=key,
                authorization_type="AWS_IAM" if key == "$connect" else "NONE",
                target=pulumi.Output.concat("integrations/", integration.id),
                opts=self.child(),
            )
            for key in ROUTES
        ]

    def _stage(
        self,
        args: SocketApiArgs,
        api: apigatewayv2.Api,
        routes: list[apigatewayv2.Route],
        function: pulumi.Output[str],
        account: apigateway.Account | None,
    ) -> apigatewayv2.Stage:
        text = json.dumps({"routes": ROUTES, "timeout": TIMEOUT_S}).encode()
        deployment = apigatewayv2.Deployment(
            f"{self.name}-deployment",
            api_id=api.id,
            description="Routes of the models",
            triggers={"routes": hashlib.sha256(text).hexdigest(), "function": function},
            opts=self.child(depends_on=routes),
        )
        log = execution_log(self, args, pulumi.Output.concat("/aws/apigateway/", api.id, f"/{STAGE}"))
        return apigatewayv2.Stage(
            f"{self.name}-stage",
            api_id=api.id,
            name=STAGE,
            deployment_id=deployment.id,
            access_log_settings=access_log(self, args, ACCESS_LOG),
            default_route_settings={
                "detailed_metrics_enabled": True,
                "data_trace_enabled": False,
                "logging_level": "ERROR",
                "throttling_rate_limit": float(args.requests_per_second),
                "throttling_burst_limit": args.burst,
            },
            opts=self.child(depends_on=[log, *([] if account is None else [account])]),
        )

    def _alarm(self, args: SocketApiArgs, api: apigatewayv2.Api, stage: apigatewayv2.Stage) -> None:
        cloudwatch.MetricAlarm(
            f"{self.name}-{Signal.ERRORS}",
            name=alarm_name(args.placement, Signal.ERRORS, self.name),
            alarm_description="The WebSocket API's function fails",
            namespace="AWS/ApiGateway",
            metric_name="IntegrationError",
            dimensions={"ApiId": api.id, "Stage": stage.name},
            statistic="Sum",
            period=60,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )


def _suffix(args: SocketApiArgs) -> str:
    return "amazonaws.com.cn" if args.placement.partition == "aws-cn" else "amazonaws.com"
