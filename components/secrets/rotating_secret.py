"""A secret whose value is made, and made anew, by a function."""

import pulumi
from pulumi_aws import lambda_, secretsmanager
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document


class RotatingSecretArgs(Args):
    placement: Placement
    physical_name: str = Field(description="Its name in Secrets Manager.", pattern=r"^[\w/+=.@-]+$", max_length=480)
    description: str
    key_arn: pulumi.Input[str] = Field(description="KMS key of its values.")
    function: pulumi.Input[str] = Field(description="Name of the function that rotates it.")
    function_arn: pulumi.Input[str]
    days: int = Field(ge=1, le=1000, description="Days after which it has another value.")


class RotatingSecret(Component):
    """A secret, its policy and its rotation, the first of which gives it a value: Pulumi's state never holds one.

    Nobody outside the account reads it, whatever else allows it. Where the environment is protected, a secret that is
    removed can be had back for 30 days; elsewhere it is gone at once, so that its name is free again.
    """

    arn: pulumi.Output[str]
    rotation: secretsmanager.SecretRotation

    def __init__(self, name: str, args: RotatingSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:secrets:RotatingSecret", name, args.placement, opts)
        place = args.placement
        secret = secretsmanager.Secret(
            f"{name}-secret",
            name=args.physical_name,
            description=args.description,
            kms_key_id=args.key_arn,
            recovery_window_in_days=30 if place.protected else 0,
            opts=self.child(),
        )
        policy = secretsmanager.SecretPolicy(
            f"{name}-policy",
            secret_arn=secret.arn,
            block_public_policy=True,
            policy=document(
                {
                    "Sid": "OnlyThisAccount",
                    "Effect": "Deny",
                    "Principal": {"AWS": "*"},
                    "Action": "secretsmanager:*",
                    "Resource": "*",
                    "Condition": {"StringNotEquals": {"aws:PrincipalAccount": place.account_id}},
                }
            ),
            opts=self.child(),
        )
        callable_by_it = lambda_.Permission(
            f"{name}-rotates",
            function=args.function,
            action="lambda:InvokeFunction",
            principal="secretsmanager.amazonaws.com",
            source_account=place.account_id,
            source_arn=secret.arn,
            opts=self.child(),
        )
        self.rotation = secretsmanager.SecretRotation(
            f"{name}-rotation",
            secret_id=secret.id,
            rotation_lambda_arn=args.function_arn,
            rotate_immediately=True,
            rotation_rules={"automatically_after_days": args.days},
            # The first rotation starts at once, and Secrets Manager refuses a function that it may not call.
            opts=self.child(depends_on=[callable_by_it, policy]),
        )
        self.arn = secret.arn
        self.register_outputs({"arn": self.arn})
