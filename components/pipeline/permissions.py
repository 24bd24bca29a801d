"""What the pipelines of an environment may do. One policy for all models: its length does not grow with them."""

from collections.abc import Sequence

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement
from components.names import Limit
from components.roles import inline_policy


class PipelinePermissionsArgs(Args):
    placement: Placement
    jobs_role_name: pulumi.Input[str] = Field(description="Role of pipeline executions and their jobs.")
    jobs_role_arn: pulumi.Input[str] = Field(description="The same role, which an execution hands to its jobs.")
    scheduler_role_name: pulumi.Input[str] = Field(description="Role of the schedules that start pipelines.")
    central_groups: Sequence[str] = Field(
        default=(), description="ARNs of package groups of another account, into which they register; none by default."
    )


class PipelinePermissions(Component):
    """Policies of the jobs' role and of the schedules' role. Data and images are granted by whoever owns them."""

    def __init__(self, name: str, args: PipelinePermissionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:pipeline:PipelinePermissions", name, args.placement, opts)
        place = args.placement
        inline_policy(
            self,
            args.jobs_role_name,
            place.named("run-pipelines", limit=Limit.IAM_ROLE),
            *_run_jobs(place, args.jobs_role_arn),
            _register_models(place, args.central_groups),
            suffix="jobs",
        )
        inline_policy(
            self,
            args.scheduler_role_name,
            place.named("start-pipelines", limit=Limit.IAM_ROLE),
            {
                "Sid": "StartPipelines",
                "Effect": "Allow",
                "Action": "sagemaker:StartPipelineExecution",
                "Resource": _owned(place, "pipeline"),
            },
            suffix="schedules",
        )
        self.register_outputs({})


def _owned(place: Placement, kind: str) -> str:
    return place.arn("sagemaker", f"{kind}/{place.prefix}-*")


def _run_jobs(place: Placement, role_arn: pulumi.Input[str]) -> list[Statement]:
    # SageMaker names the jobs of a pipeline `pipelines-<execution>-<step>-<random>`.
    jobs = [place.arn("sagemaker", f"{kind}/pipelines-*") for kind in ("processing-job", "training-job")]
    kinds = ("ProcessingJob", "TrainingJob")
    return [
        {
            "Sid": "RunJobs",
            "Effect": "Allow",
            "Action": [
                "sagemaker:AddTags",
                *(f"sagemaker:{verb}{kind}" for kind in kinds for verb in ("Create", "Describe", "Stop")),
            ],
            "Resource": jobs,
        },
        {
            "Sid": "HandRoleToJobs",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": role_arn,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ]


def _register_models(place: Placement, central_groups: Sequence[str]) -> Statement:
    return {
        "Sid": "RegisterModels",
        "Effect": "Allow",
        "Action": [
            "sagemaker:AddTags",
            "sagemaker:CreateModelPackage",
            "sagemaker:DescribeModelPackage",
            "sagemaker:DescribeModelPackageGroup",
        ],
        "Resource": [
            *(_owned(place, kind) for kind in ("model-package-group", "model-package")),
            *central_groups,
            *(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in central_groups),
        ],
    }
