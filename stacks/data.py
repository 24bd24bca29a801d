"""The lake, its catalog and the feature store; around them who may see what, what comes in, who labels."""

import pulumi

from components.features.feature_group import Records
from components.features.feature_store import FeatureStore, FeatureStoreArgs
from components.ingestion.lake_delivery import undelivered
from components.storage.catalog import Catalog, CatalogArgs, Locations
from components.storage.lake_bucket import LakeBucket, LakeBucketArgs, Zone
from components.storage.query_workgroup import RESULTS, QueryWorkgroup, QueryWorkgroupArgs
from contracts.outputs import Buckets, DataOutputs
from stacks.environment import Environment
from stacks.histories import keep_history
from stacks.ingestion import take_rows
from stacks.labelling import ask_people
from stacks.lake_access import LakeAccess
from stacks.models import uris_in
from stacks.settings import EstateSettings
from stacks.settings.lake import ZoneSettings
from stacks.spark import run_spark
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> DataOutputs[Wire]:
    place, base = env.placement, upstream.foundation
    lake = {zone: _bucket(env, settings, zone, upstream, opts) for zone in Zone}
    _grant(lake, upstream)
    buckets = Buckets[Wire](**{zone.value: made.bucket for zone, made in lake.items()})
    arns = Buckets[Wire](**{zone.value: made.arn for zone, made in lake.items()})
    access = LakeAccess.of(env, settings, upstream, workloads, arns, opts)
    catalog = Catalog(
        "catalog",
        CatalogArgs(
            placement=place,
            workloads=workloads,
            locations={model: _locations(buckets, model) for model in workloads},
            after=access.ready,
        ),
        opts,
    )
    queries = QueryWorkgroup(
        "queries",
        QueryWorkgroupArgs(
            placement=place,
            bucket=buckets.curated,
            key_arn=base.keys.data,
            scan_limit_gb=settings.data.query_scan_limit_gb,
        ),
        opts,
    )
    access.tell_personal_data(workloads, catalog)
    features = _features(env, settings, workloads, upstream, buckets, catalog, access, opts)
    keep_history(env, settings, workloads, upstream, buckets, arns, catalog.database, access, opts)
    row_streams, kafka = take_rows(env, settings, upstream, arns, catalog, access, opts)
    return DataOutputs[Wire](
        buckets=buckets,
        bucket_arns=arns,
        database=catalog.database,
        workgroup=queries.workgroup,
        feature_groups=features.groups,
        row_streams=row_streams,
        kafka=kafka,
        spark=run_spark(env, settings, workloads, upstream, arns, catalog.database, access, opts),
        personal_tag={} if access.tag is None else {"key": access.tag},
        labelling=ask_people(env, settings, workloads, upstream, buckets, opts),
    )


def _bucket(
    env: Environment, settings: EstateSettings, zone: Zone, upstream: Upstream, opts: pulumi.ResourceOptions
) -> LakeBucket:
    keys, wanted = upstream.foundation.keys, settings.data.zones.get(zone.value, ZoneSettings())
    own, other = (keys.models, ()) if zone is Zone.MODELS else (keys.data, (keys.models,))
    args = LakeBucketArgs(
        placement=env.placement,
        zone=zone,
        key_arn=own,
        # A pipeline's jobs name one key for all that they write: that of their volumes.
        other_key_arns=other,
        log_bucket=upstream.foundation.log_bucket,
        noncurrent_days=settings.data.noncurrent_days if wanted.noncurrent_days is None else wanted.noncurrent_days,
        retention_days=wanted.retention_days,
        expiring=_expiring(settings, zone),
        tiering=wanted.tiering,
    )
    return LakeBucket(f"lake-{zone}", args, opts)


def _expiring(settings: EstateSettings, zone: Zone) -> dict[str, int]:
    """What nobody needs for long: answers to people's questions, and rows that came in and were none."""
    if zone is Zone.CURATED:
        return {f"{RESULTS}/": settings.data.query_result_days}
    if zone is Zone.RAW:
        return {undelivered(model): settings.data.query_result_days for model in sorted(settings.data.streams)}
    return {}


def _grant(lake: dict[Zone, LakeBucket], upstream: Upstream) -> None:
    """Jobs work on the whole lake; a hosted model reads its artifact and leaves captured traffic."""
    roles = upstream.foundation.role_names
    for bucket in lake.values():
        bucket.grant_read_write("jobs", roles.jobs)
    lake[Zone.MODELS].grant_read("models", roles.models)
    lake[Zone.RAW].grant_write("models", roles.models, objects="*/capture/*")


def _locations(buckets: Buckets[Wire], model: str) -> Locations:
    found = uris_in(buckets, model)
    return Locations(
        raw=found["raw_uri"],
        curated=found["curated_uri"],
        quarantine=found["quarantine_uri"],
        features=pulumi.Output.concat(found["features_uri"], "/rows"),
    )


def _features(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    buckets: Buckets[Wire],
    catalog: Catalog,
    access: LakeAccess,
    opts: pulumi.ResourceOptions,
) -> FeatureStore:
    base, store = upstream.foundation, settings.data.feature_store
    iceberg = store.format == "iceberg"
    features = FeatureStore(
        "features",
        FeatureStoreArgs(
            placement=env.placement,
            workloads=workloads,
            bucket=buckets.features,
            key_arn=base.keys.data,
            database=catalog.database if iceberg else None,
            personal_tag=access.tag if iceberg else None,
            records=Records(
                iceberg=iceberg,
                in_memory=store.storage == "in-memory",
                ttl_days=store.ttl_days,
                read_units=store.read_units,
                write_units=store.write_units,
            ),
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
    features.grant_read_write("jobs", base.role_names.jobs)
    return features
