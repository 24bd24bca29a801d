"""What users of a web console see: CloudWatch RUM, and the guest that their browsers report as."""

import json

import pulumi
from pulumi_aws import cognito, rum
from pydantic import Field

from components.base import Args, Component, Placement
from components.roles import bounded_role, inline_policy


class RealUsersArgs(Args):
    placement: Placement
    domain: str = Field(description="Where the console is; browsers elsewhere are not heard.")
    sampled_share: float = Field(gt=0, le=1, description="Share of the sessions.")
    cookies: bool = Field(default=False, description="Recognise a visitor who comes back.")
    permission_boundary_arn: pulumi.Input[str]


class RealUsers(Component):
    """An app monitor, an identity pool of guests, and a role of theirs that may report to this monitor only."""

    monitor: pulumi.Output[str]

    def __init__(self, name: str, args: RealUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:synthetics:RealUsers", name, args.placement, opts)
        place = args.placement
        physical = place.named("console")
        pool = cognito.IdentityPool(
            f"{name}-guests",
            identity_pool_name=physical,
            allow_unauthenticated_identities=True,  # a browser reports before anybody has signed in
            opts=self.child(),
        )
        role = bounded_role(
            self,
            "console-guests",
            description="Browsers that report what they see",
            boundary_arn=args.permission_boundary_arn,
            trusted=pool.id.apply(_guests),
        )
        policy = inline_policy(
            self,
            role.name,
            "report",
            {
                "Sid": "Report",
                "Effect": "Allow",
                "Action": "rum:PutRumEvents",
                "Resource": place.arn("rum", f"appmonitor/{physical}"),
            },
        )
        guests = cognito.IdentityPoolRoleAttachment(
            f"{name}-guest-role", identity_pool_id=pool.id, roles={"unauthenticated": role.arn}, opts=self.child()
        )
        monitor = rum.AppMonitor(
            f"{name}-monitor",
            name=physical,
            domain=args.domain,
            cw_log_enabled=False,  # its log group would be made by AWS, in clear
            app_monitor_configuration={
                "allow_cookies": args.cookies,
                "enable_xray": True,
                # Without the role's name: a web client that is told it asks by Cognito's classic flow, which the pool
                # refuses, and not by the enhanced one, whose role the pool itself knows.
                "identity_pool_id": pool.id,
                "session_sample_rate": args.sampled_share,
                "telemetries": ["errors", "http", "performance"],
            },
            opts=self.child(depends_on=[policy, guests]),
        )
        self.monitor = monitor.name
        self.register_outputs({"monitor": self.monitor})


def _guests(pool: str) -> str:
    """Trust in guests of this pool, and in nobody who has signed in."""
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"},
                    },
                }
            ],
        },
        separators=(",", ":"),
    )
