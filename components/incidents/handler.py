"""A Lambda handler that events start: with a role of its own, its log, and a queue for what it could not take."""

import json
from collections.abc import Mapping, Sequence
from typing import cast

import pulumi
from pulumi_aws import cloudwatch, lambda_, sqs
from pydantic import Field

from components.alarms import at_least_one
from components.base import Component
from components.documents import Statement
from components.functions.letters import dead_letters, keep_failures
from components.functions.parts import (
    TRACE,
    CodeArgs,
    function_log,
    function_role,
    let_call,
    python_function,
    use_key,
    write_log,
)
from components.signals import Signal


class HandlerArgs(CodeArgs):
    subject: str = Field(description="What it is, such as `incidents`; names everything of it.", max_length=20)
    memory_mb: int = Field(default=512, ge=128, le=10240)
    settings: Mapping[str, object] = Field(description="What it is told, as JSON in SETTINGS; values may be outputs.")
    events: str = Field(description="Which events start it, in words.")
    pattern: Mapping[str, object] = Field(min_length=1, description="EventBridge's pattern of these events.")
    enabled: bool = Field(default=True, description="Whether events reach it.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of log, queue and environment; lets EventBridge use it.")


class Handler(Component):
    """Rule, function, role, log, dead letters, and alarms on its errors and on letters that lie there."""

    function: pulumi.Output[str]
    arn: pulumi.Output[str]
    dead_letters: pulumi.Output[str]
    log: cloudwatch.LogGroup

    def __init__(self, name: str, args: HandlerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:Handler", name, args.placement, opts)
        place = args.placement
        rule = cloudwatch.EventRule(
            f"{name}-rule",
            name=place.named(args.subject),
            description=args.events,
            event_pattern=json.dumps(args.pattern, sort_keys=True),
            state="ENABLED" if args.enabled else "DISABLED",
            opts=self.child(),
        )
        queue = dead_letters(self, args.subject, args.key_arn, rule.arn)
        function = self._function(args, queue)
        permission = let_call(self, function.name, "events", rule.arn, statement="events")
        cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            target_id="handler",
            arn=function.arn,
            dead_letter_config={"arn": queue.arn},
            retry_policy={"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
            opts=self.child(depends_on=[permission]),
        )
        at_least_one(
            self,
            f"{Signal.HANDLER_ERRORS}-alarm",
            signal=Signal.HANDLER_ERRORS,
            subject=args.subject,
            says=f"{args.subject}: An invocation failed; Lambda tries it twice more",
            namespace="AWS/Lambda",
            metric="Errors",
            dimensions={"FunctionName": function.name},
            period_s=60,
        )
        at_least_one(
            self,
            f"{Signal.DEAD_LETTERS}-alarm",
            signal=Signal.DEAD_LETTERS,
            subject=args.subject,
            says=f"{args.subject}: An event was given up; the runbook replay-dead-letters tries it again",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.name},
            period_s=300,
            statistic="Maximum",
        )
        self.function, self.arn, self.dead_letters = function.name, function.arn, queue.url
        self.register_outputs({"function": self.function, "dead_letters": self.dead_letters})

    def _function(self, args: HandlerArgs, queue: sqs.Queue) -> lambda_.Function:
        log = self.log = function_log(self, args)
        permissions = cast(Sequence[Statement], args.permissions)
        role = function_role(self, args, write_log(log), keep_failures(queue), use_key(args), TRACE, *permissions)
        settings = pulumi.Output.json_dumps(dict(args.settings), sort_keys=True)
        function = python_function(self, args, role, log, {"SETTINGS": settings}, queue.arn)
        lambda_.FunctionEventInvokeConfig(
            f"{self.name}-retries",
            function_name=function.name,
            maximum_event_age_in_seconds=3600,
            maximum_retry_attempts=2,
            opts=self.child(),
        )
        return function
