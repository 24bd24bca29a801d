"""What a role may do with the lake's tables, by the tag on their columns."""

from collections.abc import Mapping
from enum import StrEnum

import pulumi
from pulumi_aws import lakeformation
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import ASK_LAKE_FORMATION
from components.lakeformation.personal_data import NO, YES
from components.roles import inline_policy


class Access(StrEnum):
    """How much a role gets."""

    READ = "read"  # no personal data
    READ_PERSONAL = "read-personal"
    WRITE = "write"  # reads and changes all rows
    MAKE = "make"  # makes tables besides, as a job does
    MAKE_OWN = "make-own"  # makes tables, and uses those: what one made is one's own
    DESCRIBE = "describe"  # knows columns and types, and no rows


_SELECT = ["DESCRIBE", "SELECT"]
_CHANGE = ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"]
_PERMISSIONS = {
    Access.READ: (_SELECT, [NO]),
    Access.READ_PERSONAL: (_SELECT, [NO, YES]),
    Access.WRITE: (_CHANGE, [NO, YES]),
    Access.MAKE: (_CHANGE, [NO, YES]),
    Access.MAKE_OWN: (["DESCRIBE"], [NO]),
    Access.DESCRIBE: (["DESCRIBE"], [NO, YES]),
}
_MAKERS = (Access.MAKE, Access.MAKE_OWN)


class LakeGrantArgs(Args):
    placement: Placement
    role_arn: pulumi.Input[str] = Field(description="Who gets it.")
    tag: pulumi.Input[str] = Field(description="Key of the tag that tells personal data.")
    access: Access = Field(description="How much.")
    locations: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Registered places where its tables may lie, by a name; none by default."
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
            permissions=["CREATE_TABLE", "DESCRIBE"] if args.access in _MAKERS else ["DESCRIBE"],
            lf_tag_policy={
                "resource_type": "DATABASE",
                "catalog_id": account,
                "expressions": [{"key": args.tag, "values": [NO]}],
            },
            catalog_id=account,
            opts=self._grant(),
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
            opts=self._grant(),
        )
        for where, location in args.locations.items():
            lakeformation.Permissions(
                f"{name}-{where}",
                principal=args.role_arn,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location={"arn": location, "catalog_id": account},
                catalog_id=account,
                # The tag is there when places are registered, which nothing else says of a grant on one.
                opts=self._grant(depends_on=[tables]),
            )
        if args.role_name is not None:
            inline_policy(self, args.role_name, f"{name}-ask", ASK_LAKE_FORMATION, suffix="ask")
        self.register_outputs({})

    def _grant(self, **options: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        """A grant that changes is another: revoked after that is made, it would take what both give away again."""
        return self.child(delete_before_replace=True, **options)
