"""A model's features as they are served: newest values online, every value kept offline."""

from typing import Self

import pulumi
from pulumi_aws import iam, sagemaker
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION, Statement, trust
from components.lakeformation.grants import Access, LakeGrant, LakeGrantArgs
from components.names import Limit
from components.roles import bounded_role, inline_policy
from contracts.workload import FEATURE_STORE_TYPES, Workload, online_row

STORE = "feature-store"


class Records(Args):
    """How records are kept. All but the time to live is decided when a group is made: a change replaces the group."""

    iceberg: bool = Field(default=False, description="Offline records are an Iceberg table; Parquet files by default.")
    in_memory: bool = Field(default=False, description="Online records lie in memory.")
    ttl_days: int | None = Field(default=None, ge=1, description="Days of an online record; for ever by default.")
    read_units: int | None = Field(default=None, ge=1, description="Provisioned reads a second; on demand by default.")
    write_units: int | None = Field(
        default=None, ge=1, description="Provisioned writes a second; on demand by default."
    )


class FeatureGroupArgs(Args):
    placement: Placement
    workload: Workload = Field(description="Whose features; the group's schema comes from its contract.")
    bucket: pulumi.Input[str] = Field(description="Bucket of the offline store, which lies under `feature-store/`.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of both stores.")
    database: pulumi.Input[str] | None = Field(
        default=None, description="Glue database of the offline table, where it is Iceberg's. Needed for those only."
    )
    personal_tag: pulumi.Input[str] | None = Field(
        default=None, description="Lake Formation's tag, where that governs the database; none by default."
    )
    records: Records = Field(default=Records(), description="How records are kept.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Permission boundary of the store's role.")

    @model_validator(mode="after")
    def _iceberg_has_a_database(self) -> Self:
        if self.records.iceberg and self.database is None:
            raise ValueError("an offline store of Iceberg needs a database for its table")
        return self


class FeatureGroup(Component):
    """A feature group whose records are a row's key, its event time and its features.

    Of Parquet files SageMaker makes no Glue table, as nothing would delete that: the catalog has one of the features.
    An Iceberg table it must make itself, in the lake's database, with which it goes.
    """

    group_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: FeatureGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:features:FeatureGroup", name, args.placement, opts)
        place, data = args.placement, args.workload.data
        role, permission = self._role(args)
        needed: list[pulumi.Resource] = [permission, *self._let_make_table(args, role)]
        group = sagemaker.FeatureGroup(
            f"{name}-group",
            feature_group_name=place.named(args.workload.name, limit=Limit.FEATURE_GROUP),
            description=f"Features of {args.workload.name}",
            record_identifier_feature_name=data.key,
            event_time_feature_name=data.event_time,
            feature_definitions=_definitions(args.workload),
            online_store_config=_online(args),
            offline_store_config=_offline(args),
            throughput_config=_throughput(args.records),
            role_arn=role.arn,
            opts=self.stateful_child(depends_on=needed),
        )
        self.group_name, self.arn = group.feature_group_name, group.arn
        self.register_outputs({"group_name": self.group_name, "arn": self.arn})

    def _let_make_table(self, args: FeatureGroupArgs, role: iam.Role) -> list[pulumi.Resource]:
        """IAM alone makes no table where Lake Formation governs the database."""
        if args.personal_tag is None or not args.records.iceberg:
            return []
        grant = LakeGrantArgs(
            placement=args.placement,
            role_arn=role.arn,
            tag=args.personal_tag,
            access=Access.MAKE_OWN,
            locations={"store": pulumi.Output.concat(args.placement.s3_arn(""), args.bucket)},
        )
        return [LakeGrant(f"{self.name}-grant", grant, self.child())]

    def _role(self, args: FeatureGroupArgs) -> tuple[iam.Role, iam.RolePolicy]:
        """The role that the group works with for as long as it lives, and so stays where the group stays."""
        place = args.placement
        role = bounded_role(
            self,
            args.workload.name,
            "features",
            description=f"Keeps the features of {args.workload.name}",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "sagemaker"),
            opts=self.guarding_child(),
        )
        bucket = pulumi.Output.concat(f"arn:{place.partition}:s3:::", args.bucket)
        permission = inline_policy(
            self,
            role.name,
            f"{args.workload.name}-store",
            {"Effect": "Allow", "Action": ["s3:GetBucketAcl", "s3:GetBucketLocation"], "Resource": bucket},
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
                "Resource": pulumi.Output.concat(bucket, f"/{STORE}/{args.workload.name}/*"),
            },
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                "Resource": args.key_arn,
            },
            {
                "Effect": "Allow",
                "Action": "kms:CreateGrant",
                "Resource": args.key_arn,
                "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
            *_iceberg_table(args, bucket),
            suffix="store",
            opts=self.guarding_child(),
        )
        return role, permission


def offline_table(model: str) -> str:
    """Name of the Iceberg table of a model's offline records."""
    return f"{model}_feature_store".replace("-", "_")


def _online(args: FeatureGroupArgs) -> sagemaker.FeatureGroupOnlineStoreConfigArgsDict:
    config: sagemaker.FeatureGroupOnlineStoreConfigArgsDict = {
        "enable_online_store": True,
        "security_config": {"kms_key_id": args.key_arn},
    }
    if args.records.in_memory:
        config["storage_type"] = "InMemory"
    if args.records.ttl_days is not None:
        config["ttl_duration"] = {"unit": "Days", "value": args.records.ttl_days}
    return config


def _offline(args: FeatureGroupArgs) -> sagemaker.FeatureGroupOfflineStoreConfigArgsDict:
    config: sagemaker.FeatureGroupOfflineStoreConfigArgsDict = {
        "s3_storage_config": {
            "s3_uri": pulumi.Output.concat("s3://", args.bucket, f"/{STORE}/{args.workload.name}"),
            "kms_key_id": args.key_arn,
        },
        "disable_glue_table_creation": not args.records.iceberg,
    }
    if args.database is not None and args.records.iceberg:
        config["table_format"] = "Iceberg"
        config["data_catalog_config"] = {
            "catalog": "AwsDataCatalog",
            "database": args.database,
            "table_name": offline_table(args.workload.name),
        }
    return config


def _throughput(records: Records) -> sagemaker.FeatureGroupThroughputConfigArgsDict | None:
    if records.read_units is None or records.write_units is None:
        return None
    return {
        "throughput_mode": "Provisioned",
        "provisioned_read_capacity_units": records.read_units,
        "provisioned_write_capacity_units": records.write_units,
    }


def _iceberg_table(args: FeatureGroupArgs, bucket: pulumi.Output[str]) -> list[Statement]:
    """What keeping an Iceberg table takes besides; nothing for Parquet files."""
    if args.database is None or not args.records.iceberg:
        return []
    place, table = args.placement, offline_table(args.workload.name)
    return [
        {
            "Effect": "Allow",
            "Action": ["glue:CreateTable", "glue:GetDatabase", "glue:GetTable", "glue:UpdateTable"],
            "Resource": [
                place.arn("glue", "catalog"),
                pulumi.Output.concat(place.arn("glue", "database/"), args.database),
                pulumi.Output.concat(place.arn("glue", "table/"), args.database, f"/{table}"),
            ],
        },
        {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": args.key_arn},  # of a catalog under the key
        {
            "Effect": "Allow",
            "Action": ["s3:DeleteObject", "s3:ListBucket"],
            "Resource": [bucket, pulumi.Output.concat(bucket, f"/{STORE}/{args.workload.name}/*")],
        },
        ASK_LAKE_FORMATION,
    ]


def _definitions(workload: Workload) -> list[sagemaker.FeatureGroupFeatureDefinitionArgsDict]:
    return [
        {"feature_name": name, "feature_type": FEATURE_STORE_TYPES[kind]} for name, kind in online_row(workload).items()
    ]
