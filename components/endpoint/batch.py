"""Scores files at set times: a schedule that starts transform jobs."""

import pulumi
from pulumi_aws import iam, scheduler
from pydantic import Field

from components.base import Args, Component, Placement
from components.endpoint.model import Runtime, released_model
from components.endpoint.modes import Batch
from components.endpoint.variants import Served
from components.names import Limit
from components.roles import inline_policy

CREATE_JOB = "aws-sdk:sagemaker:createTransformJob"
EXECUTION = "<aws.scheduler.execution-id>"  # the scheduler puts the id of the start here, one for each
JOB_NAME = 63 - 17  # a job's name holds 63 characters, the id 16 and its hyphen 1


class ScheduledTransformArgs(Args):
    placement: Placement
    subject: str = Field(description="Whose files: the model's name, with the endpoint's.")
    schedule_name: str = Field(max_length=64, description="Name of the schedule.")
    release: Served
    runtime: Runtime
    batch: Batch
    input_uri: pulumi.Input[str] = Field(description="`s3://` prefix of the files.")
    output_uri: pulumi.Input[str] = Field(description="`s3://` prefix of the answers.")
    capture_uri: pulumi.Input[str] = Field(description="`s3://` prefix of captured requests and answers.")
    input_arn: pulumi.Input[str] = Field(description="ARN of the bucket of the files.")
    output_arn: pulumi.Input[str] = Field(description="ARN of the bucket of the answers.")
    prefix: str = Field(description="Start of the keys of files and answers, such as `eta/batch`.")
    data_key_arn: pulumi.Input[str] = Field(description="KMS key of files and answers.")
    volume_key_arn: pulumi.Input[str] = Field(description="KMS key of the instances' volumes.")
    model_role_name: pulumi.Input[str] = Field(description="Role of the model, which reads and writes.")
    scheduler_role_arn: pulumi.Input[str] = Field(description="Role of the schedule.")
    scheduler_role_name: pulumi.Input[str] = Field(description="The same role.")


class ScheduledTransform(Component):
    """The release's model, a schedule of EventBridge Scheduler that creates a job of it, and both roles' permissions.

    A job that fails to start is started again under another name: the scheduler's id is that of the attempt.
    """

    schedule: pulumi.Output[str]

    def __init__(self, name: str, args: ScheduledTransformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:ScheduledTransform", name, args.placement, opts)
        place = args.placement
        model = released_model(self, args.subject, args.release, args.runtime)
        read_write = self._let_read_and_write(args)
        start = self._let_start(args)
        prefix = place.named(args.subject)[:JOB_NAME].rstrip("-")
        schedule = scheduler.Schedule(
            f"{name}-schedule",
            name=args.schedule_name,
            description=f"Scores the files of {args.subject}",
            schedule_expression=args.batch.schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            state="ENABLED",
            target={
                "arn": f"arn:{place.partition}:scheduler:::{CREATE_JOB}",
                "role_arn": args.scheduler_role_arn,
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 3},
                "input": pulumi.Output.json_dumps(self._job(args, prefix, model.name), sort_keys=True),
            },
            opts=self.child(depends_on=[read_write, start]),
        )
        self.schedule = schedule.name
        self.register_outputs({"schedule": self.schedule})

    def _job(self, args: ScheduledTransformArgs, prefix: str, model: pulumi.Output[str]) -> dict[str, object]:
        """CreateTransformJob's parameters, as the API names them."""
        csv = args.batch.content_type == "text/csv"
        return {
            "TransformJobName": f"{prefix}-{EXECUTION}",
            "ModelName": model,
            "MaxConcurrentTransforms": 1,
            "MaxPayloadInMB": args.batch.max_payload_mb,
            "BatchStrategy": "SingleRecord",
            "ModelClientConfig": {
                "InvocationsTimeoutInSeconds": args.batch.timeout_seconds,
                "InvocationsMaxRetries": 3,
            },
            "TransformInput": {
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": args.input_uri}},
                # Not split: a CSV's header is its first line only, so that a file is one request.
                "ContentType": args.batch.content_type,
            },
            "TransformOutput": {
                "S3OutputPath": args.output_uri,
                "Accept": "application/json",
                "KmsKeyId": args.data_key_arn,
            },
            "TransformResources": {
                "InstanceType": args.batch.instance_type,
                "InstanceCount": args.batch.instances,
                "VolumeKmsKeyId": args.volume_key_arn,
            },
            "DataCaptureConfig": {
                "DestinationS3Uri": args.capture_uri,
                "KmsKeyId": args.data_key_arn,
                "GenerateInferenceId": csv,
            },
        }

    def _let_start(self, args: ScheduledTransformArgs) -> iam.RolePolicy:
        place = args.placement
        jobs = place.arn("sagemaker", f"transform-job/{place.named(args.subject)[:JOB_NAME].rstrip('-')}-*")
        return inline_policy(
            self,
            args.scheduler_role_name,
            place.named(args.subject, "transform", limit=Limit.IAM_ROLE),
            {
                "Sid": "StartTransformJobs",
                "Effect": "Allow",
                "Action": ["sagemaker:AddTags", "sagemaker:CreateTransformJob"],
                "Resource": jobs,
            },
            suffix="start",
        )

    def _let_read_and_write(self, args: ScheduledTransformArgs) -> iam.RolePolicy:
        keys = f"/{args.prefix}/*"
        return inline_policy(
            self,
            args.model_role_name,
            args.placement.named(args.subject, "files", limit=Limit.IAM_ROLE),
            {
                "Sid": "ReadFiles",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat(args.input_arn, keys),
            },
            {"Sid": "FindFiles", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": args.input_arn},
            {
                "Sid": "LeaveAnswers",
                "Effect": "Allow",
                "Action": "s3:PutObject",
                "Resource": pulumi.Output.concat(args.output_arn, keys),
            },
            {
                "Sid": "OpenAndSeal",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.data_key_arn,
            },
            suffix="files",
        )
