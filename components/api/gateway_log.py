"""The role with which API Gateway writes the logs of REST and WebSocket APIs: one for an account and region."""

import pulumi
from pulumi_aws import apigateway
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import bare_trust
from components.roles import aws_policy, bounded_role

# The policy that AWS made for this: API Gateway tries it when the account is told, and refuses a narrower one.
WRITES = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"


class GatewayLogArgs(Args):
    placement: Placement
    permission_boundary_arn: pulumi.Input[str] = Field(description="Boundary of the role.")


class GatewayLog(Component):
    """Role, and the account's setting that names it. Where the account has one already, this is not for it."""

    account: apigateway.Account

    def __init__(self, name: str, args: GatewayLogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:api:GatewayLog", name, args.placement, opts)
        role = bounded_role(
            self,
            name,
            description="API Gateway writes the logs of its APIs",
            boundary_arn=args.permission_boundary_arn,
            trusted=bare_trust("apigateway"),
        )
        attached = aws_policy(self, role.name, WRITES, suffix="writes")
        self.account = apigateway.Account(
            f"{name}-account", cloudwatch_role_arn=role.arn, opts=self.child(depends_on=[attached])
        )
        self.register_outputs({})
