"""Where alarms and news go: one topic a severity."""

import json
from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.signals import SEVERITIES, Severity, alarm_events


class AlarmTopicsArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key of the messages, which lets EventBridge use it.")
    email: str = Field(description="Who is told; AWS asks the address to confirm.")
    news: Mapping[str, pulumi.Input[str]] = Field(
        default_factory=dict, description="Names of further event rules whose events become tickets, by subject."
    )


class AlarmTopics(Component):
    """Encrypted topics, the owner's subscriptions, and the event rules that bring alarms to them.

    Alarms come as events and not as alarm actions, so that a layer can declare an alarm without knowing the topics.
    """

    arns: dict[Severity, pulumi.Output[str]]

    def __init__(self, name: str, args: AlarmTopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:AlarmTopics", name, args.placement, opts)
        self.arns = {severity: self._topic(severity, args) for severity in Severity}
        served = {severity: self._alarms(severity, arn, args.placement) for severity, arn in self.arns.items()}
        ticket = served[Severity.TICKET]
        for subject, rule in args.news.items():
            ticket = self._target(subject, rule, ticket)
        self.register_outputs({"arns": self.arns})

    def _topic(self, severity: Severity, args: AlarmTopicsArgs) -> pulumi.Output[str]:
        """The topic's ARN, known once it may be published to and somebody listens."""
        place = args.placement
        topic = sns.Topic(
            f"{self.name}-{severity}",
            name=place.named(severity),
            kms_master_key_id=args.key_arn,
            opts=self.child(),
        )
        policy = sns.TopicPolicy(
            f"{self.name}-{severity}-policy",
            arn=topic.arn,
            policy=document(
                {
                    "Sid": "EventsOfThisEnvironment",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic.arn,
                    "Condition": {
                        "ArnLike": {"aws:SourceArn": place.arn("events", f"rule/{place.prefix}-*")},
                        "StringEquals": {"aws:SourceAccount": place.account_id},
                    },
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sns:Publish",
                    "Resource": topic.arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
            opts=self.child(),
        )
        return sns.TopicSubscription(
            f"{self.name}-{severity}-email",
            topic=policy.arn,
            protocol="email",
            endpoint=args.email,
            opts=self.child(),
        ).topic

    def _alarms(self, severity: Severity, topic: pulumi.Output[str], place: Placement) -> pulumi.Output[str]:
        signals = [signal for signal, its in SEVERITIES.items() if its is severity]
        rule = cloudwatch.EventRule(
            f"{self.name}-{severity}-alarms",
            name=place.named("alarms", severity),
            description=f"Alarms of severity {severity} that go off",
            event_pattern=json.dumps(alarm_events(place, *signals), sort_keys=True),
            state="ENABLED",
            opts=self.child(),
        )
        return self._target(f"{severity}-alarms", rule.name, topic)

    def _target(self, subject: str, rule: pulumi.Input[str], topic: pulumi.Output[str]) -> pulumi.Output[str]:
        """Brings a rule's events to the topic. Gives the topic back for the next rule: they come one by one."""
        return cloudwatch.EventTarget(
            f"{self.name}-{subject}-target",
            rule=rule,
            target_id="topic",
            arn=topic,
            retry_policy={"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
            opts=self.child(),
        ).arn
