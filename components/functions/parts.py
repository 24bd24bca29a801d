"""Log, role and function of a Lambda function in Python, as children of whichever component has it."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, bare_trust
from components.names import Limit
from components.roles import bounded_role, inline_policy

# Starts a function through AWS's OpenTelemetry layer.
OTEL = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/otel-instrument"}
# Traces have no ARN.
TRACE: Statement = {
    "Sid": "Trace",
    "Effect": "Allow",
    "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
    "Resource": "*",
}


class CodeArgs(Args):
    """What every function of the estate is told."""

    placement: Placement
    subject: str = Field(description="What it is, such as `api`; names everything of it.")
    description: str
    code: Mapping[str, str] = Field(min_length=1, description="Files of its archive by path.")
    entry: str = Field(description="Its handler, such as `answer.handle`.")
    timeout_seconds: int = Field(ge=1, le=900)
    memory_mb: int = Field(default=256, ge=128, le=10240)
    permissions: Sequence[Mapping[str, object]] = Field(description="What it may do besides writing its log.")
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of log and environment.")
    log_retention_days: int = Field(ge=1)
    tracing_layer_arn: str | None = Field(
        default=None, description="AWS's OpenTelemetry layer, which traces what it calls; its invocations alone."
    )


def write_log(log: cloudwatch.LogGroup) -> Statement:
    return {
        "Sid": "WriteLog",
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": pulumi.Output.concat(log.arn, ":*"),
    }


def use_key(args: CodeArgs) -> Statement:
    """Its environment, and what it leaves in queues, tables and topics, are encrypted in its name."""
    return {
        "Sid": "UseKey",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": args.key_arn,
    }


def function_log(owner: Component, args: CodeArgs) -> cloudwatch.LogGroup:
    return cloudwatch.LogGroup(
        f"{owner.name}-log",
        name=f"/aws/lambda/{physical(args)}",
        kms_key_id=args.key_arn,
        retention_in_days=args.log_retention_days,
        opts=owner.child(),
    )


def function_role(owner: Component, args: CodeArgs, *statements: Statement) -> tuple[iam.Role, iam.RolePolicy]:
    """A role that only Lambda assumes, and that may do what `statements` say."""
    role = bounded_role(
        owner,
        args.subject,
        description=args.description,
        boundary_arn=args.permission_boundary_arn,
        trusted=bare_trust("lambda"),
    )
    policy = inline_policy(owner, role.name, args.subject, *statements)
    return role, policy


def python_function(
    owner: Component,
    args: CodeArgs,
    role: tuple[iam.Role, iam.RolePolicy],
    log: cloudwatch.LogGroup,
    environment: Mapping[str, pulumi.Input[str]],
    dead_letters_arn: pulumi.Input[str] | None,
) -> lambda_.Function:
    """`dead_letters_arn` is the queue of events that it could not take; None where its caller hears of failures."""
    return lambda_.Function(
        f"{owner.name}-function",
        name=physical(args),
        description=args.description,
        runtime=lambda_.Runtime.PYTHON3D13,
        architectures=["arm64"],
        handler=args.entry,
        code=pulumi.AssetArchive({file: pulumi.StringAsset(text) for file, text in sorted(args.code.items())}),
        role=role[0].arn,
        timeout=args.timeout_seconds,
        memory_size=args.memory_mb,
        environment={"variables": {**environment, **(OTEL if args.tracing_layer_arn is not None else {})}},
        layers=None if args.tracing_layer_arn is None else [args.tracing_layer_arn],
        kms_key_arn=args.key_arn,
        dead_letter_config=None if dead_letters_arn is None else {"target_arn": dead_letters_arn},
        tracing_config={"mode": "Active"},
        logging_config={"log_format": "JSON", "log_group": log.name},
        # Lambda refuses a dead-letter queue to which the role may not send.
        opts=owner.child(depends_on=[role[1]]),
    )


def physical(args: CodeArgs) -> str:
    """The function's own name."""
    return args.placement.named(args.subject, limit=Limit.LAMBDA)


def let_call(
    owner: Component,
    function: pulumi.Input[str],
    service: str,
    source_arn: pulumi.Input[str],
    *,
    statement: str,
    suffix: str = "permission",
) -> lambda_.Permission:
    """Lets a service of AWS call a function by its name, on behalf of one source: a rule, a topic, an API."""
    return lambda_.Permission(
        f"{owner.name}-{suffix}",
        statement_id=statement,
        action="lambda:InvokeFunction",
        function=function,
        principal=f"{service}.amazonaws.com",
        source_arn=source_arn,
        opts=owner.child(),
    )
