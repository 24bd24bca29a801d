"""A Lambda function that is called and waited for: its role, its log, an alarm on its errors."""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, document, trust
from components.names import Limit
from components.signals import Signal, alarm_name


class FunctionArgs(Args):
    placement: Placement
    subject: str = Field(description="What it is, such as `api`; names everything of it.")
    description: str
    code: Mapping[str, str] = Field(min_length=1, description="Files of its archive by path.")
    entry: str = Field(description="Its handler, such as `answer.handle`.")
    timeout_seconds: int = Field(ge=1, le=900)
    memory_mb: int = Field(default=256, ge=128, le=10240)
    environment: Mapping[str, pulumi.Input[str]] = Field(description="What it is told.")
    permissions: Sequence[Mapping[str, object]] = Field(description="What it may do besides writing its log.")
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of log and environment.")
    log_retention_days: int = Field(ge=1)
    dead_letters_arn: pulumi.Input[str] | None = Field(
        default=None, description="Queue of events that it could not take; none where its caller hears of failures."
    )


class Function(Component):
    """A function that does one thing, as a role that may do nothing else."""

    function: pulumi.Output[str]
    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:functions:Function", name, args.placement, opts)
        place = args.placement
        physical = place.named(args.subject, limit=Limit.LAMBDA)
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/lambda/{physical}",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        role, policy = self._role(args, log)
        letters = args.dead_letters_arn
        function = lambda_.Function(
            f"{name}-function",
            name=physical,
            description=args.description,
            runtime=lambda_.Runtime.PYTHON3D13,
            architectures=["arm64"],
            handler=args.entry,
            code=pulumi.AssetArchive({file: pulumi.StringAsset(text) for file, text in sorted(args.code.items())}),
            role=role.arn,
            timeout=args.timeout_seconds,
            memory_size=args.memory_mb,
            environment={"variables": dict(args.environment)},
            kms_key_arn=args.key_arn,
            dead_letter_config=None if letters is None else {"target_arn": letters},
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": log.name},
            # Lambda refuses a dead-letter queue to which the role may not send.
            opts=self.child(depends_on=[policy]),
        )
        cloudwatch.MetricAlarm(
            f"{name}-{Signal.HANDLER_ERRORS}",
            name=alarm_name(place, Signal.HANDLER_ERRORS, args.subject),
            alarm_description=f"{args.subject}: an invocation failed",
            namespace="AWS/Lambda",
            metric_name="Errors",
            dimensions={"FunctionName": function.name},
            statistic="Sum",
            period=60,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )
        self.function, self.arn, self.invoke_arn = function.name, function.arn, function.invoke_arn
        self.register_outputs({"function": self.function})

    def _role(self, args: FunctionArgs, log: cloudwatch.LogGroup) -> tuple[iam.Role, iam.RolePolicy]:
        place = args.placement
        role = iam.Role(
            f"{self.name}-role",
            name=place.named(args.subject, limit=Limit.IAM_ROLE),
            path=place.path,
            description=args.description,
            permissions_boundary=args.permission_boundary_arn,
            assume_role_policy=trust(place, "lambda"),
            opts=self.child(),
        )
        own: list[Statement] = [
            {
                "Sid": "WriteLog",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": pulumi.Output.concat(log.arn, ":*"),
            },
            {
                # Its environment and what it leaves in queues are encrypted in its name.
                "Sid": "UseKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.key_arn,
            },
            {
                # Traces have no ARN.
                "Sid": "Trace",
                "Effect": "Allow",
                "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                "Resource": "*",
            },
        ]
        policy = iam.RolePolicy(
            f"{self.name}-policy",
            name=args.subject,
            role=role.name,
            policy=document(*own, *cast(Sequence[Statement], args.permissions)),
            opts=self.child(),
        )
        return role, policy
