"""Settings of the lake, its catalog and what is read and written there."""

from typing import Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings
from stacks.settings.ingestion import KafkaSettings, RowStreamSettings
from stacks.settings.labelling import LabellingSettings
from stacks.settings.lake import (
    FeatureStoreSettings,
    HistorySettings,
    LakeFormationSettings,
    ZoneName,
    ZoneSettings,
)
from stacks.settings.spark import SparkSettings


class DataSettings(Settings):
    noncurrent_days: int | None = Field(
        default=None, ge=1, description="Days that replaced objects stay; by default the zone decides."
    )
    query_scan_limit_gb: int = Field(default=10, ge=1, description="What one Athena query may scan.")
    query_result_days: int = Field(default=30, ge=1, description="Days that results of queries stay.")
    zones: dict[ZoneName, ZoneSettings] = Field(default={}, description="What differs in a zone of the lake.")
    encrypt_catalog: bool = Field(
        default=False,
        description="Encrypt the Glue catalog with the key `data`: all of the account's catalog in the region.",
    )
    lake_formation: LakeFormationSettings | None = Field(
        default=None, description="Who may see which columns, by tags; without it, IAM alone decides."
    )
    history: HistorySettings | None = Field(
        default=None, description="An Iceberg table a model that keeps what rows were before; none by default."
    )
    feature_store: FeatureStoreSettings = Field(
        default=FeatureStoreSettings(), description="How feature groups keep their records."
    )
    streams: dict[str, RowStreamSettings] = Field(
        default={}, description="Rows that come as they happen, by model; none by default."
    )
    kafka: KafkaSettings | None = Field(default=None, description="The cluster of streams from msk; none by default.")
    spark: SparkSettings | None = Field(default=None, description="Spark on EMR Serverless; none by default.")
    labelling: LabellingSettings | None = Field(default=None, description="People who label; none by default.")

    @model_validator(mode="after")
    def _kafka_is_read(self) -> Self:
        readers = sorted(model for model, stream in self.streams.items() if stream.source == "msk")
        if readers and self.kafka is None:
            raise ValueError(f"streams.{readers[0]}.source is msk, and there is no data.kafka; add it")
        if self.kafka is not None and not readers:
            raise ValueError("kafka costs by the hour, and no stream has the source msk; leave it out")
        return self

    @model_validator(mode="after")
    def _feature_store_fits(self) -> Self:
        store = self.feature_store
        if (store.read_units is None) != (store.write_units is None):
            raise ValueError("feature_store.read_units and write_units are provisioned together; give both or neither")
        if store.storage == "in-memory" and store.read_units is not None:
            raise ValueError("feature_store.read_units are for storage standard; memory has no units")
        return self

    @model_validator(mode="after")
    def _zones_keep_what_others_need(self) -> Self:
        curated = self.zones.get("curated")
        if self.history is not None and curated is not None and curated.retention_days is not None:
            # An Iceberg table's metadata names files that a lifecycle rule would take away from under it.
            raise ValueError(
                "zones.curated.retention_days would break history, whose Iceberg tables lie in the zone; "
                "history.snapshot_days says how long they look back"
            )
        features = self.zones.get("features")
        if self.feature_store.format == "iceberg" and features is not None and features.retention_days is not None:
            raise ValueError(
                "zones.features.retention_days would break feature_store.format iceberg, whose tables lie in the zone"
            )
        models = self.zones.get("models")
        if models is not None and models.retention_days is not None:
            raise ValueError("zones.models.retention_days would take away the artifacts of releases; leave it out")
        return self
