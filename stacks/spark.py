"""Spark over the lake, where the settings want it."""

import pulumi

from contracts.outputs import Buckets
from stacks.environment import Environment
from stacks.lake_access import GOVERNED, LakeAccess, places
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads


def run_spark(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    arns: Buckets[Wire],
    database: Wire,
    access: LakeAccess,
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """ID of the `application` and ARN of its jobs' `role`; empty without one."""
    wanted, base = settings.data.spark, upstream.foundation
    if wanted is None:
        return {}
    from components.spark.application import Capacity, SparkApplication, SparkApplicationArgs

    spark = SparkApplication(
        "spark",
        SparkApplicationArgs(
            placement=env.placement,
            release=wanted.release,
            arm=wanted.architecture == "arm64",
            capacity=Capacity(vcpu=wanted.max_vcpu, memory_gb=wanted.max_memory_gb, disk_gb=wanted.max_disk_gb),
            idle_minutes=wanted.idle_minutes,
            image_uri=wanted.image_uri,
            subnet_ids=base.private_subnet_ids,
            security_group_id=base.security_groups.jobs,
            bucket_arns={zone: getattr(arns, zone) for zone in GOVERNED},
            key_arns=[base.keys.data],
            database=database,
            permission_boundary_arn=base.permission_boundary_arn,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )
    access.grant("spark", spark.job_role_arn, "make", places(arns, workloads))
    return {"application": spark.application_id, "role": spark.job_role_arn}
