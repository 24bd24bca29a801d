"""Looks for what nobody uses, at set times, and scales it down where it may."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import scheduler
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement
from components.functions.function import Function, FunctionArgs
from components.functions.letters import dead_letters, keep_failures
from components.roles import inline_policy

SUBJECT = "idle"


class IdleWatchArgs(Args):
    placement: Placement
    environment: str
    code: Mapping[str, str] = Field(min_length=1, description="Files of the handler's archive: `idle.py`.")
    schedule: str = Field(pattern=r"^cron\(.+\)$", description="When it looks, in UTC.")
    kinds: Sequence[str] = Field(min_length=1, description="What it looks at: `endpoints`, `apps`, `node-groups`.")
    hours: int = Field(ge=1, description="Hours without use after which something is idle.")
    act: bool = Field(description="Whether it scales down; otherwise it only writes what it would.")
    delete_endpoints: bool = Field(
        default=False, description="Whether endpoints may go too, which Pulumi must then be told by a refresh."
    )
    most: int = Field(ge=1, description="Things that one run scales down at most.")
    keep: Sequence[str] = Field(default=(), description="Names that stay.")
    cluster: str | None = Field(default=None, description="Cluster whose node groups it looks at; none.")
    studio_domain: pulumi.Input[str] | None = Field(
        default=None, description="Id of the Studio domain whose apps it looks at; none."
    )
    table: pulumi.Input[str] = Field(description="Table of incidents, where every run is a record.")
    table_arn: pulumi.Input[str]
    scheduler_role_arn: pulumi.Input[str]
    scheduler_role_name: pulumi.Input[str]
    permission_boundary_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of log, environment and table.")
    log_retention_days: int = Field(ge=1)


class IdleWatch(Component):
    """A function and the schedule that starts it. What it may not do, its role cannot: no endpoint of a protected
    place can be deleted, no app of another domain, and without `act` nothing is changed at all.
    """

    function: pulumi.Output[str]
    schedule: pulumi.Output[str]

    def __init__(self, name: str, args: IdleWatchArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:idle:IdleWatch", name, args.placement, opts)
        place = args.placement
        deletes = args.act and args.delete_endpoints and not place.protected
        letters = dead_letters(self, SUBJECT, args.key_arn)
        function = Function(
            f"{name}-handler",
            FunctionArgs(
                placement=place,
                subject=SUBJECT,
                description="Scales down what nobody uses: endpoints, Studio's apps, GPU node groups",
                code=args.code,
                entry="idle.handle",
                timeout_seconds=300,
                environment={"SETTINGS": _settings(args, deletes)},
                permissions=[
                    *_look(args),
                    *(_act(args, deletes) if args.act else []),
                    keep_failures(letters, "GiveUp"),
                ],
                dead_letters_arn=letters.arn,
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_retention_days=args.log_retention_days,
            ),
            self.child(),
        )
        start = inline_policy(
            self,
            args.scheduler_role_name,
            f"{SUBJECT}-start",
            {"Sid": "LookForIdle", "Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function.arn},
            suffix="start",
        )
        made = scheduler.Schedule(
            f"{name}-schedule",
            name=place.named(SUBJECT),
            description="Looks for what nobody uses",
            schedule_expression=args.schedule,
            schedule_expression_timezone="UTC",
            flexible_time_window={"mode": "OFF"},
            state="ENABLED",
            target={
                "arn": function.arn,
                "role_arn": args.scheduler_role_arn,
                "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 2},
            },
            opts=self.child(depends_on=[start]),
        )
        self.function, self.schedule = function.function, made.name
        self.register_outputs({"function": self.function, "schedule": self.schedule})


def _settings(args: IdleWatchArgs, deletes: bool) -> pulumi.Output[str]:
    settings = {
        "environment": args.environment,
        "prefix": args.placement.prefix,
        "table": args.table,
        "hours": args.hours,
        "kinds": list(args.kinds),
        "act": args.act,
        "endpoints": deletes,
        "keep": list(args.keep),
        "most": args.most,
        "cluster": "" if args.cluster is None else args.cluster,
        "domain": "" if args.studio_domain is None else args.studio_domain,
    }
    return pulumi.Output.json_dumps(settings, sort_keys=True)


def _look(args: IdleWatchArgs) -> list[Statement]:
    place = args.placement
    found: list[Statement] = [
        {
            # Lists and metrics have no ARN.
            "Sid": "LookAround",
            "Effect": "Allow",
            "Action": ["cloudwatch:GetMetricStatistics", "sagemaker:ListApps", "sagemaker:ListEndpoints"],
            "Resource": "*",
        },
        {
            "Sid": "LookAtEndpoints",
            "Effect": "Allow",
            "Action": ["sagemaker:DescribeEndpoint", "sagemaker:ListTags"],
            "Resource": place.arn("sagemaker", f"endpoint/{place.prefix}-*"),
        },
        {"Sid": "KeepRecords", "Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": args.table_arn},
    ]
    if args.studio_domain is not None:
        apps = _apps(args, args.studio_domain)
        found.append({"Sid": "LookAtApps", "Effect": "Allow", "Action": "sagemaker:DescribeApp", "Resource": apps})
    if args.cluster is not None:
        # Instance types have no ARN.
        kinds: Statement = {
            "Sid": "LookUpTypes",
            "Effect": "Allow",
            "Action": "ec2:DescribeInstanceTypes",
            "Resource": "*",
        }
        found.append(kinds)
        found.append(
            {
                "Sid": "LookAtNodes",
                "Effect": "Allow",
                "Action": ["eks:DescribeNodegroup", "eks:ListNodegroups"],
                "Resource": _nodes(args, args.cluster),
            }
        )
    return found


def _act(args: IdleWatchArgs, deletes: bool) -> list[Statement]:
    place = args.placement
    found: list[Statement] = []
    if args.studio_domain is not None:
        apps = _apps(args, args.studio_domain)
        found.append({"Sid": "StopApps", "Effect": "Allow", "Action": "sagemaker:DeleteApp", "Resource": apps})
    if deletes and "endpoints" in args.kinds:
        found.append(
            {
                "Sid": "DeleteEndpoints",
                "Effect": "Allow",
                "Action": "sagemaker:DeleteEndpoint",
                "Resource": place.arn("sagemaker", f"endpoint/{place.prefix}-*"),
            }
        )
    if args.cluster is not None:
        found.append(
            {
                "Sid": "ScaleNodes",
                "Effect": "Allow",
                "Action": "eks:UpdateNodegroupConfig",
                "Resource": _nodes(args, args.cluster),
            }
        )
    return found


def _apps(args: IdleWatchArgs, domain: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.concat(args.placement.arn("sagemaker", "app/"), domain, "/*")


def _nodes(args: IdleWatchArgs, cluster: str) -> list[str]:
    place = args.placement
    return [place.arn("eks", f"cluster/{cluster}"), place.arn("eks", f"nodegroup/{cluster}/*/*")]
