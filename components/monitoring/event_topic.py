"""Events that somebody wants to hear of: a rule, a topic, a subscriber."""

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, over_tls


class EventTopicArgs(Args):
    placement: Placement
    subject: str = Field(description="What it is about, such as `page`; names topic and rule.", max_length=20)
    description: str = Field(description="Which events the rule lets through.")
    pattern: Mapping[str, object] = Field(min_length=1, description="EventBridge's pattern of these events.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the messages, which lets EventBridge use it.")
    email: str = Field(description="Who is told; AWS asks the address to confirm.")


class EventTopic(Component):
    """An encrypted topic that takes events from its own rule, over TLS, and mails them."""

    arn: pulumi.Output[str]
    rule: pulumi.Output[str]

    def __init__(self, name: str, args: EventTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:EventTopic", name, args.placement, opts)
        rule = cloudwatch.EventRule(
            f"{name}-rule",
            name=args.placement.named(args.subject),
            description=args.description,
            event_pattern=json.dumps(args.pattern, sort_keys=True),
            state="ENABLED",
            opts=self.child(),
        )
        topic = sns.Topic(
            f"{name}-topic",
            name=args.placement.named(args.subject),
            kms_master_key_id=args.key_arn,
            policy=_policy(args.placement.arn("sns", args.placement.named(args.subject)), rule.arn),
            opts=self.child(),
        )
        target = cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            target_id="topic",
            arn=topic.arn,
            retry_policy={"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
            opts=self.child(),
        )
        sns.TopicSubscription(
            f"{name}-email", topic=target.arn, protocol="email", endpoint=args.email, opts=self.child()
        )
        self.arn, self.rule = topic.arn, rule.name
        self.register_outputs({"arn": self.arn, "rule": self.rule})


def _policy(topic_arn: str, rule_arn: pulumi.Output[str]) -> pulumi.Output[str]:
    return document(
        {
            "Sid": "EventsOfTheRule",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
        },
        over_tls("sns:Publish", topic_arn),
    )
