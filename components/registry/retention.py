"""Looks after old versions: a function on a schedule."""

import json
from collections.abc import Mapping, Sequence
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement
from components.functions.function import Function, FunctionArgs
from components.functions.letters import dead_letters, keep_failures
from components.functions.parts import let_call

VERBS = {
    "report": (),
    "archive": ("sagemaker:UpdateModelPackage",),
    "delete": ("sagemaker:DeleteModelPackage",),
}


class VersionRetentionArgs(Args):
    placement: Placement
    groups: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Package group names, by model.")
    pinned: Sequence[str] = Field(default=(), description="ARNs of versions that settings name; never touched.")
    keep: int = Field(ge=1, description="Newest versions of a model that stay in any case.")
    action: Literal["report", "archive", "delete"] = Field(
        default="report", description="Report only, mark as archived, or delete."
    )
    most_a_run: int = Field(default=25, ge=1, description="Versions that one run touches at most.")
    schedule: str = Field(default="rate(1 day)", pattern=r"^(rate|cron)\(.+\)$", description="When it runs, in UTC.")
    code: Mapping[str, str] = Field(min_length=1, description="The handler's files: `retention.py`.")
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of the log.")
    log_retention_days: int = Field(ge=1)


class VersionRetention(Component):
    """Approved, pinned and served versions stay; of the others the newest. It may do what its action needs, no more."""

    function: pulumi.Output[str]

    def __init__(self, name: str, args: VersionRetentionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:registry:VersionRetention", name, args.placement, opts)
        place = args.placement
        # Runs that Lambda gave up, for whoever looks why; the next run on the schedule does what they left.
        letters = dead_letters(self, name, args.key_arn)
        function = Function(
            f"{name}-handler",
            FunctionArgs(
                placement=place,
                subject=name,
                description="Looks after old versions of models",
                code=args.code,
                entry="retention.handle",
                timeout_seconds=300,
                environment={
                    "GROUPS": pulumi.Output.json_dumps(dict(args.groups), sort_keys=True),
                    "PINNED": json.dumps(sorted(args.pinned)),
                    "PREFIX": f"{place.prefix}-",
                    "KEEP": str(args.keep),
                    "ACTION": args.action,
                    "MOST": str(args.most_a_run),
                },
                permissions=[
                    *_statements(args),
                    keep_failures(letters, "GiveUp"),
                ],
                dead_letters_arn=letters.arn,
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
            ),
            self.child(),
        )
        rule = cloudwatch.EventRule(
            f"{name}-rule",
            name=place.named(name),
            description="Old versions of models",
            schedule_expression=args.schedule,
            opts=self.child(),
        )
        permission = let_call(self, function.function, "events", rule.arn, statement="schedule")
        cloudwatch.EventTarget(
            f"{name}-target",
            rule=rule.name,
            target_id="handler",
            arn=function.arn,
            opts=self.child(depends_on=[permission]),
        )
        self.function = function.function
        self.register_outputs({"function": self.function})


def _statements(args: VersionRetentionArgs) -> list[Statement]:
    place = args.placement
    versions = place.arn("sagemaker", f"model-package/{place.prefix}-*")
    statements: list[Statement] = [
        # Lists have no ARN of their own.
        {"Sid": "ListModels", "Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"},
        {
            "Sid": "SeeModels",
            "Effect": "Allow",
            "Action": "sagemaker:DescribeModel",
            "Resource": place.arn("sagemaker", f"model/{place.prefix}-*"),
        },
        {
            "Sid": "SeeVersions",
            "Effect": "Allow",
            "Action": ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
            "Resource": [versions, place.arn("sagemaker", f"model-package-group/{place.prefix}-*")],
        },
    ]
    if VERBS[args.action]:
        statements.append(
            {"Sid": "LookAfterVersions", "Effect": "Allow", "Action": list(VERBS[args.action]), "Resource": versions}
        )
    return statements
