"""A drift alarm starts the model's training pipeline."""

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_, sqs
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.names import Limit
from components.signals import Signal, alarm_events, alarm_name

TIMEOUT_SECONDS = 30


class RetrainOnDriftArgs(Args):
    placement: Placement
    code: Mapping[str, str] = Field(description="The handler's Python files by name: `retrain.py` and what it imports.")
    enabled: bool = Field(default=True, description="Whether alarms reach the handler.")
    pipelines: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Names of the training pipelines, by the name of the alarm that starts them."
    )
    pipeline_arns: list[pulumi.Input[str]] = Field(min_length=1, description="ARNs of the same pipelines.")
    role_arn: pulumi.Input[str] = Field(description="Role of the handler.")
    role_name: pulumi.Input[str] = Field(description="The same role.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of log, queue and environment; lets EventBridge use it.")
    log_retention_days: int = Field(ge=1, description="Days that the handler's log stays.")


class RetrainOnDrift(Component):
    """Event rule, handler, its log, and a queue for events that it could not take."""

    function_arn: pulumi.Output[str]
    dead_letters: pulumi.Output[str]

    def __init__(self, name: str, args: RetrainOnDriftArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:RetrainOnDrift", name, args.placement, opts)
        rule = cloudwatch.EventRule(
            f"{name}-rule",
            name=args.placement.named("retrain-on-drift"),
            description="Drift alarms of this environment that go off",
            event_pattern=json.dumps(alarm_events(args.placement, Signal.DRIFT), sort_keys=True),
            state="ENABLED" if args.enabled else "DISABLED",
            opts=self.child(),
        )
        queue = self._queue(args, rule)
        function = self._function(args, queue)
        permission = lambda_.Permission(
            f"{name}-permission",
            statement_id="drift-alarms",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=self.child(),
        )
        cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            target_id="retrain",
            arn=function.arn,
            dead_letter_config={"arn": queue.arn},
            retry_policy={"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
            opts=self.child(depends_on=[permission]),
        )
        self.function_arn, self.dead_letters = function.arn, queue.url
        self.register_outputs({"function_arn": self.function_arn, "dead_letters": self.dead_letters})

    def _queue(self, args: RetrainOnDriftArgs, rule: cloudwatch.EventRule) -> sqs.Queue:
        place = args.placement
        queue = sqs.Queue(
            f"{self.name}-dead-letters",
            name=place.named("retrain", "dead-letters"),
            kms_master_key_id=args.key_arn,
            kms_data_key_reuse_period_seconds=300,
            message_retention_seconds=14 * 24 * 3600,
            opts=self.child(),
        )
        sqs.QueuePolicy(
            f"{self.name}-dead-letters-policy",
            queue_url=queue.url,
            policy=document(
                {
                    "Sid": "UndeliveredEvents",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule.arn}},
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": queue.arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
            opts=self.child(),
        )
        cloudwatch.MetricAlarm(
            f"{self.name}-dead-letters-alarm",
            name=alarm_name(place, Signal.DEAD_LETTERS, "retrain"),
            alarm_description="An event that should have started retraining was not taken",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": queue.name},
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            threshold=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )
        return queue

    def _function(self, args: RetrainOnDriftArgs, queue: sqs.Queue) -> lambda_.Function:
        name = args.placement.named("retrain", limit=Limit.LAMBDA)
        policy = self._policy(args, queue)
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/lambda/{name}",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        function = lambda_.Function(
            f"{self.name}-function",
            name=name,
            description="Starts a model's training pipeline when its drift alarm goes off",
            runtime=lambda_.Runtime.PYTHON3D13,
            architectures=["arm64"],
            handler="retrain.handle",
            code=pulumi.AssetArchive({file: pulumi.StringAsset(text) for file, text in sorted(args.code.items())}),
            role=args.role_arn,
            timeout=TIMEOUT_SECONDS,
            memory_size=256,
            environment={"variables": {"PIPELINES": pulumi.Output.json_dumps(dict(args.pipelines), sort_keys=True)}},
            kms_key_arn=args.key_arn,
            dead_letter_config={"target_arn": queue.arn},
            tracing_config={"mode": "Active"},
            logging_config={"log_format": "JSON", "log_group": log.name},
            # Lambda refuses a dead-letter queue to which the role may not send.
            opts=self.child(depends_on=[policy]),
        )
        lambda_.FunctionEventInvokeConfig(
            f"{self.name}-retries",
            function_name=function.name,
            maximum_event_age_in_seconds=3600,
            maximum_retry_attempts=2,
            opts=self.child(),
        )
        return function

    def _policy(self, args: RetrainOnDriftArgs, queue: sqs.Queue) -> iam.RolePolicy:
        return iam.RolePolicy(
            f"{self.name}-policy",
            name=args.placement.named("retrain-on-drift", limit=Limit.IAM_ROLE),
            role=args.role_name,
            policy=document(
                {
                    "Sid": "StartTraining",
                    "Effect": "Allow",
                    "Action": "sagemaker:StartPipelineExecution",
                    "Resource": args.pipeline_arns,
                },
                {"Sid": "KeepFailures", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn},
                {
                    # Traces have no ARN.
                    "Sid": "Trace",
                    "Effect": "Allow",
                    "Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
                    "Resource": "*",
                },
            ),
            opts=self.child(),
        )
