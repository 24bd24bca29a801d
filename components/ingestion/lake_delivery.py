"""Brings rows from a stream or a topic into the raw zone, as Parquet, with Firehose."""

from collections.abc import Sequence
from typing import Literal

import pulumi
from pulumi_aws import cloudwatch, iam, kinesis
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import Statement, trust
from components.ingestion.row_stream import RowStream
from components.ingestion.row_topic import RowTopic
from components.lakeformation.grants import Access, LakeGrant, LakeGrantArgs
from components.roles import bounded_role, inline_policy
from components.signals import Signal, alarm_name

LATE_SECONDS = 3600
# Joda-Time's patterns: what JSON writes of a time, in UTC, with and without fractions of a second.
TIME_FORMATS = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-dd HH:mm:ss"]


class Landing(Args):
    """Where rows land, and which table says what they are."""

    bucket_arn: pulumi.Input[str] = Field(description="Bucket of the raw zone.")
    key_arn: pulumi.Input[str] = Field(description="Its key; also that of the catalog, where that is encrypted.")
    database: pulumi.Input[str] = Field(description="Glue database.")
    table: pulumi.Input[str] = Field(description="Table of the model's raw rows, whose columns the files get.")
    personal_tag: pulumi.Input[str] | None = Field(
        default=None, description="Lake Formation's tag, where that governs the table; none by default."
    )


class LakeDeliveryArgs(Args):
    placement: Placement
    model: str = Field(description="Whose rows.")
    landing: Landing = Field(description="Where they land.")
    stream: RowStream | None = Field(default=None, description="Kinesis stream of the rows, or")
    topic: RowTopic | None = Field(default=None, description="Kafka topic of the rows; one of both.")
    buffer_seconds: int = Field(default=300, ge=60, le=900, description="How long a file may fill.")
    buffer_mb: int = Field(default=128, ge=64, le=128, description="How large it may become, in MiB.")
    permission_boundary_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the log.")
    log_retention_days: int = Field(ge=1)

    def model_post_init(self, _context: object) -> None:
        if (self.stream is None) == (self.topic is None):
            raise ValueError("rows come from a stream or from a topic: give one of both")


class LakeDelivery(Component):
    """One Firehose stream a model. Files lie by day under `<model>/rows/streamed/`, where validation reads them; rows
    that are no JSON, or do not fit the table, lie under `<model>/undelivered/` with the reason."""

    delivery: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: LakeDeliveryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:ingestion:LakeDelivery", name, args.placement, opts)
        place = args.placement
        self._delivery_name = place.named(args.model, "rows")
        log, log_stream = self._log(args)
        role, permission = self._role(args, log)
        self.role_arn = role.arn
        needed: list[pulumi.Resource] = [permission, *self._know_columns(args, role)]
        source = "kinesis" if args.stream is not None else "msk"
        made = kinesis.FirehoseDeliveryStream(
            f"{name}-firehose",
            name=self._delivery_name,
            destination="extended_s3",
            kinesis_source_configuration=None
            if args.stream is None
            else {"kinesis_stream_arn": args.stream.arn, "role_arn": role.arn},
            msk_source_configuration=None
            if args.topic is None
            else {
                "msk_cluster_arn": args.topic.cluster_arn,
                "topic_name": args.topic.topic,
                "authentication_configuration": {"connectivity": "PRIVATE", "role_arn": role.arn},
            },
            extended_s3_configuration=_target(args, role.arn, log.name, log_stream.name),
            tags={"source": source},
            # Firehose tries the role on source, table and bucket when it is made.
            opts=self.child(depends_on=needed),
        )
        self.delivery = made.name
        self._alarm(args, "late", source, made.name)
        self._alarm(args, "unconverted", source, made.name)
        self.register_outputs({"delivery": self.delivery})

    def _log(self, args: LakeDeliveryArgs) -> tuple[cloudwatch.LogGroup, cloudwatch.LogStream]:
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/kinesisfirehose/{self._delivery_name}",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        stream = cloudwatch.LogStream(
            f"{self.name}-log-stream", name=f"{args.model}-delivery", log_group_name=log.name, opts=self.child()
        )
        return log, stream

    def _role(self, args: LakeDeliveryArgs, log: cloudwatch.LogGroup) -> tuple[iam.Role, iam.RolePolicy]:
        place = args.placement
        role = bounded_role(
            self,
            args.model,
            "delivery",
            description=f"Brings rows of {args.model} into the lake",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "firehose", source_arn=place.arn("firehose", f"deliverystream/{self._delivery_name}")),
        )
        permission = inline_policy(
            self, role.name, f"{args.model}-delivery", *_reading(args), *_landing(args), _report(log)
        )
        return role, permission

    def _know_columns(self, args: LakeDeliveryArgs, role: iam.Role) -> list[pulumi.Resource]:
        """IAM alone does not show a table that Lake Formation governs."""
        if args.landing.personal_tag is None:
            return []
        return [
            LakeGrant(
                f"{self.name}-grant",
                LakeGrantArgs(
                    placement=args.placement,
                    role_arn=role.arn,
                    tag=args.landing.personal_tag,
                    access=Access.DESCRIBE,
                ),
                self.child(),
            )
        ]

    def _alarm(
        self, args: LakeDeliveryArgs, what: Literal["late", "unconverted"], source: str, delivery: pulumi.Output[str]
    ) -> None:
        """`late`: the oldest row that waits is older than an hour; `unconverted`: rows did not fit the table."""
        metric, statistic, threshold = {
            "late": ("DeliveryToS3.DataFreshness", "Maximum", LATE_SECONDS),
            "unconverted": ("FailedConversion.Records", "Sum", 1),
        }[what]
        cloudwatch.MetricAlarm(
            f"{self.name}-{what}",
            name=alarm_name(args.placement, Signal.DATA_LATE, f"{args.model}-{what}"),
            alarm_description=f"Rows of {args.model} that streamed in ({source}) are {what}",
            namespace="AWS/Firehose",
            metric_name=metric,
            dimensions={"DeliveryStreamName": delivery},
            statistic=statistic,
            period=300,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            opts=self.child(),
        )


def _target(
    args: LakeDeliveryArgs, role_arn: pulumi.Output[str], log: pulumi.Output[str], log_stream: pulumi.Output[str]
) -> kinesis.FirehoseDeliveryStreamExtendedS3ConfigurationArgsDict:
    place, landing = args.placement, args.landing
    return {
        "role_arn": role_arn,
        "bucket_arn": landing.bucket_arn,
        "prefix": f"{args.model}/rows/streamed/!{{timestamp:yyyy-MM-dd}}/",
        "error_output_prefix": f"{undelivered(args.model)}!{{firehose:error-output-type}}/!{{timestamp:yyyy-MM-dd}}/",
        "custom_time_zone": "UTC",
        "file_extension": ".parquet",  # what validation takes for a table
        "buffering_interval": args.buffer_seconds,
        "buffering_size": args.buffer_mb,
        "compression_format": "UNCOMPRESSED",  # Parquet compresses inside
        "kms_key_arn": landing.key_arn,
        "cloudwatch_logging_options": {"enabled": True, "log_group_name": log, "log_stream_name": log_stream},
        "data_format_conversion_configuration": {
            "enabled": True,
            "input_format_configuration": {"deserializer": {"hive_json_ser_de": {"timestamp_formats": TIME_FORMATS}}},
            "output_format_configuration": {"serializer": {"parquet_ser_de": {"compression": "SNAPPY"}}},
            "schema_configuration": {
                "catalog_id": place.account_id,
                "database_name": landing.database,
                "table_name": landing.table,
                "region": place.region,
                "role_arn": role_arn,
                "version_id": "LATEST",
            },
        },
    }


def undelivered(model: str) -> str:
    """Prefix, in the raw zone, of rows that could not be made into Parquet."""
    return f"{model}/undelivered/"


def _reading(args: LakeDeliveryArgs) -> Sequence[Statement]:
    if args.stream is not None:
        return args.stream.reading()
    return args.topic.reading() if args.topic is not None else []


def _landing(args: LakeDeliveryArgs) -> list[Statement]:
    place, landing = args.placement, args.landing
    return [
        {
            "Sid": "FindBucket",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": landing.bucket_arn,
        },
        {
            "Sid": "Land",
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
            "Resource": [
                pulumi.Output.concat(landing.bucket_arn, f"/{args.model}/rows/streamed/*"),
                pulumi.Output.concat(landing.bucket_arn, f"/{undelivered(args.model)}*"),
            ],
        },
        {
            "Sid": "Seal",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": landing.key_arn,
        },
        {
            "Sid": "KnowColumns",
            "Effect": "Allow",
            "Action": ["glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"],
            "Resource": [
                place.arn("glue", "catalog"),
                pulumi.Output.concat(place.arn("glue", "database/"), landing.database),
                pulumi.Output.concat(place.arn("glue", "table/"), landing.database, "/", landing.table),
            ],
        },
    ]


def _report(log: cloudwatch.LogGroup) -> Statement:
    return {
        "Sid": "Report",
        "Effect": "Allow",
        "Action": "logs:PutLogEvents",
        "Resource": pulumi.Output.concat(log.arn, ":log-stream:*"),
    }
