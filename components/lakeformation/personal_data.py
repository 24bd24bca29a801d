"""A tag that tells personal data apart, on database and columns, as the contracts of the workloads mark them."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import lakeformation
from pydantic import Field

from components.base import Args, Component, Placement

YES, NO = "yes", "no"


class PersonalDataArgs(Args):
    placement: Placement
    database: pulumi.Input[str] = Field(description="Glue database of the lake.")
    tables: Mapping[str, pulumi.Input[str]] = Field(description="Names of tables with personal columns, by a key.")
    columns: Mapping[str, tuple[str, ...]] = Field(description="Their personal columns, by the same keys.")
    after: Sequence[pulumi.Resource] = Field(description="What makes the one that deploys an administrator.")


class PersonalData(Component):
    """Everything in the database is `no`, but for the columns that a contract marks: those are `yes`.

    Tables and columns inherit the database's tag; a column's own goes over it.
    """

    key: pulumi.Output[str]

    def __init__(self, name: str, args: PersonalDataArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:lakeformation:PersonalData", name, args.placement, opts)
        place = args.placement
        # Tags are the account's, so that their names tell environments apart; Lake Formation keeps small letters.
        tag = lakeformation.LfTag(
            f"{name}-tag",
            key=place.named("personal").lower(),
            values=[NO, YES],
            catalog_id=place.account_id,
            opts=self.child(depends_on=list(args.after)),
        )
        base = lakeformation.ResourceLfTags(
            f"{name}-database",
            database={"name": args.database, "catalog_id": place.account_id},
            lf_tags=[{"key": tag.key, "value": NO, "catalog_id": place.account_id}],
            catalog_id=place.account_id,
            opts=self.child(),
        )
        self._tag, self._base, self._database = tag, base, args.database
        for which, columns in args.columns.items():
            self.mark(which, args.tables[which], columns)
        # A grant by the tag means nothing before the database has it.
        self.key = pulumi.Output.all(tag.key, base.id).apply(lambda known: known[0])
        self.register_outputs({"key": self.key})

    def mark(self, which: str, table: pulumi.Input[str], columns: tuple[str, ...]) -> None:
        """Says that columns of a table are personal. `which` names the mark; give each table its own.

        Each column's mark is a resource: one of many columns would be replaced when a column comes, and taking the old
        one away would lay the others open.
        """
        account = self.placement.account_id
        for column in columns:
            lakeformation.ResourceLfTags(
                f"{self.name}-{which}-{column}",
                table_with_columns={
                    "database_name": self._database,
                    "name": table,
                    "column_names": [column],
                    "catalog_id": account,
                },
                lf_tags=[{"key": self._tag.key, "value": YES, "catalog_id": account}],
                catalog_id=account,
                opts=self.child(depends_on=[self._base]),
            )
