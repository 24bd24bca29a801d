"""Who hears of which incidents."""

import json
from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, over_tls


class Route(Args):
    """One address, and what it wants to hear. Everything, where neither severities nor subjects are given."""

    email: str
    severities: Sequence[str] | None = Field(default=None, description="`page`, `ticket`; both by default.")
    subjects: Sequence[str] | None = Field(default=None, description="Models and handlers; all by default.")

    @property
    def filter_policy(self) -> str | None:
        """SNS's filter over the message attributes; None where everything is wanted."""
        wanted = {"severity": self.severities, "subjects": self.subjects}
        given = {key: sorted(values) for key, values in wanted.items() if values is not None}
        return json.dumps(given, sort_keys=True) if given else None


class IncidentTopicArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key of the messages.")
    routes: Mapping[str, Route] = Field(min_length=1, description="Routes by a name of theirs.")


class IncidentTopic(Component):
    """An encrypted topic of incidents: opened, new suspects, closed. Routes choose by severity and subject."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: IncidentTopicArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:IncidentTopic", name, args.placement, opts)
        place = args.placement
        physical = place.named("incidents")
        topic = sns.Topic(
            f"{name}-topic",
            name=physical,
            kms_master_key_id=args.key_arn,
            policy=document(
                {
                    "Sid": "OwnAccount",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:{place.partition}:iam::{place.account_id}:root"},
                    "Action": "sns:Publish",
                    "Resource": place.arn("sns", physical),
                },
                over_tls("sns:Publish", place.arn("sns", physical)),
            ),
            opts=self.child(),
        )
        for key, route in sorted(args.routes.items()):
            sns.TopicSubscription(
                f"{name}-{key}",
                topic=topic.arn,
                protocol="email",
                endpoint=route.email,
                filter_policy=route.filter_policy,
                opts=self.child(),
            )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})
