"""Settings of the lake: how long each zone keeps what, who may read which columns, tables that remember."""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.base import Schedule, Settings

ZoneName = Literal["raw", "curated", "features", "models"]
RoleArn = Annotated[str, Field(pattern=r"^arn:[\w-]+:iam::\d{12}:(role|user)/[\w+=,.@/-]+$")]
ReaderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")]


class ZoneSettings(Settings):
    """One zone of the lake: what its objects cost, and how long they stay."""

    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36500,
        description="Days after which objects expire, for data that may not be kept longer; for ever by default.",
    )
    noncurrent_days: int | None = Field(
        default=None, ge=1, description="Days that replaced objects stay; by default `data.noncurrent_days` decides."
    )
    tiering: bool = Field(
        default=False,
        description="Let S3 move what nobody reads into cheaper tiers that answer at once; 0.0025 USD a month for "
        "1,000 objects above 128 KB.",
    )


class HistorySettings(Settings):
    """An Iceberg table a model, into which curated rows are merged: what a row was before is not lost."""

    schedule: Schedule = Field(default="rate(1 day)", description="How often curated rows are merged into it.")
    snapshot_days: int = Field(
        default=30, ge=1, le=3650, description="Days that one can look back: older snapshots are removed."
    )
    scan_limit_gb: int = Field(default=1000, ge=1, description="What one merge may scan, at 5 USD for 1,000 GB.")
    compact: bool = Field(default=True, description="Let Glue join small files, at 0.44 USD a DPU hour.")


class LakeFormationSettings(Settings):
    """Who may see which columns of the lake. An account has one set of these settings a region, which this replaces:
    administrators that it does not name are none any more, and new tables of others need grants too."""

    administrators: tuple[RoleArn, ...] = Field(
        default=(),
        max_length=8,  # 10 in all, as the policy `lake-administered` asks: CI's role and the one it assumes are two
        description="Who else administers the lake, besides the roles that deploy it.",
    )
    readers: dict[ReaderName, RoleArn] = Field(
        default={}, description="Roles that read all tables but no personal data, such as of data scientists."
    )
    stewards: dict[ReaderName, RoleArn] = Field(
        default={}, description="Roles that read personal data too; nobody by default."
    )


class FeatureStoreSettings(Settings):
    """How feature groups keep their records. Most of it is decided when a group is made: a change replaces it."""

    format: Literal["glue", "iceberg"] = Field(
        default="glue",
        description="Format of the offline store: Parquet files, or an Iceberg table that SageMaker keeps compact.",
    )
    storage: Literal["standard", "in-memory"] = Field(
        default="standard", description="Where online records lie; memory answers faster and is billed by its size."
    )
    ttl_days: int | None = Field(
        default=None, ge=1, le=3650, description="Days after which an online record is gone; never by default."
    )
    read_units: int | None = Field(
        default=None, ge=1, le=10_000, description="Provisioned reads a second of 4 KB; on demand by default."
    )
    write_units: int | None = Field(
        default=None, ge=1, le=10_000, description="Provisioned writes a second of 1 KB; on demand by default."
    )
