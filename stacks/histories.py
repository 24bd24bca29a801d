"""Iceberg tables that remember curated rows, and what fills and tends them."""

import pulumi

from contracts.outputs import Buckets
from stacks.environment import Environment
from stacks.lake_access import LakeAccess, places
from stacks.settings import EstateSettings
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
    from components.storage.history import HistoryTables, HistoryTablesArgs
    from components.storage.history_refresh import HistoryRefresh, HistoryRefreshArgs
    from components.storage.history_roles import HistoryRoles, HistoryRolesArgs
    from components.storage.query_workgroup import QueryWorkgroup, QueryWorkgroupArgs

    place, base = env.placement, upstream.foundation
    # Of their own, so that the alarm hears of no person's mistake, and a table may outgrow a person's limit.
    workgroup = QueryWorkgroup(
        "history-queries",
        QueryWorkgroupArgs(
            placement=place,
            called=HISTORY,
            bucket=buckets.curated,
            key_arn=base.keys.data,
            scan_limit_gb=wanted.scan_limit_gb,
        ),
        opts,
    ).workgroup
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
    histories = HistoryTables(
        HISTORY,
        HistoryTablesArgs(
            placement=place,
            workloads=workloads,
            database=database,
            locations={
                model: pulumi.Output.concat("s3://", buckets.curated, f"/{model}/{HISTORY}") for model in workloads
            },
            optimizer_role_arn=roles.tending,
            snapshot_days=wanted.snapshot_days,
            compact=wanted.compact,
            after=granted,
        ),
        opts,
    )
    access.tell_more(HISTORY, workloads, histories.tables)
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
