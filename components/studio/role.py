"""What apps of one persona may do in the estate."""

from collections.abc import Sequence
from enum import StrEnum

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION, Statement, document, lend_key
from components.roles import bounded_role, inline_policy
from components.storage.query_workgroup import RESULTS
from components.studio.trials import trials
from components.tracking.server import PREFIX, record_runs


class Persona(StrEnum):
    """Who works in Studio; its value names the role."""

    DATA_SCIENTIST = "data-scientist"
    ML_ENGINEER = "ml-engineer"


class StudioRoleArgs(Args):
    placement: Placement
    persona: Persona
    environment: str = Field(description="Name of the environment, whose published parameters the apps may read.")
    permission_boundary_arn: pulumi.Input[str]
    readable_arns: Sequence[pulumi.Input[str]] = Field(min_length=1, description="Buckets that the apps may read.")
    answers_arn: pulumi.Input[str] = Field(description="Bucket of Athena's answers, which the workgroup has put there.")
    work_arn: pulumi.Input[str] = Field(description="Bucket in which they may write, under `studio/`.")
    key_arns: Sequence[pulumi.Input[str]] = Field(min_length=1, description="KMS keys of these buckets and of disks.")
    workgroup: pulumi.Input[str] = Field(description="Athena workgroup in which they may query.")
    database: pulumi.Input[str] = Field(description="Glue database that they may read.")
    repository_arns: Sequence[pulumi.Input[str]] = Field(
        min_length=1,
        description="ECR repositories whose images their jobs run, and the apps where they have their own.",
    )
    subnet_ids: Sequence[pulumi.Input[str]] = Field(min_length=1, description="Private subnets of their jobs.")
    instance_types: Sequence[str] = Field(
        min_length=1, description="Instance types that apps and jobs may ask for; `*` stands for anything."
    )
    tracking_arn: pulumi.Input[str] | None = Field(
        default=None,
        description="MLflow tracking server to which they may record, its artifacts in `work_arn`; none by default.",
    )


class StudioRole(Component):
    """The role of a persona's apps: reads the lake, tries things out under its own names; never a release."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: StudioRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:studio:StudioRole", name, args.placement, opts)
        place = args.placement
        role = bounded_role(
            self,
            "studio",
            args.persona,
            description=f"Studio apps of a {args.persona.value.replace('-', ' ')}",
            boundary_arn=args.permission_boundary_arn,
            # Studio passes the profile's name on, so that the audit trail shows who a call was made for.
            trusted=_trust(place),
            opts=self.guarding_child(),
        )
        jobs = trials(place, role.arn, args.repository_arns, args.subnet_ids, args.instance_types)
        statements = [*_studio(place, args.instance_types), *_data(args), *_ask(args), *jobs, *_look(place, args)]
        if args.tracking_arn is not None:
            statements.append(record_runs(args.tracking_arn))
        if args.persona is Persona.ML_ENGINEER:
            statements.append(_run_pipelines(place))
        policy = inline_policy(self, role.name, f"studio-{args.persona}", *statements, opts=self.guarding_child())
        # Whoever is handed the role waits for what it may do: SageMaker tries it when an image is registered.
        self.arn = pulumi.Output.all(role.arn, policy.id).apply(lambda made: made[0])
        self.register_outputs({"arn": self.arn})


def _trust(place: Placement) -> pulumi.Output[str]:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"aws:SourceAccount": place.account_id}},
        }
    )


def _studio(place: Placement, instance_types: Sequence[str]) -> list[Statement]:
    """Its own space and the apps in it; those of others it only sees."""
    kinds = ("app", "domain", "space", "user-profile")
    mine = place.arn("sagemaker", "user-profile/${sagemaker:DomainId}/${sagemaker:UserProfileName}")
    return [
        {
            "Sid": "SeeStudio",
            "Effect": "Allow",
            "Action": [
                *(f"sagemaker:Describe{kind}" for kind in ("App", "Domain", "Space", "UserProfile")),
                *(f"sagemaker:List{kind}" for kind in ("Apps", "Domains", "Spaces", "UserProfiles", "Tags")),
            ],
            "Resource": [place.arn("sagemaker", f"{kind}/*") for kind in kinds],
        },
        {
            "Sid": "WorkInOwnSpace",
            "Effect": "Allow",
            "Action": [
                *(f"sagemaker:{verb}Space" for verb in ("Create", "Update", "Delete")),
                *("sagemaker:CreateApp", "sagemaker:DeleteApp"),
            ],
            "Resource": [place.arn("sagemaker", f"{kind}/*") for kind in ("space", "app")],
            "Condition": {
                "ArnLike": {"sagemaker:OwnerUserProfileArn": mine},
                "StringEquals": {"sagemaker:SpaceSharingType": "Private"},
                "ForAllValues:StringLike": {"sagemaker:InstanceTypes": list(instance_types)},
            },
        },
        # A tag's request says what it is for, and not whose the space is.
        {
            "Sid": "TagOwnSpace",
            "Effect": "Allow",
            "Action": "sagemaker:AddTags",
            "Resource": [place.arn("sagemaker", f"{kind}/*") for kind in ("space", "app")],
            "Condition": {"StringEquals": {"sagemaker:TaggingAction": ["CreateApp", "CreateSpace"]}},
        },
    ]


def _data(args: StudioRoleArgs) -> list[Statement]:
    # MLflow's clients bring and take artifacts themselves.
    folders = ("studio",) if args.tracking_arn is None else ("studio", PREFIX)
    own = [
        *(pulumi.Output.concat(args.work_arn, f"/{folder}/*") for folder in folders),
        pulumi.Output.concat(args.answers_arn, f"/{RESULTS}/*"),  # Athena leaves answers in the asker's name
    ]
    return [
        {
            "Sid": "FindObjects",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
            "Resource": [*args.readable_arns, args.answers_arn, args.work_arn],
        },
        {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": "s3:GetObject",
            "Resource": [
                *(pulumi.Output.concat(arn, "/*") for arn in args.readable_arns),
                *own,
            ],
        },
        {
            "Sid": "KeepOwnWork",
            "Effect": "Allow",
            "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
            "Resource": own,
        },
        ASK_LAKE_FORMATION,
        {
            "Sid": "UseKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
            "Resource": list(args.key_arns),
        },
        lend_key("LendKeysToDisks", list(args.key_arns)),
    ]


def _ask(args: StudioRoleArgs) -> list[Statement]:
    place = args.placement
    return [
        {
            "Sid": "Query",
            "Effect": "Allow",
            "Action": [
                *(f"athena:{verb}QueryExecution" for verb in ("Start", "Stop", "Get")),
                *("athena:GetQueryResults", "athena:GetWorkGroup"),
            ],
            "Resource": pulumi.Output.concat(place.arn("athena", "workgroup/"), args.workgroup),
        },
        {
            "Sid": "ReadCatalog",
            "Effect": "Allow",
            "Action": [
                *("glue:GetDatabase", "glue:GetDatabases", "glue:GetPartition", "glue:GetPartitions"),
                *("glue:GetTable", "glue:GetTables"),
            ],
            "Resource": [
                place.arn("glue", "catalog"),
                pulumi.Output.concat(place.arn("glue", "database/"), args.database),
                pulumi.Output.concat(place.arn("glue", "table/"), args.database, "/*"),
            ],
        },
    ]


def _look(place: Placement, args: StudioRoleArgs) -> list[Statement]:
    """What runs and what is registered; lists have no ARN."""
    return [
        {
            "Sid": "SeeRunsAndVersions",
            "Effect": "Allow",
            "Action": [
                *(f"sagemaker:Describe{kind}" for kind in ("Pipeline", "PipelineExecution", "Endpoint")),
                *("sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"),
                *("sagemaker:DescribeModelCard", "sagemaker:ListPipelineExecutions"),
                *("sagemaker:ListPipelineExecutionSteps", "sagemaker:ListModelPackages"),
            ],
            "Resource": [
                place.arn("sagemaker", f"{kind}/{place.prefix}-*")
                for kind in ("pipeline", "endpoint", "model-package", "model-package-group", "model-card")
            ],
        },
        {
            "Sid": "ListThem",
            "Effect": "Allow",
            "Action": [
                f"sagemaker:List{kind}" for kind in ("Endpoints", "ModelPackageGroups", "Pipelines", "TrainingJobs")
            ],
            "Resource": "*",
        },
        {
            "Sid": "ReadLogs",
            "Effect": "Allow",
            "Action": ["logs:GetLogEvents", "logs:FilterLogEvents", "logs:DescribeLogStreams"],
            "Resource": place.arn("logs", "log-group:/aws/sagemaker/*"),
        },
        {
            "Sid": "WriteLogs",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": place.arn("logs", "log-group:/aws/sagemaker/*"),
        },
        {
            "Sid": "ReadOutputs",
            "Effect": "Allow",
            "Action": ["ssm:GetParameter", "ssm:GetParameters"],
            "Resource": place.arn("ssm", f"parameter/mlops-estate/{args.environment}/*"),
        },
    ]


def _run_pipelines(place: Placement) -> Statement:
    return {
        "Sid": "RunPipelines",
        "Effect": "Allow",
        "Action": ["sagemaker:StartPipelineExecution", "sagemaker:StopPipelineExecution"],
        "Resource": place.arn("sagemaker", f"pipeline/{place.prefix}-*"),
    }
