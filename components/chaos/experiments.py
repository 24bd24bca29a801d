"""Templates of experiments in AWS FIS. Somebody starts one; an endpoint's alarm stops it."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, fis, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.chaos.faults import Fault, faults, permissions
from components.documents import Statement, trust
from components.roles import bounded_role, inline_policy

MOST_STOPS = 5  # stop conditions of a template, by FIS's quota
VENDED_LOGS = "/aws/vendedlogs/fis"  # names under which CloudWatch Logs lets services write


class FaultExperimentsArgs(Args):
    placement: Placement
    experiments: Sequence[str] = Field(min_length=1, description="Faults by name: `lost-nodes`, `zone-cut` ...")
    minutes: int = Field(ge=1, le=60, description="How long a fault lasts.")
    percent: int = Field(ge=1, le=100, description="Share of the nodes that it hits.")
    cluster: str | None = Field(default=None, description="Name of the cluster whose nodes are lost; none.")
    subnet_arns: Sequence[pulumi.Input[str]] = Field(description="Subnets of which one is cut off.")
    alarm_arns: Sequence[pulumi.Input[str]] = Field(
        min_length=1, description="Alarms that stop an experiment; the first five count."
    )
    tags: Mapping[str, str] = Field(min_length=1, description="Tags of what may be hit.")
    permission_boundary_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    log_retention_days: int = Field(ge=1)


class FaultExperiments(Component):
    """A template a fault, one role that can do these faults and no others, and a log of what was done."""

    templates: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: FaultExperimentsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:chaos:FaultExperiments", name, args.placement, opts)
        known = faults(args.minutes, args.percent, args.cluster)
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"{VENDED_LOGS}/{args.placement.named('faults')}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        role, policy = self._role(args)
        self.templates = {
            each: self._template(args, each, known[each], role, policy, log).id for each in args.experiments
        }
        self.register_outputs({"templates": self.templates})

    def _role(self, args: FaultExperimentsArgs) -> tuple[iam.Role, iam.RolePolicy]:
        place = args.placement
        role = bounded_role(
            self,
            "faults",
            description="Faults on purpose",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "fis", source_arn=place.arn("fis", "experiment/*")),
        )
        policy = inline_policy(
            self, role.name, "faults", *permissions(place, args.experiments, args.tags), _log_delivery()
        )
        return role, policy

    def _template(
        self,
        args: FaultExperimentsArgs,
        name: str,
        fault: Fault,
        role: iam.Role,
        policy: iam.RolePolicy,
        log: cloudwatch.LogGroup,
    ) -> fis.ExperimentTemplate:
        tags = fault.tags or args.tags
        return fis.ExperimentTemplate(
            f"{self.name}-{name}",
            description=fault.says,
            role_arn=role.arn,
            actions=[
                {
                    "name": name,
                    "action_id": fault.action,
                    "description": fault.says,
                    "parameters": [{"key": key, "value": value} for key, value in sorted(fault.parameters.items())],
                    "target": {"key": fault.target, "value": "hit"},
                }
            ],
            targets=[
                {
                    "name": "hit",
                    "resource_type": fault.type,
                    "selection_mode": fault.selection,
                    "resource_tags": [{"key": key, "value": value} for key, value in sorted(tags.items())]
                    if fault.by_tags
                    else None,
                    "resource_arns": None if fault.by_tags else list(args.subnet_arns),
                    "filters": [{"path": path, "values": [value]} for path, value in fault.filters] or None,
                }
            ],
            stop_conditions=[
                {"source": "aws:cloudwatch:alarm", "value": arn} for arn in list(args.alarm_arns)[:MOST_STOPS]
            ],
            experiment_options={"account_targeting": "single-account", "empty_target_resolution_mode": "fail"},
            log_configuration={
                "log_schema_version": 2,
                "cloudwatch_logs_configuration": {"log_group_arn": pulumi.Output.concat(log.arn, ":*")},
            },
            tags={"Name": args.placement.named("faults", name)},
            opts=self.child(depends_on=[policy]),
        )


def _log_delivery() -> Statement:
    """AWS's own list for vended logs; none of it takes an ARN."""
    return {
        "Sid": "DeliverLog",
        "Effect": "Allow",
        "Action": [
            "logs:CreateLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:PutResourcePolicy",
        ],
        "Resource": "*",
    }
