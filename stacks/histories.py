"""Iceberg tables that remember curated rows, and what fills and tends them."""

from collections.abc import Sequence

import pulumi

from contracts.outputs import Buckets
from stacks.environment import Environment
from stacks.lake_access import LakeAccess, places
from stacks.settings import EstateSettings
from stacks.settings.lake import HistorySettings
from stacks.upstream import Upstream, Wire
from stacks.workloads import Workloads

HISTORY = "history"


def keep_history(
    env: Environment,
    settings: EstateSettings,
    workloads: Workloads,
    upstream: Upstream,
    buckets: Buckets[Wire],
    arns: Buckets[Wire],
    database: Wire,
    access: LakeAccess,
    opts: pulumi.ResourceOptions,
) -> None:
    """One table a model, where the settings want them."""
    wanted = settings.data.history
    if wanted is None:
        return
    from components.storage.history_refresh import HistoryRefresh, HistoryRefreshArgs
    from components.storage.history_roles import HistoryRoles, HistoryRolesArgs

    place, base = env.placement, upstream.foundation
    workgroup = _workgroup(env, wanted, upstream, buckets, opts)
    roles = HistoryRoles(
        "history-roles",
        HistoryRolesArgs(
            placement=place,
            bucket_arn=arns.curated,
            key_arn=base.keys.data,
            database=database,
            workgroup=workgroup,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
    curated = {where: arn for where, arn in places(arns, workloads).items() if where.startswith("curated-")}
    access.grant("merges", roles.merges, "write", curated)
    granted = access.grant("tending", roles.tending, "write", curated)
    tables = _tables(env, wanted, workloads, buckets, database, roles.tending, granted, opts)
    access.tell_more(HISTORY, workloads, tables)
    HistoryRefresh(
        "history-refresh",
        HistoryRefreshArgs(
            placement=place,
            workloads=workloads,
            database=database,
            workgroup=workgroup,
            role_arn=roles.merges,
            expression=wanted.schedule,
        ),
        opts,
    )


def _workgroup(
    env: Environment,
    wanted: HistorySettings,
    upstream: Upstream,
    buckets: Buckets[Wire],
    opts: pulumi.ResourceOptions,
) -> Wire:
    """Of their own, so that the alarm hears of no person's mistake, and a table may outgrow a person's limit."""
    from components.storage.query_workgroup import QueryWorkgroup, QueryWorkgroupArgs

    made = QueryWorkgroup(
        "history-queries",
        QueryWorkgroupArgs(
            placement=env.placement,
            called=HISTORY,
            bucket=buckets.curated,
            key_arn=upstream.foundation.keys.data,
            scan_limit_gb=wanted.scan_limit_gb,
        ),
        opts,
    )
    return made.workgroup


def _tables(
    env: Environment,
    wanted: HistorySettings,
    workloads: Workloads,
    buckets: Buckets[Wire],
    database: Wire,
    tending: Wire,
    granted: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """Names by model; `tending` is the role that keeps them, which waits for what it is `granted`."""
    from components.storage.history import HistoryTables, HistoryTablesArgs

    histories = HistoryTables(
        HISTORY,
        HistoryTablesArgs(
            placement=env.placement,
            workloads=workloads,
            database=database,
            locations={
                model: pulumi.Output.concat("s3://", buckets.curated, f"/{model}/{HISTORY}") for model in workloads
            },
            optimizer_role_arn=tending,
            snapshot_days=wanted.snapshot_days,
            compact=wanted.compact,
            after=granted,
        ),
        opts,
    )
    return histories.tables
