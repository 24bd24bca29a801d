"""Lake Formation of an account and region: who administers it, and which buckets it vouches for."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import iam, lakeformation
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import trust
from components.roles import bounded_role, inline_policy


class LakeGovernanceArgs(Args):
    placement: Placement
    administrators: Sequence[pulumi.Input[str]] = Field(
        min_length=1, max_length=30, description="ARNs of who may grant; the one that deploys must be among them."
    )
    buckets: Sequence[pulumi.Input[str]] = Field(min_length=1, description="ARNs of the buckets of governed tables.")
    locations: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1,
        description="ARNs of those buckets, or of folders in them, by a name. No query's results may lie there: Athena "
        "refuses to write to what is registered.",
    )
    makers: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="ARNs of who makes tables there, by a name: the role that deploys."
    )
    key_arn: pulumi.Input[str] = Field(description="Key of those buckets.")
    permission_boundary_arn: pulumi.Input[str]


class LakeGovernance(Component):
    """What is made from now on is open to nobody by IAM alone: `IAMAllowedPrincipals` gets nothing by default.

    Databases and tables that are older keep that grant until an administrator revokes it; docs/data.md says how.
    """

    settings: lakeformation.DataLakeSettings
    ready: list[pulumi.Resource]  # what must be there before a table is made

    def __init__(self, name: str, args: LakeGovernanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:lakeformation:LakeGovernance", name, args.placement, opts)
        self.settings = lakeformation.DataLakeSettings(
            f"{name}-settings",
            catalog_id=args.placement.account_id,
            admins=list(args.administrators),
            create_database_default_permissions=[],
            create_table_default_permissions=[],
            allow_external_data_filtering=False,
            allow_full_table_external_data_access=False,
            parameters={"CROSS_ACCOUNT_VERSION": "4"},
            # Removing it leaves a lake that nobody administers and new tables that nobody can see.
            opts=self.guarding_child(),
        )
        role, permission = self._role(args)
        self.ready = [self.settings]
        for where, location_arn in args.locations.items():
            location = lakeformation.Resource(
                f"{name}-{where}",
                arn=location_arn,
                role_arn=role.arn,
                use_service_linked_role=False,
                hybrid_access_enabled=False,
                opts=self.child(depends_on=[self.settings, permission]),
            )
            self.ready += [self._let_make(maker, arn, where, location) for maker, arn in args.makers.items()]
        self.register_outputs({})

    def _let_make(
        self, maker: str, maker_arn: pulumi.Input[str], where: str, location: lakeformation.Resource
    ) -> lakeformation.Permissions:
        """To administer a lake is not yet to make tables in a place of it."""
        return lakeformation.Permissions(
            f"{self.name}-{where}-{maker}",
            principal=maker_arn,
            permissions=["DATA_LOCATION_ACCESS"],
            data_location={"arn": location.arn, "catalog_id": self.placement.account_id},
            catalog_id=self.placement.account_id,
            opts=self.child(),
        )

    def _role(self, args: LakeGovernanceArgs) -> tuple[iam.Role, iam.RolePolicy]:
        """The role whose credentials Lake Formation lends; its own could not be used by EMR."""
        place = args.placement
        role = bounded_role(
            self,
            "lake-access",
            description="Lent by Lake Formation to who was granted a table",
            boundary_arn=args.permission_boundary_arn,
            trusted=trust(place, "lakeformation", "glue"),
            opts=self.guarding_child(),
        )
        buckets = list(args.buckets)
        permission = inline_policy(
            self,
            role.name,
            "lake-access",
            {
                "Sid": "UseObjects",
                "Effect": "Allow",
                "Action": ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
                "Resource": [pulumi.Output.concat(bucket, "/*") for bucket in buckets],
            },
            {"Sid": "ListObjects", "Effect": "Allow", "Action": "s3:ListBucket", "Resource": buckets},
            {
                "Sid": "UseKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
                "Resource": args.key_arn,
            },
            opts=self.guarding_child(),
        )
        return role, permission
