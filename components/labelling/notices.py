"""Tells the people of a labelling team that there is work."""

import pulumi
from pulumi_aws import sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, over_tls


class LabellingNoticesArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key of the messages.")


class LabellingNotices(Component):
    """A topic to which SageMaker writes when a team gets tasks; members subscribe themselves."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: LabellingNoticesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:labelling:LabellingNotices", name, args.placement, opts)
        topic = sns.Topic(
            f"{name}-topic",
            name=args.placement.named("labelling"),
            kms_master_key_id=args.key_arn,
            opts=self.child(),
        )
        policy = sns.TopicPolicy(
            f"{name}-policy",
            arn=topic.arn,
            policy=document(
                {
                    "Sid": "SageMakerTells",
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic.arn,
                    "Condition": {"StringEquals": {"aws:SourceAccount": args.placement.account_id}},
                },
                over_tls("sns:Publish", topic.arn, {"AWS": "*"}),
            ),
            opts=self.child(),
        )
        self.arn = pulumi.Output.all(topic.arn, policy.id).apply(lambda known: known[0])
        self.register_outputs({"arn": self.arn})
