"""Spark on EMR Serverless: workers in the private network, for as long as a job runs."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import cloudwatch, emrserverless
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION, Statement, trust
from components.roles import bounded_role, inline_policy


class Capacity(Args):
    """The most that all jobs together may hold."""

    vcpu: int = Field(ge=1)
    memory_gb: int = Field(ge=1)
    disk_gb: int = Field(ge=20)


class SparkApplicationArgs(Args):
    placement: Placement
    release: str = Field(description="Release of EMR, such as `emr-7.9.0`.")
    arm: bool = Field(default=True, description="Workers with Graviton processors; else x86.")
    capacity: Capacity = Field(description="The most that all jobs together may hold.")
    idle_minutes: int = Field(ge=1, description="Idle minutes after which it stops.")
    image_uri: str | None = Field(default=None, description="Image of the workers; EMR's own by default.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets by zone.")
    security_group_id: pulumi.Input[str] = Field(description="Security group of the workers.")
    bucket_arns: Mapping[str, pulumi.Input[str]] = Field(description="Buckets that jobs read and write, by zone.")
    key_arns: Sequence[pulumi.Input[str]] = Field(min_length=1, description="Keys of those buckets.")
    database: pulumi.Input[str] = Field(description="Glue database of the lake.")
    permission_boundary_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the jobs' log, and of what EMR keeps of it.")
    log_retention_days: int = Field(ge=1)


class SparkApplication(Component):
    """One application, started by the first job and stopped when idle, with the Glue catalog as its metastore and
    Iceberg as a format, and the role of its jobs."""

    application_id: pulumi.Output[str]
    job_role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: SparkApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:spark:SparkApplication", name, args.placement, opts)
        place = args.placement
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/emr-serverless/{place.named('spark')}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        application = emrserverless.Application(
            f"{name}-application",
            name=place.named("spark"),
            type="spark",
            release_label=args.release,
            architecture="ARM64" if args.arm else "X86_64",
            auto_start_configuration={"enabled": True},
            auto_stop_configuration={"enabled": True, "idle_timeout_minutes": args.idle_minutes},
            maximum_capacity={
                "cpu": f"{args.capacity.vcpu} vCPU",
                "memory": f"{args.capacity.memory_gb} GB",
                "disk": f"{args.capacity.disk_gb} GB",
            },
            image_configuration=None if args.image_uri is None else {"image_uri": args.image_uri},
            network_configuration={
                "subnet_ids": list(args.subnet_ids.values()),
                "security_group_ids": [args.security_group_id],
            },
            monitoring_configuration={
                "cloudwatch_logging_configuration": {
                    "enabled": True,
                    "log_group_name": log.name,
                    "log_stream_name_prefix": "jobs",
                    "encryption_key_arn": args.log_key_arn,
                },
                # What EMR keeps for its own console would be encrypted with its own key.
                "managed_persistence_monitoring_configuration": {"enabled": False},
            },
            runtime_configurations=[{"classification": "spark-defaults", "properties": _catalog(place)}],
            opts=self.child(),
        )
        self.application_id = application.id
        self.job_role_arn = self._job_role(args, log)
        self.register_outputs({"application_id": self.application_id, "job_role_arn": self.job_role_arn})

    def _job_role(self, args: SparkApplicationArgs, log: cloudwatch.LogGroup) -> pulumi.Output[str]:
        place = args.placement
        role = bounded_role(
            self,
            "spark-jobs",
            suffix="jobs",
            description="Spark jobs",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "emr-serverless", source_arn=place.arn("emr-serverless", "/applications/*")),
        )
        inline_policy(
            self, role.name, "spark-jobs", *_lake(args), _tables(args), *_report(args, log), suffix="jobs-policy"
        )
        return role.arn


def _catalog(placement: Placement) -> dict[str, str]:
    """Spark's tables are the Glue catalog's, and Iceberg tables among them are read and written as such."""
    session = "spark.sql.catalog.spark_catalog"
    return {
        "spark.hadoop.hive.metastore.client.factory.class": (
            "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
        ),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        session: "org.apache.iceberg.spark.SparkSessionCatalog",
        f"{session}.catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        f"{session}.glue.account-id": placement.account_id,
        "spark.jars": "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
    }


def _lake(args: SparkApplicationArgs) -> list[Statement]:
    buckets = list(args.bucket_arns.values())
    return [
        {
            "Sid": "FindObjects",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": buckets,
        },
        {
            "Sid": "UseObjects",
            "Effect": "Allow",
            "Action": [
                "s3:AbortMultipartUpload",
                "s3:DeleteObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:PutObject",
            ],
            "Resource": [pulumi.Output.concat(bucket, "/*") for bucket in buckets],
        },
        {
            "Sid": "UseKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],  # Encrypt: of a catalog under the key
            "Resource": list(args.key_arns),
        },
        ASK_LAKE_FORMATION,
    ]


def _tables(args: SparkApplicationArgs) -> Statement:
    place = args.placement
    return {
        "Sid": "UseTables",
        "Effect": "Allow",
        "Action": [
            "glue:BatchCreatePartition",
            "glue:CreateTable",
            "glue:GetDatabase",
            "glue:GetDatabases",
            "glue:GetPartition",
            "glue:GetPartitions",
            "glue:GetTable",
            "glue:GetTables",
            "glue:UpdateTable",
        ],
        "Resource": [
            place.arn("glue", "catalog"),
            place.arn("glue", "database/default"),  # which Spark looks for when it starts
            pulumi.Output.concat(place.arn("glue", "database/"), args.database),
            pulumi.Output.concat(place.arn("glue", "table/"), args.database, "/*"),
        ],
    }


def _report(args: SparkApplicationArgs, log: cloudwatch.LogGroup) -> list[Statement]:
    return [
        {
            "Sid": "Report",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            "Resource": pulumi.Output.concat(log.arn, ":*"),
        },
        {
            "Sid": "FindLog",
            "Effect": "Allow",
            "Action": "logs:DescribeLogGroups",
            "Resource": args.placement.arn("logs", "log-group:*"),
        },
        {
            "Sid": "SealLog",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": args.log_key_arn,
        },
    ]
