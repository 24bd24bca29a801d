"""People of one's own who label: where they sign in, and the team that gets the tasks."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import cognito, sagemaker
from pydantic import Field

from components.base import Args, Component, Placement

GROUP = "labellers"


class Members(Args):
    """A Cognito pool of people, and the client through which they sign in."""

    user_pool_id: pulumi.Input[str]
    client_id: pulumi.Input[str]


class WorkforceArgs(Args):
    placement: Placement
    existing_name: str | None = Field(
        default=None, description="The account's workforce in this region; by default one is created, and is the only."
    )
    existing_members: Members | None = Field(
        default=None, description="Where its members sign in; needed with `existing_name`, else a pool is created."
    )
    networks: Sequence[str] = Field(default=(), description="Ranges from which people may work; any by default.")
    topic_arn: pulumi.Input[str] = Field(description="Topic that tells the team of new tasks.")

    def model_post_init(self, _context: object) -> None:
        if (self.existing_name is None) != (self.existing_members is None):
            raise ValueError("existing_name and existing_members belong together: give both or neither")


class Workforce(Component):
    """A private workforce and its team. People are invited into the pool's group `labellers` by an administrator;
    nobody signs up, and everybody needs a second factor."""

    team_arn: pulumi.Output[str]

    def __init__(self, name: str, args: WorkforceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:labelling:Workforce", name, args.placement, opts)
        members = self._pool() if args.existing_members is None else args.existing_members
        group = cognito.UserGroup(
            f"{name}-group",
            name=args.placement.named(GROUP),
            description="People who label rows",
            user_pool_id=members.user_pool_id,
            opts=self.child(),
        )
        own = args.existing_name
        workforce = self._workforce(args, members).workforce_name if own is None else own
        team = sagemaker.Workteam(
            f"{name}-team",
            workteam_name=args.placement.named(GROUP),
            workforce_name=workforce,
            description="People who label rows",
            member_definitions=[
                {
                    "cognito_member_definition": {
                        "client_id": members.client_id,
                        "user_group": group.name,
                        "user_pool": members.user_pool_id,
                    }
                }
            ],
            notification_configuration={"notification_topic_arn": args.topic_arn},
            opts=self.child(),
        )
        self.team_arn = team.arn
        self.register_outputs({"team_arn": self.team_arn})

    def _pool(self) -> Members:
        place = self.placement
        pool = cognito.UserPool(
            f"{self.name}-pool",
            name=place.named(GROUP),
            admin_create_user_config={"allow_admin_create_user_only": True},
            username_attributes=["email"],
            auto_verified_attributes=["email"],
            # Sign-ins with leaked passwords are refused, which is what the tier is for; it is billed by person.
            user_pool_tier="PLUS",
            user_pool_add_ons={"advanced_security_mode": "ENFORCED"},
            mfa_configuration="ON",
            software_token_mfa_configuration={"enabled": True},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "temporary_password_validity_days": 3,
            },
            account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
            deletion_protection="ACTIVE" if place.protected else "INACTIVE",
            opts=self.stateful_child(),
        )
        # SageMaker signs people in on a page of Cognito's, with a secret of its own client.
        domain = cognito.UserPoolDomain(
            f"{self.name}-domain",
            domain=f"{place.named(GROUP)}-{place.account_id}",
            user_pool_id=pool.id,
            opts=self.guarding_child(),
        )
        client = cognito.UserPoolClient(
            f"{self.name}-client",
            name=place.named(GROUP),
            user_pool_id=domain.user_pool_id,
            generate_secret=True,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
            supported_identity_providers=["COGNITO"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            # SageMaker writes where its portal is when the workforce is made.
            opts=self.guarding_child(
                ignore_changes=[
                    "allowedOauthFlows",
                    "allowedOauthFlowsUserPoolClient",
                    "allowedOauthScopes",
                    "callbackUrls",
                    "logoutUrls",
                ]
            ),
        )
        return Members(user_pool_id=pool.id, client_id=client.id)

    def _workforce(self, args: WorkforceArgs, members: Members) -> sagemaker.Workforce:
        return sagemaker.Workforce(
            f"{self.name}-workforce",
            workforce_name=args.placement.named(GROUP),
            cognito_config={"client_id": members.client_id, "user_pool": members.user_pool_id},
            source_ip_config={"cidrs": list(args.networks)} if args.networks else None,
            opts=self.guarding_child(),
        )
