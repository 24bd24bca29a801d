"""The lake's tables, described from the contracts of the workloads."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import glue
from pydantic import Field

from components.base import Args, Component, Placement
from components.names import Limit
from components.storage.merge import table_name
from contracts.workload import FEATURES_PARTITION, GLUE_TYPES, ColumnType, Workload, feature_row

FORMAT = "org.apache.hadoop.hive.ql.io.parquet"
FIRST_MONTH = "2000-01"


class Locations(Args):
    """`s3://` prefixes under which a workload's Parquet files lie."""

    raw: pulumi.Input[str]
    curated: pulumi.Input[str]
    quarantine: pulumi.Input[str]
    features: pulumi.Input[str]


class CatalogArgs(Args):
    placement: Placement
    workloads: Mapping[str, Workload] = Field(description="Workloads by name.")
    locations: Mapping[str, Locations] = Field(description="Where each workload's rows lie.")
    after: Sequence[pulumi.Resource] = Field(
        default=(), description="What decides who may use a database that is made, and so is there before it."
    )


class Catalog(Component):
    """A Glue database with four tables a workload: `<workload>_raw`, `_curated`, `_quarantine`, `_features`.

    Features are partitioned by month. Athena projects the partitions from their pattern, so nobody registers any.
    """

    database: pulumi.Output[str]
    tables: dict[str, dict[str, pulumi.Output[str]]]  # by workload and content

    def __init__(self, name: str, args: CatalogArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:storage:Catalog", name, args.placement, opts)
        database = glue.CatalogDatabase(
            f"{name}-database",
            name=args.placement.named("lake", limit=Limit.GLUE),
            catalog_id=args.placement.account_id,
            description="Rows, quarantine and features of every workload",
            # Removing it would remove the tables that stay: histories, and feature groups' own.
            opts=self.guarding_child(depends_on=list(args.after)),
        )
        self.database = database.name
        self.tables = {}
        for model, workload in args.workloads.items():
            where, data = args.locations[model], workload.data
            typed = {column: GLUE_TYPES[described.type] for column, described in data.columns.items()}
            texts = dict.fromkeys(("source_file", *data.columns, "reasons"), GLUE_TYPES[ColumnType.STRING])
            features = {column: GLUE_TYPES[kind] for column, kind in feature_row(workload).items()}
            quarantine = "Rows that did not, as text, with reasons"
            self.tables[model] = {
                "raw": self._table(workload, "raw", "Rows as they were landed, unchecked", typed, where.raw),
                "curated": self._table(workload, "curated", "Rows that met the contract", typed, where.curated),
                "quarantine": self._table(workload, "quarantine", quarantine, texts, where.quarantine),
                "features": self._table(
                    workload, "features", "Features by event", features, where.features, FEATURES_PARTITION
                ),
            }
        self.register_outputs({"database": self.database})

    def _table(
        self,
        workload: Workload,
        content: str,
        description: str,
        columns: Mapping[str, str],
        location: pulumi.Input[str],
        month: str | None = None,
    ) -> pulumi.Output[str]:
        """A table of Parquet files; `month` names the partition, if there is one. Returns its name."""
        made = glue.CatalogTable(
            f"{self.name}-{workload.name}-{content}",
            name=table_name(workload.name, content),
            catalog_id=self.placement.account_id,
            database_name=self.database,
            description=description,
            table_type="EXTERNAL_TABLE",
            parameters={"EXTERNAL": "TRUE", "classification": "parquet", **_projection(month, location)},
            partition_keys=[] if month is None else [{"name": month, "type": "string"}],
            storage_descriptor={
                "location": location,
                "input_format": f"{FORMAT}.MapredParquetInputFormat",
                "output_format": f"{FORMAT}.MapredParquetOutputFormat",
                "ser_de_info": {
                    "serialization_library": f"{FORMAT}.serde.ParquetHiveSerDe",
                    "parameters": {"serialization.format": "1"},
                },
                "columns": [_column(workload, name, kind) for name, kind in columns.items()],
            },
            opts=self.child(),
        )
        return made.name


def _projection(month: str | None, location: pulumi.Input[str]) -> dict[str, pulumi.Input[str]]:
    if month is None:
        return {}
    return {
        "projection.enabled": "true",
        f"projection.{month}.type": "date",
        f"projection.{month}.format": "yyyy-MM",
        f"projection.{month}.range": f"{FIRST_MONTH},NOW",
        f"projection.{month}.interval": "1",
        f"projection.{month}.interval.unit": "MONTHS",
        "storage.location.template": pulumi.Output.concat(location, f"/{month}=${{{month}}}"),
    }


def _column(workload: Workload, name: str, kind: str) -> glue.CatalogTableStorageDescriptorColumnArgsDict:
    described = workload.data.columns.get(name) or workload.features.get(name)
    column: glue.CatalogTableStorageDescriptorColumnArgsDict = {"name": name, "type": kind}
    if described is not None:
        column["comment"] = described.description[:255]
    if name in workload.data.columns and workload.data.columns[name].pii:
        column["parameters"] = {"pii": "true"}
    return column
