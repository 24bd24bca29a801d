"""Where an asynchronous endpoint leaves its answers, and whom it tells."""

from typing import TYPE_CHECKING

import pulumi
from pulumi_aws import sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, over_tls
from components.names import Limit
from components.roles import inline_policy

if TYPE_CHECKING:
    from pulumi_aws import sagemaker


class AsyncResultsArgs(Args):
    placement: Placement
    subject: str = Field(description="Whose answers: the model's name, with the endpoint's where it has several.")
    bucket_arn: pulumi.Input[str] = Field(description="ARN of the bucket that holds requests and answers.")
    prefix: str = Field(description="Start of the keys of requests and answers, such as `eta/async`.")
    answers_uri: pulumi.Input[str] = Field(description="`s3://` prefix of answers.")
    failures_uri: pulumi.Input[str] = Field(description="`s3://` prefix of requests' failures.")
    data_key_arn: pulumi.Input[str] = Field(description="KMS key of requests and answers.")
    message_key_arn: pulumi.Input[str] = Field(description="KMS key of notices.")
    role_name: pulumi.Input[str] = Field(description="Role of the model, which reads requests and leaves answers.")


class AsyncResults(Component):
    """A topic that hears of every answer and failure, and the model's permission to read, write and tell."""

    topic: pulumi.Output[str]

    def __init__(self, name: str, args: AsyncResultsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:endpoint:AsyncResults", name, args.placement, opts)
        self._args = args
        topic = sns.Topic(
            f"{name}-topic",
            name=args.placement.named(args.subject, "answers"),
            kms_master_key_id=args.message_key_arn,
            opts=self.child(),
        )
        access = sns.TopicPolicy(
            f"{name}-topic-policy",
            arn=topic.arn,
            policy=document(
                over_tls("sns:Publish", topic.arn, {"AWS": "*"}),
                {
                    "Sid": "OwnAccount",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{args.placement.partition}:iam::{args.placement.account_id}:root"},
                    "Action": ["sns:Publish", "sns:Subscribe"],
                    "Resource": topic.arn,
                },
            ),
            opts=self.child(),
        )
        self.permission = inline_policy(
            self,
            args.role_name,
            args.placement.named(args.subject, "answers", limit=Limit.IAM_ROLE),
            {
                "Sid": "ReadRequestsLeaveAnswers",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": pulumi.Output.concat(args.bucket_arn, f"/{args.prefix}/*"),
            },
            {"Sid": "FindRequests", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": args.bucket_arn},
            {
                "Sid": "OpenAndSeal",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": [args.data_key_arn, args.message_key_arn],
            },
            {"Sid": "Tell", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic.arn},
        )
        self.topic = access.arn  # the topic's, once it is closed
        self.register_outputs({"topic": self.topic})

    def configuration(
        self, requests_per_instance: int | None
    ) -> "sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict":
        args = self._args
        made: sagemaker.EndpointConfigurationAsyncInferenceConfigArgsDict = {
            "output_config": {
                "s3_output_path": args.answers_uri,
                "s3_failure_path": args.failures_uri,
                "kms_key_id": args.data_key_arn,
                "notification_config": {"success_topic": self.topic, "error_topic": self.topic},
            }
        }
        if requests_per_instance is not None:
            made["client_config"] = {"max_concurrent_invocations_per_instance": requests_per_instance}
        return made
