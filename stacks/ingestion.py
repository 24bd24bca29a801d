"""Rows that come as they happen: streams or topics, and Firehose, which lands them."""

from typing import TYPE_CHECKING

import pulumi

from components.storage.catalog import Catalog
from contracts.outputs import Buckets
from stacks.environment import Environment
from stacks.lake_access import LakeAccess
from stacks.settings import EstateSettings
from stacks.settings.ingestion import KafkaSettings, RowStreamSettings
from stacks.upstream import Upstream, Wire

if TYPE_CHECKING:
    from components.ingestion.row_stream import RowStream
    from components.ingestion.row_topic import RowTopic


def take_rows(
    env: Environment,
    settings: EstateSettings,
    upstream: Upstream,
    arns: Buckets[Wire],
    catalog: Catalog,
    access: LakeAccess,
    opts: pulumi.ResourceOptions,
) -> tuple[dict[str, Wire], dict[str, Wire]]:
    """Names of streams and topics by model, and the Kafka cluster's ARN under `cluster`; empty where none is wanted."""
    wanted = settings.data.streams
    if not wanted:
        return {}, {}
    from components.ingestion.lake_delivery import LakeDelivery, LakeDeliveryArgs, Landing

    base = upstream.foundation
    cluster_arn = _kafka(env, settings, upstream, opts)
    names: dict[str, Wire] = {}
    for model, rows in sorted(wanted.items()):
        stream = topic = None
        if rows.source == "kinesis":
            stream = _stream(env, upstream, model, rows, opts)
            names[model] = stream.stream
        elif cluster_arn is not None and settings.data.kafka is not None:
            copies = _copies(settings.data.kafka, len(base.private_subnet_ids))
            topic = _topic(env, settings.data.kafka, model, rows, cluster_arn, copies, opts)
            names[model] = topic.topic
        LakeDelivery(
            f"{model}-delivery",
            LakeDeliveryArgs(
                placement=env.placement,
                model=model,
                landing=Landing(
                    bucket_arn=arns.raw,
                    key_arn=base.keys.data,
                    database=catalog.database,
                    table=catalog.tables[model]["raw"],
                    personal_tag=access.tag,
                ),
                stream=stream,
                topic=topic,
                buffer_seconds=rows.buffer_seconds,
                buffer_mb=rows.buffer_mb,
                permission_boundary_arn=base.permission_boundary_arn,
                log_key_arn=base.keys.logs,
                log_retention_days=settings.monitoring.log_retention_days,
            ),
            opts,
        )
    return names, {} if cluster_arn is None else {"cluster": cluster_arn}


def _stream(
    env: Environment, upstream: Upstream, model: str, rows: RowStreamSettings, opts: pulumi.ResourceOptions
) -> "RowStream":
    from components.ingestion.row_stream import RowStream, RowStreamArgs

    return RowStream(
        f"{model}-rows",
        RowStreamArgs(
            placement=env.placement,
            model=model,
            key_arn=upstream.foundation.keys.data,
            shards=rows.shards,
            retention_hours=rows.retention_hours,
        ),
        opts,
    )


def _topic(
    env: Environment,
    kafka: KafkaSettings,
    model: str,
    rows: RowStreamSettings,
    cluster_arn: Wire,
    copies: int,
    opts: pulumi.ResourceOptions,
) -> "RowTopic":
    from components.ingestion.row_topic import RowTopic, RowTopicArgs

    return RowTopic(
        f"{model}-rows",
        RowTopicArgs(
            placement=env.placement,
            model=model,
            cluster_arn=cluster_arn,
            partitions=rows.partitions,
            copies=copies,
            retention_hours=kafka.retention_hours,
        ),
        opts,
    )


def _kafka(env: Environment, settings: EstateSettings, upstream: Upstream, opts: pulumi.ResourceOptions) -> Wire | None:
    wanted, base = settings.data.kafka, upstream.foundation
    if wanted is None:
        return None
    from components.ingestion.kafka_cluster import (
        DISK_GB,
        INSTANCE_TYPE,
        KAFKA_VERSION,
        Brokers,
        KafkaCluster,
        KafkaClusterArgs,
    )

    cluster = KafkaCluster(
        "kafka",
        KafkaClusterArgs(
            placement=env.placement,
            vpc_id=base.vpc_id,
            subnet_ids=base.private_subnet_ids,
            client_group_ids={"jobs": base.security_groups.jobs},
            key_arn=base.keys.data,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
            brokers=None
            if wanted.kind == "serverless"
            else Brokers(
                version=KAFKA_VERSION if wanted.version is None else wanted.version,
                instance_type=INSTANCE_TYPE if wanted.instance_type is None else wanted.instance_type,
                per_zone=1 if wanted.brokers_per_zone is None else wanted.brokers_per_zone,
                disk_gb=DISK_GB if wanted.disk_gb is None else wanted.disk_gb,
                retention_hours=wanted.retention_hours,
            ),
        ),
        opts,
    )
    return cluster.arn


def _copies(kafka: KafkaSettings, zones: int) -> int:
    """A serverless cluster has three, wherever it stands; brokers of one's own have one a zone, and three at most."""
    return 3 if kafka.kind == "serverless" else min(zones, 3)
