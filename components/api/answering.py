"""The function behind a door: asks the models' endpoints, and nothing else."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import lambda_
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement
from components.flags.model_flags import FlagReader
from components.functions.function import Function, FunctionArgs
from components.functions.parts import let_call


class AnsweringArgs(Args):
    """What every door is told. Each has a function of its own, so that one door's load takes no other's capacity."""

    placement: Placement
    endpoints: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Endpoint names, by model.")
    endpoint_arns: Mapping[str, str] = Field(min_length=1, description="Their ARNs, which the function may invoke.")
    code: Mapping[str, str] = Field(min_length=1, description="The handler's files.")
    flags: FlagReader | None = Field(default=None, description="Flags that are asked first; none by default.")
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of the logs.")
    log_retention_days: int = Field(ge=1)


def answering(
    parent: Component,
    args: AnsweringArgs,
    *,
    entry: str,
    description: str,
    timeout_seconds: int,
    environment: Mapping[str, pulumi.Input[str]] | None = None,
    permissions: Sequence[Statement] = (),
) -> Function:
    """The function of the door `parent`, which may ask the models and read their flags."""
    told: dict[str, pulumi.Input[str]] = {"ENDPOINTS": pulumi.Output.json_dumps(dict(args.endpoints), sort_keys=True)}
    ask: Statement = {
        "Sid": "AskModels",
        "Effect": "Allow",
        "Action": "sagemaker:InvokeEndpoint",
        "Resource": [args.endpoint_arns[model] for model in sorted(args.endpoint_arns)],
    }
    statements = [ask, *permissions]
    if args.flags is not None:
        told["FLAGS"] = args.flags.where
        statements.append(args.flags.statement())
    return Function(
        f"{parent.name}-handler",
        FunctionArgs(
            placement=args.placement,
            subject=parent.name,
            description=description,
            code=args.code,
            entry=entry,
            timeout_seconds=timeout_seconds,
            environment=told if environment is None else {**told, **environment},
            permissions=statements,
            permission_boundary_arn=args.permission_boundary_arn,
            key_arn=args.key_arn,
            log_retention_days=args.log_retention_days,
        ),
        parent.child(),
    )


def callable_by(parent: Component, function: Function, source_arn: pulumi.Input[str]) -> lambda_.Permission:
    """Lets the API whose execution ARN begins `source_arn` call the function."""
    return let_call(parent, function.function, "apigateway", pulumi.Output.concat(source_arn, "/*/*"), statement="api")
