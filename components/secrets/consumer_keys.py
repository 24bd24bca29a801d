"""API keys of consumers: made, handed over in secrets, and changed every so often."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import lambda_
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement
from components.functions.function import Function, FunctionArgs
from components.secrets.rotating_secret import RotatingSecret, RotatingSecretArgs

TIMEOUT_S = 60


class ConsumerKeysArgs(Args):
    placement: Placement
    api: str = Field(description="Name of the API in the names of its keys, such as `rest`.")
    plans: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="ID of each consumer's usage plan.")
    days: int = Field(ge=1, le=1000, description="Days after which a consumer has another key.")
    code: Mapping[str, str] = Field(min_length=1, description="Files of the function's archive by path.")
    secrets_key_arn: pulumi.Input[str] = Field(description="KMS key of the keys' values.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Boundary of the function's role.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the function's log and environment.")
    log_retention_days: int = Field(ge=1)


class ConsumerKeys(Component):
    """One function, and one secret a consumer, `<prefix>-<api>-key-<consumer>`.

    A consumer's key of before works until the next rotation. What the function made, it removes when the consumer goes:
    API keys that Pulumi knows nothing of would stay behind.
    """

    secrets: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ConsumerKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:secrets:ConsumerKeys", name, args.placement, opts)
        names = f"{args.placement.prefix}-{args.api}-key-"
        function = Function(
            f"{name}-rotation",
            FunctionArgs(
                placement=args.placement,
                subject=f"{args.api}-key-rotation",
                description="Gives consumers of the API new keys",
                code=args.code,
                entry="rotate.handle",
                timeout_seconds=TIMEOUT_S,
                permissions=_permissions(args, names),
                environment={
                    "NAMES": names,
                    "PLANS": pulumi.Output.json_dumps(dict(args.plans), sort_keys=True),
                    "KEY_DESCRIPTION": "Key of {consumer}; its value is in the secret of the same name",
                },
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
            ),
            self.child(),
        )
        self.secrets = {}
        for consumer in sorted(args.plans):
            secret = RotatingSecret(
                f"{name}-{consumer}",
                RotatingSecretArgs(
                    placement=args.placement,
                    physical_name=f"{names}{consumer}",
                    description=f"API key of {consumer}",
                    key_arn=args.secrets_key_arn,
                    function=function.function,
                    function_arn=function.arn,
                    days=args.days,
                ),
                self.child(),
            )
            lambda_.Invocation(
                f"{name}-{consumer}-plan",
                function_name=function.function,
                input=pulumi.Output.json_dumps({"consumer": consumer, "plan": args.plans[consumer]}),
                lifecycle_scope="CRUD",
                # It goes before the rotation does, so that no rotation makes a key that nobody removes.
                opts=self.child(depends_on=[secret.rotation]),
            )
            self.secrets[consumer] = secret.arn
        self.register_outputs({"secrets": self.secrets})


def _permissions(args: ConsumerKeysArgs, names: str) -> list[Statement]:
    place = args.placement
    gateway = f"arn:{place.partition}:apigateway:{place.region}::"
    return [
        {
            "Sid": "RotateSecrets",
            "Effect": "Allow",
            "Action": [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            "Resource": place.arn("secretsmanager", f"secret:{names}*"),
        },
        {"Sid": "DrawPasswords", "Effect": "Allow", "Action": "secretsmanager:GetRandomPassword", "Resource": "*"},
        {
            "Sid": "EncryptSecrets",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": args.secrets_key_arn,
            "Condition": {"StringEquals": {"kms:ViaService": f"secretsmanager.{place.region}.amazonaws.com"}},
        },
        {
            "Sid": "MakeKeys",
            "Effect": "Allow",
            "Action": ["apigateway:GET", "apigateway:POST"],
            "Resource": [f"{gateway}/apikeys", f"{gateway}/usageplans/*/keys"],
        },
        {
            "Sid": "LookAtAndRemoveKeys",
            "Effect": "Allow",
            "Action": ["apigateway:DELETE", "apigateway:GET"],
            "Resource": [f"{gateway}/apikeys/*", f"{gateway}/usageplans/*/keys/*"],
        },
    ]
