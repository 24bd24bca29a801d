"""What a role may do with the lake's tables, by the tag on their columns."""

from collections.abc import Mapping
from enum import StrEnum

import pulumi
from pulumi_aws import iam, lakeformation
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION, document
from components.lakeformation.personal_data import NO, YES


class Access(StrEnum):
    """How much a role gets."""

    READ = "read"  # no personal data
    READ_PERSONAL = "read-personal"
    WRITE = "write"  # reads and changes all rows, as a job does
    DESCRIBE = "describe"  # knows columns and types, and no rows


_SELECT = ["DESCRIBE", "SELECT"]
_PERMISSIONS = {
    Access.READ: (_SELECT, [NO]),
    Access.READ_PERSONAL: (_SELECT, [NO, YES]),
    Access.WRITE: (["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"], [NO, YES]),
    Access.DESCRIBE: (["DESCRIBE"], [NO, YES]),
}


class LakeGrantArgs(Args):
    placement: Placement
    role_arn: pulumi.Input[str] = Field(description="Who gets it.")
    tag: pulumi.Input[str] = Field(description="Key of the tag that tells personal data.")
    access: Access = Field(description="How much.")
    locations: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Registered buckets at which it may make or move tables, by zone; none by default."
    )
    role_name: pulumi.Input[str] | None = Field(
        default=None,
        description="Name of a role of the estate, which then may ask for credentials; others are allowed it by IAM.",
    )


class LakeGrant(Component):
    """Grants of one role: the database, all tables by tag, and where wanted, locations."""

    def __init__(self, name: str, args: LakeGrantArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:lakeformation:LakeGrant", name, args.placement, opts)
        account = args.placement.account_id
        permissions, values = _PERMISSIONS[args.access]
        lakeformation.Permissions(
            f"{name}-database",
            principal=args.role_arn,
            permissions=["DESCRIBE"],
            lf_tag_policy={
                "resource_type": "DATABASE",
                "catalog_id": account,
                "expressions": [{"key": args.tag, "values": [NO]}],
            },
            catalog_id=account,
            opts=self.child(),
        )
        tables = lakeformation.Permissions(
            f"{name}-tables",
            principal=args.role_arn,
            permissions=permissions,
            lf_tag_policy={
                "resource_type": "TABLE",
                "catalog_id": account,
                "expressions": [{"key": args.tag, "values": values}],
            },
            catalog_id=account,
            opts=self.child(),
        )
        for zone, location in args.locations.items():
            lakeformation.Permissions(
                f"{name}-{zone}",
                principal=args.role_arn,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location={"arn": location, "catalog_id": account},
                catalog_id=account,
                # The tag is there when buckets are registered, which nothing else says of a grant on one.
                opts=self.child(depends_on=[tables]),
            )
        if args.role_name is not None:
            iam.RolePolicy(
                f"{name}-ask",
                name=f"{name}-ask",
                role=args.role_name,
                policy=document(ASK_LAKE_FORMATION),
                opts=self.child(),
            )
        self.register_outputs({})
