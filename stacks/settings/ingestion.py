"""Settings of what brings rows into the lake as they happen: streams, Kafka, Firehose."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from stacks.settings.base import Settings

KafkaInstance = Annotated[str, Field(pattern=r"^kafka\.[a-z0-9]+\.[a-z0-9]+$")]


class RowStreamSettings(Settings):
    """A model's rows as they happen, one JSON object each, which Firehose lands in the raw zone as Parquet."""

    source: Literal["kinesis", "msk"] = Field(description="A Kinesis stream of its own, or a topic of `data.kafka`.")
    shards: int | None = Field(default=None, ge=1, le=200, description="Of a Kinesis stream; on demand by default.")
    retention_hours: int | None = Field(
        default=None, ge=24, le=8760, description="Hours that a Kinesis stream keeps its records; 48 by default."
    )
    partitions: int | None = Field(default=None, ge=1, le=120, description="Of a topic; 3 by default.")
    buffer_seconds: int = Field(default=300, ge=60, le=900, description="How long Firehose waits for a file to fill.")
    buffer_mb: int = Field(default=128, ge=64, le=128, description="Size at which a file is written, in MiB.")

    @model_validator(mode="after")
    def _options_fit_the_source(self) -> Self:
        if self.source == "msk":
            for name in ("shards", "retention_hours"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is for the source kinesis, not msk")
        elif self.partitions is not None:
            raise ValueError("partitions is for the source msk; a Kinesis stream has shards")
        return self


class KafkaSettings(Settings):
    """The cluster of all topics. It costs by the hour from the moment it is there."""

    kind: Literal["serverless", "provisioned"] = Field(
        default="serverless", description="Billed by use of clusters and partitions, or brokers of your own."
    )
    version: str | None = Field(
        default=None, pattern=r"^\d+\.\d+\.(\d+|x)(\.kraft)?$", description="Of Kafka, where provisioned; 3.8.x."
    )
    instance_type: KafkaInstance | None = Field(
        default=None, description="Of brokers, where provisioned; kafka.m7g.large by default."
    )
    brokers_per_zone: int | None = Field(default=None, ge=1, le=10, description="Where provisioned; 1 by default.")
    disk_gb: int | None = Field(default=None, ge=1, le=16384, description="Of a broker, where provisioned; 100.")
    retention_hours: int = Field(default=48, ge=1, le=8760, description="Hours that topics keep their records.")

    @model_validator(mode="after")
    def _brokers_are_for_provisioned(self) -> Self:
        if self.kind == "serverless":
            for name in ("version", "instance_type", "brokers_per_zone", "disk_gb"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name} is for kind provisioned; a serverless cluster has no brokers of your own")
        elif self.instance_type is not None and self.instance_type.startswith("kafka.t3."):
            raise ValueError(
                f"instance_type {self.instance_type} has no private connections to other networks, through which "
                "Firehose reads; take kafka.m7g.large or larger"
            )
        return self
