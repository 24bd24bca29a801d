"""Tables that remember: one Iceberg table a workload, into which its curated rows are merged.

The pipelines write plain Parquet, and an Iceberg table sees only files that its own metadata names: over their files it
would be empty. So the catalog's tables stay what they are, and this one lies beside them, filled by a query.
"""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import glue
from pydantic import Field

from components.base import Args, Component, Placement
from components.storage.merge import history_table
from contracts.workload import GLUE_TYPES, Workload

# What an engine that writes the table changes: from its creation on, its writers own it. An update by the provider
# would drop `metadata_location`, without which no engine finds the rows.
OWNED_BY_WRITERS = [
    "description",
    "openTableFormatInput",
    "parameters",
    "partitionKeys",
    "storageDescriptor",
    "tableType",
]


class HistoryTablesArgs(Args):
    placement: Placement
    workloads: Mapping[str, Workload] = Field(description="Workloads by name.")
    database: pulumi.Input[str] = Field(description="Glue database of the tables.")
    locations: Mapping[str, pulumi.Input[str]] = Field(description="`s3://` prefix of each workload's table.")
    optimizer_role_arn: pulumi.Input[str] = Field(description="Role with which Glue tends the tables.")
    snapshot_days: int = Field(ge=1, description="Days that older states can be read.")
    compact: bool = Field(default=True, description="Join small files.")
    after: Sequence[pulumi.Resource] = Field(
        default=(), description="Grants of the optimizers' role, where Lake Formation governs the tables."
    )


class HistoryTables(Component):
    """`<workload>_history`: the contract's columns, one row a key, and what it was before in Iceberg's snapshots.

    A column that the contract gains later is added in Athena (`ALTER TABLE ... ADD COLUMNS`), as Glue's own update
    knows nothing of Iceberg's metadata.
    """

    tables: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: HistoryTablesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:HistoryTables", name, args.placement, opts)
        self.tables = {}
        for model, workload in args.workloads.items():
            table = glue.CatalogTable(
                f"{name}-{model}",
                name=history_table(model),
                catalog_id=args.placement.account_id,
                database_name=args.database,
                description=f"Curated rows of {model}, and what they were before",
                table_type="EXTERNAL_TABLE",
                open_table_format_input={"iceberg_input": {"metadata_operation": "CREATE", "version": "2"}},
                storage_descriptor={
                    "location": args.locations[model],
                    "columns": [
                        {"name": column, "type": GLUE_TYPES[described.type], "comment": described.description[:255]}
                        for column, described in workload.data.columns.items()
                    ],
                },
                opts=self.stateful_child(ignore_changes=OWNED_BY_WRITERS),
            )
            self._tend(model, table, args)
            self.tables[model] = table.name
        self.register_outputs({"tables": self.tables})

    def _tend(self, model: str, table: glue.CatalogTable, args: HistoryTablesArgs) -> None:
        """Removes snapshots and files that nobody can read any more, and joins small files."""
        kinds: dict[str, glue.CatalogTableOptimizerConfigurationArgsDict] = {
            "retention": {
                "enabled": True,
                "role_arn": args.optimizer_role_arn,
                "retention_configuration": {
                    "iceberg_configuration": {
                        "snapshot_retention_period_in_days": args.snapshot_days,
                        "number_of_snapshots_to_retain": 1,
                        "clean_expired_files": True,
                    }
                },
            },
            "orphan_file_deletion": {
                "enabled": True,
                "role_arn": args.optimizer_role_arn,
                "orphan_file_deletion_configuration": {
                    "iceberg_configuration": {
                        "location": args.locations[model],
                        "orphan_file_retention_period_in_days": 3,
                    }
                },
            },
        }
        if args.compact:
            kinds["compaction"] = {"enabled": True, "role_arn": args.optimizer_role_arn}
        for kind, configuration in kinds.items():
            glue.CatalogTableOptimizer(
                f"{self.name}-{model}-{kind.replace('_', '-')}",
                catalog_id=args.placement.account_id,
                database_name=args.database,
                table_name=table.name,
                type=kind,
                configuration=configuration,
                opts=self.child(depends_on=list(args.after)),
            )
