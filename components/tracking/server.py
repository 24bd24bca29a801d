"""An MLflow tracking server that SageMaker runs."""

import pulumi
from pulumi_aws import iam, sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.names import Limit
from components.roles import bounded_role, inline_policy

PREFIX = "mlflow"


class TrackingServerArgs(Args):
    placement: Placement
    bucket: pulumi.Input[str] = Field(description="Bucket of the runs' artifacts, which lie under `mlflow/`.")
    bucket_arn: pulumi.Input[str]
    key_arn: pulumi.Input[str] = Field(description="KMS key of the bucket.")
    permission_boundary_arn: pulumi.Input[str]
    size: str = Field(default="Small", pattern="^(Small|Medium|Large)$", description="For up to 25, 50, 100 users.")
    version: str | None = Field(default=None, description="MLflow's version; SageMaker's newest by default.")
    maintenance: str = Field(default="Sun:03:30", description="Weekly maintenance, in UTC.")


class TrackingServer(Component):
    """Experiments and runs; the models themselves are registered in SageMaker's registry and nowhere else."""

    arn: pulumi.Output[str]
    url: pulumi.Output[str]

    def __init__(self, name: str, args: TrackingServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:tracking:TrackingServer", name, args.placement, opts)
        place = args.placement
        server_name = place.named(name)
        role = bounded_role(
            self,
            name,
            description="MLflow's artifacts",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "sagemaker"),
            opts=self.guarding_child(),
        )
        policy = self._artifacts(args, role)
        server = sagemaker.MlflowTrackingServer(
            f"{name}-server",
            tracking_server_name=server_name,
            artifact_store_uri=pulumi.Output.concat("s3://", args.bucket, f"/{PREFIX}"),
            role_arn=role.arn,
            tracking_server_size=args.size,
            mlflow_version=args.version,
            weekly_maintenance_window_start=args.maintenance,
            automatic_model_registration=False,
            # The server tries its bucket before it is created.
            opts=self.stateful_child(depends_on=[policy]),
        )
        self.arn, self.url = server.arn, server.tracking_server_url
        self.register_outputs({"arn": self.arn, "url": self.url})

    def grant_record(self, grantee: str, role_name: pulumi.Input[str]) -> None:
        """Lets a role record experiments and runs. `grantee` names the grant; give each role its own."""
        inline_policy(
            self,
            role_name,
            self.placement.named("record-runs", grantee, limit=Limit.IAM_ROLE),
            record_runs(self.arn),
            suffix=f"record-{grantee}",
        )

    def _artifacts(self, args: TrackingServerArgs, role: iam.Role) -> iam.RolePolicy:
        return inline_policy(
            self,
            role.name,
            "artifacts",
            {
                "Sid": "FindArtifacts",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
                "Resource": args.bucket_arn,
            },
            {
                "Sid": "KeepArtifacts",
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                "Resource": pulumi.Output.concat(args.bucket_arn, f"/{PREFIX}/*"),
            },
            {
                "Sid": "UseKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.key_arn,
            },
            opts=self.guarding_child(),
        )


def record_runs(tracking_arn: pulumi.Input[str]) -> Statement:
    """Records experiments and runs; registers no model there, as the registry is SageMaker's."""
    verbs = (
        *("CreateExperiment", "CreateRun", "GetExperiment", "GetExperimentByName", "GetRun", "GetMetricHistory"),
        *("ListArtifacts", "LogBatch", "LogMetric", "LogParam", "LogInputs", "LogModel", "SearchExperiments"),
        *("SearchRuns", "SetExperimentTag", "SetTag", "UpdateExperiment", "UpdateRun"),
    )
    return {
        "Sid": "RecordRuns",
        "Effect": "Allow",
        "Action": [f"sagemaker-mlflow:{verb}" for verb in verbs],
        "Resource": tracking_arn,
    }
