"""A model's features as they are served: newest values online, every value kept offline."""

import pulumi
from pulumi_aws import iam, sagemaker
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document, trust
from components.names import Limit
from contracts.workload import FEATURE_STORE_TYPES, Workload, online_row

STORE = "feature-store"


class FeatureGroupArgs(Args):
    placement: Placement
    workload: Workload = Field(description="Whose features; the group's schema comes from its contract.")
    bucket: pulumi.Input[str] = Field(description="Bucket of the offline store, which lies under `feature-store/`.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of both stores.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="Permission boundary of the store's role.")


class FeatureGroup(Component):
    """A feature group whose records are a row's key, its event time and its features.

    SageMaker makes no Glue table of its own for it, as nothing would delete that: the catalog has one of the features.
    """

    group_name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: FeatureGroupArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:features:FeatureGroup", name, args.placement, opts)
        place, data = args.placement, args.workload.data
        role, permission = self._role(args)
        group = sagemaker.FeatureGroup(
            f"{name}-group",
            feature_group_name=place.named(args.workload.name, limit=Limit.FEATURE_GROUP),
            description=f"Features of {args.workload.name}",
            record_identifier_feature_name=data.key,
            event_time_feature_name=data.event_time,
            feature_definitions=_definitions(args.workload),
            online_store_config={"enable_online_store": True, "security_config": {"kms_key_id": args.key_arn}},
            offline_store_config={
                "s3_storage_config": {
                    "s3_uri": pulumi.Output.concat("s3://", args.bucket, f"/{STORE}/{args.workload.name}"),
                    "kms_key_id": args.key_arn,
                },
                "disable_glue_table_creation": True,
            },
            role_arn=role.arn,
            opts=self.stateful_child(depends_on=[permission]),
        )
        self.group_name, self.arn = group.feature_group_name, group.arn
        self.register_outputs({"group_name": self.group_name, "arn": self.arn})

    def _role(self, args: FeatureGroupArgs) -> tuple[iam.Role, iam.RolePolicy]:
        """The role that the group works with for as long as it lives, and so stays where the group stays."""
        place = args.placement
        role = iam.Role(
            f"{self.name}-role",
            name=place.named(args.workload.name, "features", limit=Limit.IAM_ROLE),
            path=place.path,
            description=f"Keeps the features of {args.workload.name}",
            permissions_boundary=args.permission_boundary_arn,
            assume_role_policy=trust(place, "sagemaker"),
            opts=self.guarding_child(),
        )
        bucket = pulumi.Output.concat(f"arn:{place.partition}:s3:::", args.bucket)
        permission = iam.RolePolicy(
            f"{self.name}-store",
            name=f"{args.workload.name}-store",
            role=role.name,
            policy=document(
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
            ),
            opts=self.guarding_child(),
        )
        return role, permission


def _definitions(workload: Workload) -> list[sagemaker.FeatureGroupFeatureDefinitionArgsDict]:
    return [
        {"feature_name": name, "feature_type": FEATURE_STORE_TYPES[kind]} for name, kind in online_row(workload).items()
    ]
