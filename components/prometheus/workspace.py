"""The workspace: metrics, the rules over them, and the alert manager that tells a topic."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import amp, cloudwatch, sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, over_tls
from components.prometheus.alerting import definition
from components.prometheus.groups import Group, rules_file

# CloudWatch Logs lets AWS's services write only to groups whose names start so.
VENDED_LOGS = "/aws/vendedlogs/prometheus"


class MetricsWorkspaceArgs(Args):
    placement: Placement
    rules: dict[str, Sequence[Group]] = Field(description="Rule files by the name of their namespace.")
    key_arn: pulumi.Input[str] = Field(
        description="KMS key of metrics, log and messages, which lets Amazon Managed Prometheus use it."
    )
    retention_days: int = Field(ge=1, le=1095, description="Days that samples stay.")
    log_retention_days: int = Field(ge=1)


class MetricsWorkspace(Component):
    """A workspace under a key of the customer, its log, a namespace a rule file, and alerts as messages of a topic."""

    workspace: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    topic: pulumi.Output[str]

    def __init__(self, name: str, args: MetricsWorkspaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:prometheus:MetricsWorkspace", name, args.placement, opts)
        place = args.placement
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"{VENDED_LOGS}/{place.named('metrics')}",
            kms_key_id=args.key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.guarding_child(),
        )
        workspace = amp.Workspace(
            f"{name}-workspace",
            alias=place.named("metrics"),
            kms_key_arn=args.key_arn,
            logging_configuration={"log_group_arn": pulumi.Output.concat(log.arn, ":*")},
            opts=self.stateful_child(),
        )
        amp.WorkspaceConfiguration(
            f"{name}-limits",
            workspace_id=workspace.id,
            retention_period_in_days=args.retention_days,
            opts=self.guarding_child(),
        )
        topic = self._topic(args, workspace)
        amp.AlertManagerDefinition(
            f"{name}-alert-manager",
            workspace_id=workspace.id,
            definition=topic.arn.apply(lambda arn: definition(arn, place.region)),
            opts=self.child(),
        )
        for namespace, groups in sorted(args.rules.items()):
            amp.RuleGroupNamespace(
                f"{name}-{namespace}-rules",
                name=namespace,
                workspace_id=workspace.id,
                data=rules_file(groups),
                opts=self.child(),
            )
        self.workspace, self.arn, self.topic = workspace.id, workspace.arn, topic.arn
        self.endpoint = workspace.prometheus_endpoint
        self.register_outputs({"workspace": self.workspace, "topic": self.topic})

    def _topic(self, args: MetricsWorkspaceArgs, workspace: amp.Workspace) -> sns.Topic:
        """Only this workspace may publish to it, over TLS."""
        place = args.placement
        physical = place.named("prometheus-alerts")
        return sns.Topic(
            f"{self.name}-alerts",
            name=physical,
            kms_master_key_id=args.key_arn,
            policy=document(
                {
                    "Sid": "AlertsOfTheWorkspace",
                    "Effect": "Allow",
                    "Principal": {"Service": "aps.amazonaws.com"},
                    "Action": ["sns:GetTopicAttributes", "sns:Publish"],
                    "Resource": place.arn("sns", physical),
                    "Condition": {
                        "ArnEquals": {"aws:SourceArn": workspace.arn},
                        "StringEquals": {"aws:SourceAccount": place.account_id},
                    },
                },
                over_tls("sns:Publish", place.arn("sns", physical)),
            ),
            opts=self.child(),
        )
