"""A model that answers events: a source, a pipe, a handler that asks the endpoint, and a place for answers."""

from collections.abc import Mapping
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch, pipes, sqs
from pydantic import Field

from components.alarms import at_least_one
from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.functions.function import Function, FunctionArgs
from components.functions.letters import dead_letters, keep_failures
from components.names import Limit
from components.roles import bounded_role, inline_policy
from components.signals import Signal
from components.streaming import results, sources

HANDLING_S = 120


class Lake(Args):
    """The buckets that events and answers lie in."""

    landing: pulumi.Input[str] = Field(description="Bucket under whose prefix objects land.")
    landing_arn: pulumi.Input[str]
    answers: pulumi.Input[str] = Field(description="Bucket of answers.")
    answers_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of both, and of streams.")


class ScoredEventsArgs(Args):
    placement: Placement
    model: str = Field(description="The model that is asked.")
    endpoint_name: pulumi.Input[str]
    endpoint_arn: str
    source: Literal["kinesis", "queue", "objects"]
    results: Literal["objects", "queue", "kinesis"] = "objects"
    batch: int = Field(ge=1, description="Events that are handled together at most.")
    window_seconds: int = Field(ge=0)
    attempts: int = Field(ge=1, description="Tries before an event goes to the dead letters.")
    shards: int | None = Field(default=None, ge=1, description="Shards of a Kinesis source; on demand by default.")
    lake: Lake
    code: Mapping[str, str] = Field(min_length=1, description="The handler's files: `score.py`.")
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of logs and queues; lets EventBridge use it.")
    log_retention_days: int = Field(ge=1)


class ScoredEvents(Component):
    """Events are answered at least once, and each has one answer: answers are named after their events.

    A batch of which some events fail is not tried again whole. What was tried `attempts` times is a dead letter, and an
    alarm says so.
    """

    address: pulumi.Output[str]
    dead_letters: pulumi.Output[str]

    def __init__(self, name: str, args: ScoredEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:streaming:ScoredEvents", name, args.placement, opts)
        self._subject = f"{args.model}-events"
        letters = dead_letters(self, self._subject, args.key_arn)
        self._alarm(args, letters)
        source = self._source(args, letters)
        function = self._function(args, letters, source)
        self._pipe(args, source, function)
        self.address, self.dead_letters = source.address, letters.url
        self.register_outputs({"address": self.address, "dead_letters": self.dead_letters})

    def _source(self, args: ScoredEventsArgs, letters: sqs.Queue) -> sources.Source:
        reading = sources.Reading(args.batch, args.window_seconds, args.attempts, HANDLING_S)
        if args.source == "kinesis":
            return sources.stream(self, self._subject, args.lake.key_arn, letters, reading, args.shards)
        if args.source == "queue":
            return sources.queue(self, self._subject, args.key_arn, letters, reading)
        rule = sources.landings(self, self._subject, args.lake.landing, _prefix(args))
        source = sources.queue(self, self._subject, args.key_arn, letters, reading, rule.arn)
        target = cloudwatch.EventTarget(
            f"{self.name}-target", rule=rule.name, target_id="queue", arn=source.arn, opts=self.child()
        )
        return sources.Source(
            target.arn,  # the queue's, once events come to it
            pulumi.Output.concat("s3://", args.lake.landing, f"/{_prefix(args)}"),
            source.parameters,
            source.permissions,
        )

    def _results(self, args: ScoredEventsArgs) -> results.Results:
        if args.results == "queue":
            return results.queue(self, self._subject, args.key_arn)
        if args.results == "kinesis":
            return results.stream(self, self._subject, args.lake.key_arn)
        return results.objects(args.lake.answers, args.lake.answers_arn, f"{args.model}/events/answers")

    def _function(self, args: ScoredEventsArgs, letters: sqs.Queue, source: sources.Source) -> Function:
        left = self._results(args)
        return Function(
            f"{self.name}-handler",
            FunctionArgs(
                placement=args.placement,
                subject=self._subject,
                description=f"Asks {args.model} about events",
                code=args.code,
                entry="score.handle",
                timeout_seconds=HANDLING_S,
                environment={
                    "ENDPOINT": args.endpoint_name,
                    "RESULTS": left.address,
                    "KEY_ARN": args.lake.key_arn,
                },
                permissions=[*_asking(args), *left.permissions, keep_failures(letters)],
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
                dead_letters_arn=letters.arn,
            ),
            self.child(),
        )

    def _pipe(self, args: ScoredEventsArgs, source: sources.Source, function: Function) -> None:
        place = args.placement
        role = bounded_role(
            self,
            self._subject,
            "pipe",
            suffix="pipe-role",
            description=f"Brings events to {args.model}",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "pipes"),
        )
        invoke: Statement = {
            "Sid": "Hand",
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": function.arn,
        }
        seal: Statement = {
            "Sid": "SealLetters",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": args.key_arn,
        }
        policy = inline_policy(
            self, role.name, f"{self._subject}-pipe", invoke, seal, *source.permissions, suffix="pipe-policy"
        )
        log = cloudwatch.LogGroup(
            f"{self.name}-pipe-log",
            name=f"/aws/vendedlogs/pipes/{place.named(self._subject)}",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        pipes.Pipe(
            f"{self.name}-pipe",
            name=place.named(self._subject, limit=Limit.LAMBDA),  # 64, as for functions
            description=f"Brings events to {args.model}",
            role_arn=role.arn,
            source=source.arn,
            source_parameters=source.parameters,
            target=function.arn,
            # The pipe must hear which events failed.
            target_parameters={"lambda_function_parameters": {"invocation_type": "REQUEST_RESPONSE"}},
            log_configuration={"level": "ERROR", "cloudwatch_logs_log_destination": {"log_group_arn": log.arn}},
            desired_state="RUNNING",
            opts=self.child(depends_on=[policy]),
        )

    def _alarm(self, args: ScoredEventsArgs, letters: sqs.Queue) -> None:
        at_least_one(
            self,
            "dead-letters-alarm",
            signal=Signal.DEAD_LETTERS,
            subject=self._subject,
            says=f"An event was given up before {args.model} answered it",
            namespace="AWS/SQS",
            metric="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": letters.name},
            period_s=300,
            statistic="Maximum",
        )


def _prefix(args: ScoredEventsArgs) -> str:
    return f"{args.model}/events/"


def _asking(args: ScoredEventsArgs) -> list[Statement]:
    ask: Statement = {
        "Sid": "AskModel",
        "Effect": "Allow",
        "Action": "sagemaker:InvokeEndpoint",
        "Resource": args.endpoint_arn,
    }
    seal: Statement = {
        "Sid": "OpenAndSeal",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": args.lake.key_arn,
    }
    if args.source != "objects":
        return [ask, seal]
    read: Statement = {
        "Sid": "ReadLanded",
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": pulumi.Output.concat(args.lake.landing_arn, f"/{_prefix(args)}*"),
    }
    return [ask, seal, read]
