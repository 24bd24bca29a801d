"""A Cognito user pool: the issuer of the tokens with which applications and people call the models."""

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_aws import cognito
from pydantic import Field

from components.base import Args, Component, Placement

SERVER, SCOPE = "models", "predict"
SCOPES = (f"{SERVER}/{SCOPE}",)  # what a token must be good for
THREATS = {"off": "OFF", "audit": "AUDIT", "enforced": "ENFORCED"}


class Client(Args):
    """An application that calls."""

    kind: Literal["service", "people"] = Field(default="service", description="Who asks for its tokens.")
    callbacks: tuple[str, ...] = Field(default=(), description="Where people come back to; for kind people.")
    token_minutes: int = Field(default=60, ge=5, le=1440, description="How long a token is good.")


class TokenIssuerArgs(Args):
    placement: Placement
    clients: Mapping[str, Client] = Field(min_length=1, description="Applications that may call, by name.")
    threat_protection: Literal["off", "audit", "enforced"] = Field(
        default="enforced", description="Cognito's own check of sign-ins; it needs, and bills, the tier Plus."
    )


class TokenIssuer(Component):
    """User pool, the scope `models/predict`, a domain that hands tokens out, and an application a client.

    Services show an id and a secret, which Cognito keeps. People are invited, sign in with a password and a second
    factor from an application on their own device, and their page has no secret. Nobody signs up by himself.
    """

    issuer: pulumi.Output[str]
    pool_arn: pulumi.Output[str]
    tokens: pulumi.Output[str]
    audience: list[pulumi.Output[str]]

    def __init__(self, name: str, args: TokenIssuerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:callers:TokenIssuer", name, args.placement, opts)
        place = args.placement
        pool = self._pool(args)
        server = cognito.ResourceServer(
            f"{name}-server",
            user_pool_id=pool.id,
            identifier=SERVER,
            name=SERVER,
            scopes=[{"scope_name": SCOPE, "scope_description": "Ask the models"}],
            opts=self.child(),
        )
        domain = cognito.UserPoolDomain(
            f"{name}-domain",
            domain=place.named(place.account_id),  # one name for all accounts of a region
            user_pool_id=pool.id,
            opts=self.child(),
        )
        self.audience = [self._client(client, args.clients[client], pool, server).id for client in sorted(args.clients)]
        self.issuer = pulumi.Output.concat("https://", pool.endpoint)
        self.pool_arn = pool.arn
        self.tokens = pulumi.Output.concat(
            "https://", domain.domain, f".auth.{place.region}.amazoncognito.com/oauth2/token"
        )
        self.register_outputs({"issuer": self.issuer, "tokens": self.tokens})

    def _pool(self, args: TokenIssuerArgs) -> cognito.UserPool:
        protected = args.threat_protection != "off"
        return cognito.UserPool(
            f"{self.name}-pool",
            name=args.placement.named(self.name),
            user_pool_tier="PLUS" if protected else "ESSENTIALS",
            user_pool_add_ons={"advanced_security_mode": THREATS[args.threat_protection]},
            deletion_protection="ACTIVE" if args.placement.protected else "INACTIVE",
            admin_create_user_config={"allow_admin_create_user_only": True},
            username_attributes=["email"],
            username_configuration={"case_sensitive": False},
            auto_verified_attributes=["email"],
            account_recovery_setting={"recovery_mechanisms": [{"name": "verified_email", "priority": 1}]},
            mfa_configuration="ON",
            software_token_mfa_configuration={"enabled": True},
            password_policy={
                "minimum_length": 14,
                "require_lowercase": True,
                "require_numbers": True,
                "require_symbols": True,
                "require_uppercase": True,
                "password_history_size": 5 if protected else None,
                "temporary_password_validity_days": 1,
            },
            opts=self.stateful_child(),
        )

    def _client(
        self, name: str, wanted: Client, pool: cognito.UserPool, server: cognito.ResourceServer
    ) -> cognito.UserPoolClient:
        service = wanted.kind == "service"
        return cognito.UserPoolClient(
            f"{self.name}-{name}",
            name=name,
            user_pool_id=pool.id,
            generate_secret=service,
            allowed_oauth_flows_user_pool_client=True,
            allowed_oauth_flows=["client_credentials"] if service else ["code"],
            allowed_oauth_scopes=list(SCOPES) if service else ["openid", *SCOPES],
            supported_identity_providers=None if service else ["COGNITO"],
            callback_urls=list(wanted.callbacks) or None,
            explicit_auth_flows=["ALLOW_REFRESH_TOKEN_AUTH"],
            prevent_user_existence_errors="ENABLED",
            enable_token_revocation=True,
            access_token_validity=wanted.token_minutes,
            id_token_validity=wanted.token_minutes,
            refresh_token_validity=1,
            token_validity_units={"access_token": "minutes", "id_token": "minutes", "refresh_token": "days"},
            # Cognito refuses scopes that no server of the pool has.
            opts=self.child(depends_on=[server]),
        )
