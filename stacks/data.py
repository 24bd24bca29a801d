"""The lake, its catalog and the feature store."""

import pulumi

from components.features.feature_store import FeatureStore, FeatureStoreArgs
from components.storage.catalog import Catalog, CatalogArgs, Locations
from components.storage.lake_bucket import LakeBucket, LakeBucketArgs, Zone
from components.storage.query_workgroup import QueryWorkgroup, QueryWorkgroupArgs
from contracts.outputs import Buckets, DataOutputs
from stacks.environment import Environment
from stacks.models import uris_in
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def deploy(
    env: Environment, settings: EstateSettings, workloads: Workloads, upstream: Upstream, opts: pulumi.ResourceOptions
) -> DataOutputs[Wire]:
    place, base = env.placement, upstream.foundation
    lake = {zone: _bucket(env, settings, zone, upstream, opts) for zone in Zone}
    _grant(lake, upstream)
    buckets = Buckets[Wire](**{zone.value: made.bucket for zone, made in lake.items()})
    catalog = Catalog(
        "catalog",
        CatalogArgs(
            placement=place,
            workloads=workloads,
            locations={model: _locations(buckets, model) for model in workloads},
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
    features = FeatureStore(
        "features",
        FeatureStoreArgs(
            placement=place,
            workloads=workloads,
            bucket=buckets.features,
            key_arn=base.keys.data,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
    features.grant_read_write("jobs", base.role_names.jobs)
    return DataOutputs[Wire](
        buckets=buckets,
        bucket_arns=Buckets[Wire](**{zone.value: made.arn for zone, made in lake.items()}),
        database=catalog.database,
        workgroup=queries.workgroup,
        feature_groups=features.groups,
    )


def _bucket(
    env: Environment, settings: EstateSettings, zone: Zone, upstream: Upstream, opts: pulumi.ResourceOptions
) -> LakeBucket:
    keys = upstream.foundation.keys
    own, other = (keys.models, ()) if zone is Zone.MODELS else (keys.data, (keys.models,))
    args = LakeBucketArgs(
        placement=env.placement,
        zone=zone,
        key_arn=own,
        # A pipeline's jobs name one key for all that they write: that of their volumes.
        other_key_arns=other,
        log_bucket=upstream.foundation.log_bucket,
        noncurrent_days=settings.data.noncurrent_days,
    )
    return LakeBucket(f"lake-{zone}", args, opts)


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
