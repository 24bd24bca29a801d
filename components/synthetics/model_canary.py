"""A request that is sent on purpose, all the time: its script, its role, what it leaves, and its alarm."""

import json
import re
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, iam, s3, synthetics
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, bare_trust
from components.roles import bounded_role, inline_policy
from components.signals import Signal, alarm_name

KEPT_DAYS = 31
FOLDER = "canaries"


class Door(Args):
    """What is asked: the API's route by its URL, or an endpoint by its name; and what allows it."""

    url: pulumi.Input[str] | None = None
    endpoint: pulumi.Input[str] | None = None
    action: str = Field(description="`execute-api:Invoke` or `sagemaker:InvokeEndpoint`.")
    resource: pulumi.Input[str] = Field(description="ARN that the action is on.")


class ModelCanaryArgs(Args):
    placement: Placement
    model: str = Field(description="The model's name.", max_length=32)
    code: str = Field(min_length=1, description="Source of the script, `canary.py`.")
    door: Door
    row: Mapping[str, str | int | float | bool | None] = Field(min_length=1, description="The features that it sends.")
    schedule: str = Field(description="`rate(...)` of an hour at most, or `cron(...)`.")
    slowest_ms: int = Field(ge=1)
    runtime: str = Field(description="CloudWatch Synthetics' runtime, one of Python.")
    bucket: pulumi.Input[str] = Field(description="Bucket of script and artifacts, which encrypts what it is given.")
    bucket_arn: pulumi.Input[str]
    bucket_key_arn: pulumi.Input[str] = Field(description="KMS key of the bucket.")
    subnet_ids: Sequence[pulumi.Input[str]] = Field(
        default=(), description="Subnets from which it asks; from outside the network, as customers do, by default."
    )
    security_group_id: pulumi.Input[str] | None = None
    key_arn: pulumi.Input[str] = Field(description="KMS key of the function's environment.")
    permission_boundary_arn: pulumi.Input[str]


class ModelCanary(Component):
    """The canary with a role that may ask this one model. Its function's log has a name that only AWS knows.

    Its runs are not traced: CloudWatch Synthetics traces runtimes of Node.js alone.
    """

    canary: pulumi.Output[str]
    alarm: pulumi.Output[str]

    def __init__(self, name: str, args: ModelCanaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:synthetics:ModelCanary", name, args.placement, opts)
        place = args.placement
        prefix = f"{FOLDER}/{args.model}"
        script = s3.BucketObjectv2(
            f"{name}-script",
            bucket=args.bucket,
            key=f"{prefix}/script.zip",
            source=pulumi.AssetArchive({"python/canary.py": pulumi.StringAsset(args.code)}),
            content_type="application/zip",
            checksum_algorithm="SHA256",
            opts=self.child(),
        )
        role, policy = self._role(args, prefix)
        asked = {"URL": args.door.url, "ENDPOINT": args.door.endpoint}
        canary = synthetics.Canary(
            f"{name}-canary",
            name=canary_name(place, args.model),
            runtime_version=args.runtime,
            handler="canary.handler",
            s3_bucket=script.bucket,
            s3_key=script.key,
            s3_version=script.version_id,
            execution_role_arn=role.arn,
            schedule={"expression": args.schedule},
            start_canary=True,
            delete_lambda=True,
            run_config={
                "timeout_in_seconds": 60,
                "memory_in_mb": 960,
                "environment_variables": {
                    "ROW": json.dumps(dict(args.row), sort_keys=True),
                    "SLOWEST_MS": str(args.slowest_ms),
                    **{key: value for key, value in asked.items() if value is not None},
                },
            },
            artifact_s3_location=pulumi.Output.concat("s3://", args.bucket, f"/{prefix}/runs"),
            artifact_config={"s3_encryption": {"encryption_mode": "SSE_KMS", "kms_key_arn": args.bucket_key_arn}},
            kms_key_arn=args.key_arn,
            success_retention_period=KEPT_DAYS,
            failure_retention_period=KEPT_DAYS,
            vpc_config=None
            if args.security_group_id is None
            else {"subnet_ids": list(args.subnet_ids), "security_group_ids": [args.security_group_id]},
            opts=self.child(depends_on=[policy]),
        )
        self.canary, self.alarm = canary.name, self._alarm(args, canary).arn
        self.register_outputs({"canary": self.canary})

    def _role(self, args: ModelCanaryArgs, prefix: str) -> tuple[iam.Role, iam.RolePolicy]:
        role = bounded_role(
            self,
            args.model,
            "canary",
            description=f"Asks {args.model} on purpose",
            boundary_arn=args.permission_boundary_arn,
            trusted=bare_trust("lambda"),
        )
        policy = inline_policy(self, role.name, "canary", *_permissions(args, prefix))
        return role, policy

    def _alarm(self, args: ModelCanaryArgs, canary: synthetics.Canary) -> cloudwatch.MetricAlarm:
        seconds = _every_s(args.schedule)
        return cloudwatch.MetricAlarm(
            f"{self.name}-unanswered",
            name=alarm_name(args.placement, Signal.CANARY, args.model),
            alarm_description=f"{args.model} does not answer a request that is sent on purpose as it should",
            namespace="CloudWatchSynthetics",
            metric_name="SuccessPercent",
            dimensions={"CanaryName": canary.name},
            statistic="Average",
            period=3600 if seconds is None else seconds,
            evaluation_periods=3,
            datapoints_to_alarm=2,
            threshold=100,
            comparison_operator="LessThanThreshold",
            # A canary that has stopped says nothing good. At set times, most hours have none.
            treat_missing_data="breaching" if seconds is not None else "notBreaching",
            opts=self.child(),
        )


def canary_name(place: Placement, model: str) -> str:
    """Lower case letters, digits, hyphens and underscores."""
    return place.named(model).lower()


def _every_s(schedule: str) -> int | None:
    """Seconds between two runs; None of a cron expression."""
    found = re.fullmatch(r"rate\((\d+) (minute|minutes|hour)\)", schedule)
    if found is None:
        return None
    return int(found[1]) * (3600 if found[2] == "hour" else 60)


def _permissions(args: ModelCanaryArgs, prefix: str) -> list[Statement]:
    place = args.placement
    objects = pulumi.Output.concat(args.bucket_arn, f"/{prefix}/*")
    statements: list[Statement] = [
        {"Sid": "AskTheModel", "Effect": "Allow", "Action": args.door.action, "Resource": args.door.resource},
        {"Sid": "KeepRuns", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": objects},
        {"Sid": "FindBucket", "Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": args.bucket_arn},
        {
            "Sid": "WriteLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": place.arn("logs", f"log-group:/aws/lambda/cwsyn-{canary_name(place, args.model)}-*"),
        },
        {
            "Sid": "PutMetrics",
            "Effect": "Allow",
            "Action": "cloudwatch:PutMetricData",
            "Resource": "*",
            "Condition": {"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}},
        },
        # The list of buckets has no ARN.
        {"Sid": "ListBuckets", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {
            "Sid": "UseKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": [args.bucket_key_arn, args.key_arn],
        },
    ]
    if args.security_group_id is not None:
        statements.append(
            {
                "Sid": "JoinNetwork",
                "Effect": "Allow",
                "Action": [
                    "ec2:CreateNetworkInterface",
                    "ec2:DeleteNetworkInterface",
                    "ec2:DescribeNetworkInterfaces",
                ],
                "Resource": "*",
            }
        )
    return statements
