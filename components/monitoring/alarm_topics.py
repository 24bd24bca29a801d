"""Where alarms go: one topic a severity."""

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.monitoring.event_topic import EventTopic, EventTopicArgs
from components.signals import SEVERITIES, Severity, alarm_events


class AlarmTopicsArgs(Args):
    placement: Placement
    key_arn: pulumi.Input[str] = Field(description="KMS key of the messages, which lets EventBridge use it.")
    email: str = Field(description="Who is told; AWS asks the address to confirm.")


class AlarmTopics(Component):
    """A topic for each severity, which hears of the alarms on its signals.

    Alarms come as events and not as alarm actions, so that a layer can declare an alarm without knowing the topics.
    """

    arns: dict[Severity, pulumi.Output[str]]

    def __init__(self, name: str, args: AlarmTopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:monitoring:AlarmTopics", name, args.placement, opts)
        self.arns = {severity: self._topic(severity, args).arn for severity in Severity}
        self.register_outputs({"arns": self.arns})

    def _topic(self, severity: Severity, args: AlarmTopicsArgs) -> EventTopic:
        signals = [signal for signal, its in SEVERITIES.items() if its is severity]
        return EventTopic(
            f"{self.name}-{severity}",
            EventTopicArgs(
                placement=args.placement,
                subject=severity,
                description=f"Alarms of severity {severity} that go off",
                pattern=alarm_events(args.placement, *signals),
                key_arn=args.key_arn,
                email=args.email,
            ),
            self.child(),
        )
