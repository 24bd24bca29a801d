"""Incidents and self-healing of an environment: what watches, what acts, who hears."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import sns
from pydantic import Field

from components.base import Args, Component, Placement
from components.functions.parts import let_call
from components.incidents import permissions
from components.incidents.handler import Handler, HandlerArgs
from components.incidents.healing_switch import SWITCH, HealingSwitch, HealingSwitchArgs
from components.incidents.incident_table import IncidentTable, IncidentTableArgs
from components.incidents.incident_topic import IncidentTopic, IncidentTopicArgs, Route
from components.incidents.runbooks import Runbooks, RunbooksArgs
from components.signals import SEVERITIES

# The runbook that is suggested, by the kind of the likeliest suspect.
SUGGESTED = {
    "release": "block-release",
    "traffic": "scale-out",
    "endpoint": "scale-out",
    "data": "quarantine-batch",
    "function": "replay-dead-letters",
}


class Data(Args):
    """What self-healing and runbooks move rows in."""

    raw_arn: pulumi.Input[str] = Field(description="Bucket of landed rows.")
    curated_arn: pulumi.Input[str] = Field(description="Bucket of curated rows and of the quarantine.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of both.")


class OperationsArgs(Args):
    placement: Placement
    environment: str
    code: Mapping[str, str] = Field(min_length=1, description="Files of the handlers' archive: the folder operations.")
    data: Data
    bucket_arns: Sequence[pulumi.Input[str]] = Field(description="Buckets whose existence is looked at.")
    models_key_arn: pulumi.Input[str] = Field(description="KMS key of endpoints' volumes.")
    logs_key_arn: pulumi.Input[str] = Field(description="KMS key of records, messages, queues and logs.")
    permission_boundary_arn: pulumi.Input[str]
    log_retention_days: int = Field(ge=1)
    routes: Mapping[str, Route] = Field(min_length=1)
    owners: Mapping[str, str] = Field(default={}, description="Who answers for a model, for its post-mortems.")
    alert_topics: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Topics of other sources of alerts, which wake the incidents handler too; none."
    )
    tracing_layer_arn: str | None = Field(default=None, description="AWS's OpenTelemetry layer of the handlers; none.")
    healing: bool = Field(default=True, description="Whether incidents reach self-healing.")
    act: Sequence[str] = Field(default=(), description="Actions that are carried out; others are written down only.")
    per_target_hour: int = Field(default=2, ge=1)
    per_hour: int = Field(default=10, ge=1)
    share: float = Field(default=0.5, gt=0, le=1)


class Operations(Component):
    """Table, topic, kill switch, runbooks, and the two handlers.

    The first handler reads everything and changes nothing, the second acts and is started by events of the first only.
    """

    def __init__(self, name: str, args: OperationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:incidents:Operations", name, args.placement, opts)
        place = args.placement
        switch_name = SWITCH.format(environment=args.environment)
        self.table = IncidentTable(
            f"{name}-records", IncidentTableArgs(placement=place, key_arn=args.logs_key_arn), self.child()
        )
        self.topic = IncidentTopic(
            f"{name}-news",
            IncidentTopicArgs(placement=place, key_arn=args.logs_key_arn, routes=args.routes),
            self.child(),
        )
        self.switch = HealingSwitch(
            f"{name}-switch", HealingSwitchArgs(placement=place, environment=args.environment), self.child()
        )
        self.runbooks = Runbooks(
            f"{name}-runbooks",
            RunbooksArgs(
                placement=place,
                switch=switch_name,
                permission_boundary_arn=args.permission_boundary_arn,
                permissions=permissions.runbook_steps(
                    place,
                    args.environment,
                    args.data.raw_arn,
                    args.data.curated_arn,
                    args.data.key_arn,
                    args.logs_key_arn,
                ),
            ),
            self.child(),
        )
        self.source = f"{place.prefix}.operations"
        self.incidents = self._incidents(args)
        self.healing = self._healing(args)
        self._hear(args)
        self.register_outputs({"table": self.table.table, "topic": self.topic.arn})

    def _hear(self, args: OperationsArgs) -> None:
        """Lets topics of alerts wake the incidents handler, each by its own permission."""
        for source, topic in sorted(args.alert_topics.items()):
            permission = let_call(
                self,
                self.incidents.function,
                "sns",
                topic,
                statement=f"alerts-of-{source}",
                suffix=f"{source}-permission",
            )
            sns.TopicSubscription(
                f"{self.name}-{source}-alerts",
                topic=topic,
                protocol="lambda",
                endpoint=self.incidents.arn,
                opts=self.child(depends_on=[permission, self.incidents]),  # with its retries and dead letters
            )

    def _told(self, args: OperationsArgs) -> dict[str, object]:
        """What both handlers are told."""
        return {
            "environment": args.environment,
            "prefix": args.placement.prefix,
            "table": self.table.table,
            "severities": {signal.value: severity.value for signal, severity in SEVERITIES.items()},
            "owners": dict(args.owners),
        }

    def _incidents(self, args: OperationsArgs) -> Handler:
        place, prefix = args.placement, args.placement.prefix
        suggested = {kind: self.runbooks.names[runbook] for kind, runbook in SUGGESTED.items()}
        return Handler(
            f"{self.name}-incidents",
            HandlerArgs(
                placement=place,
                subject="incidents",
                description="Keeps one incident for all alerts of one cause, with its context and suspects",
                code=args.code,
                entry="operations.incidents.handle",
                timeout_seconds=120,
                settings={**self._told(args), "topic": self.topic.arn, "runbooks": suggested},
                events="Alarms, endpoints and pipelines of this environment that change their state",
                pattern=incident_events(place),
                permissions=[
                    self.table.read_and_write(),
                    *permissions.observing(
                        place, args.environment, self.topic.arn, args.bucket_arns, f"{prefix}.operations"
                    ),
                ],
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.logs_key_arn,
                log_retention_days=args.log_retention_days,
                tracing_layer_arn=args.tracing_layer_arn,
            ),
            self.child(),
        )

    def _healing(self, args: OperationsArgs) -> Handler:
        place = args.placement
        return Handler(
            f"{self.name}-healing",
            HandlerArgs(
                placement=place,
                subject="healing",
                description="Answers incidents within its limits: rollback, restart, scale out, retrain, quarantine",
                code=args.code,
                entry="operations.healing.handle",
                timeout_seconds=120,
                settings={
                    **self._told(args),
                    "switch": self.switch.parameter,
                    "act": sorted(args.act),
                    "per_target_hour": args.per_target_hour,
                    "per_hour": args.per_hour,
                    "share": args.share,
                },
                events="Incidents of this environment that are open and have changed",
                pattern={"source": [self.source], "detail-type": ["Incident Changed"]},
                enabled=args.healing,
                permissions=[
                    self.table.read_and_write(),
                    *permissions.healing(
                        place,
                        args.environment,
                        args.data.raw_arn,
                        args.data.curated_arn,
                        args.data.key_arn,
                        args.models_key_arn,
                    ),
                ],
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.logs_key_arn,
                log_retention_days=args.log_retention_days,
                tracing_layer_arn=args.tracing_layer_arn,
            ),
            self.child(),
        )


def incident_events(place: Placement) -> dict[str, object]:
    """EventBridge pattern of everything that opens or ends an incident; each of the alternatives stands alone."""
    own = [{"prefix": f"{place.prefix}-"}]
    pipelines = [{"prefix": place.arn("sagemaker", f"pipeline/{place.prefix}-")}]
    return {
        "source": ["aws.cloudwatch", "aws.sagemaker"],
        "detail-type": [
            "CloudWatch Alarm State Change",
            "SageMaker Endpoint State Change",
            "SageMaker Model Building Pipeline Execution Status Change",
        ],
        "detail": {
            "$or": [
                {"alarmName": own},
                {"EndpointName": own},
                {"pipelineArn": pipelines, "currentPipelineExecutionStatus": ["Failed", "Succeeded"]},
            ]
        },
    }
