"""A Lambda function that is called and waited for: its role, its log, an alarm on its errors."""

from collections.abc import Mapping, Sequence
from typing import cast

import pulumi
from pydantic import Field

from components.alarms import at_least_one
from components.base import Component
from components.documents import Statement
from components.functions.parts import TRACE, CodeArgs, function_log, function_role, python_function, use_key, write_log
from components.signals import Signal


class FunctionArgs(CodeArgs):
    environment: Mapping[str, pulumi.Input[str]] = Field(description="What it is told.")
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
        log = function_log(self, args)
        permissions = cast(Sequence[Statement], args.permissions)
        role = function_role(self, args, write_log(log), use_key(args), TRACE, *permissions)
        function = python_function(self, args, role, log, args.environment, args.dead_letters_arn)
        at_least_one(
            self,
            Signal.HANDLER_ERRORS,
            signal=Signal.HANDLER_ERRORS,
            subject=args.subject,
            says=f"{args.subject}: an invocation failed",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": function.name},
            period_s=60,
        )
        self.function, self.arn, self.invoke_arn = function.name, function.arn, function.invoke_arn
        self.register_outputs({"function": self.function})
