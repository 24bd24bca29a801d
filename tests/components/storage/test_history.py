import json

import pytest

from components.storage.history import HistoryTables, HistoryTablesArgs
from components.storage.history_refresh import HistoryRefresh, HistoryRefreshArgs
from components.storage.history_roles import HistoryRoles, HistoryRolesArgs
from components.storage.merge import merge_query

ROLE = "arn:aws:iam::123456789012:role/mlops/test/tending"
TABLE, OPTIMIZER = "aws:glue/catalogTable:CatalogTable", "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"


def tables(place, workload, **changes):
    args = {
        "placement": place,
        "workloads": {"ride-fare": workload},
        "database": "lake",
        "locations": {"ride-fare": "s3://curated/ride-fare/history"},
        "optimizer_role_arn": ROLE,
        "snapshot_days": 30,
    }
    return HistoryTables("history", HistoryTablesArgs.model_validate({**args, **changes}))


def test_a_history_is_an_iceberg_table_with_the_contracts_columns_beside_the_pipelines_files(record, place, workload):
    table = record(lambda: tables(place, workload)).inputs(TABLE)

    assert table["name"] == "ride_fare_history"
    assert table["openTableFormatInput"] == {"icebergInput": {"metadataOperation": "CREATE", "version": "2"}}
    assert table["storageDescriptor"]["location"] == "s3://curated/ride-fare/history"
    assert {column["name"]: column["type"] for column in table["storageDescriptor"]["columns"]}["landed_at"] == (
        "timestamp"
    )


def test_what_its_writers_change_is_left_to_them(record, place, workload):
    """An update by the provider would drop the pointer to Iceberg's metadata."""
    ignored = record(lambda: tables(place, workload)).goal("history-ride-fare").ignore_changes

    assert {"parameters", "storageDescriptor", "openTableFormatInput"} <= set(ignored)


def test_a_protected_environment_keeps_it(record, protected_place, workload):
    goal = record(lambda: tables(protected_place, workload)).goal("history-ride-fare")

    assert (goal.protect, goal.retain_on_delete) == (True, True)


@pytest.mark.parametrize(
    ("compact", "kinds"),
    [(True, ["compaction", "orphan_file_deletion", "retention"]), (False, ["orphan_file_deletion", "retention"])],
)
def test_old_snapshots_and_stray_files_go_and_small_files_are_joined_where_wanted(
    record, place, workload, compact, kinds
):
    made = record(lambda: tables(place, workload, compact=compact)).of(OPTIMIZER)

    assert sorted(each["type"] for each in made) == kinds
    (retention,) = [each["configuration"] for each in made if each["type"] == "retention"]
    assert retention["retentionConfiguration"]["icebergConfiguration"] == {
        "snapshotRetentionPeriodInDays": 30,
        "numberOfSnapshotsToRetain": 1,
        "cleanExpiredFiles": True,
    }


def test_the_merge_takes_the_row_that_arrived_last_and_leaves_what_is_unchanged(workload):
    assert merge_query("lake", workload) == (
        'MERGE INTO "lake"."ride_fare_history" AS kept USING (SELECT "ride_id", "asked_at", "fare", "paid_at", '
        '"landed_at", "rider_email", "shared" FROM (SELECT "ride_id", CAST("asked_at" AS timestamp(6)) AS "asked_at", '
        '"fare", CAST("paid_at" AS timestamp(6)) AS "paid_at", CAST("landed_at" AS timestamp(6)) AS "landed_at", '
        '"rider_email", "shared", row_number() OVER (PARTITION BY "ride_id" ORDER BY "landed_at" DESC) AS row_of_key '
        'FROM "lake"."ride_fare_curated") WHERE row_of_key = 1) AS fresh ON kept."ride_id" = fresh."ride_id" '
        'WHEN MATCHED AND kept."landed_at" < fresh."landed_at" THEN UPDATE SET "asked_at" = fresh."asked_at", '
        '"fare" = fresh."fare", "paid_at" = fresh."paid_at", "landed_at" = fresh."landed_at", '
        '"rider_email" = fresh."rider_email", "shared" = fresh."shared" '
        'WHEN NOT MATCHED THEN INSERT ("ride_id", "asked_at", "fare", "paid_at", "landed_at", "rider_email", "shared") '
        'VALUES (fresh."ride_id", fresh."asked_at", fresh."fare", fresh."paid_at", fresh."landed_at", '
        'fresh."rider_email", fresh."shared")'
    )


def test_the_merge_does_what_it_says(workload):
    """In DuckDB, whose MERGE is the standard's too: a first run, and one with news, a late row and a repetition."""
    import duckdb

    database = duckdb.connect()
    database.execute("CREATE SCHEMA lake")
    columns = "ride_id VARCHAR, asked_at TIMESTAMP, fare DOUBLE, paid_at TIMESTAMP, landed_at TIMESTAMP, "
    for content in ("curated", "history"):
        database.execute(f"CREATE TABLE lake.ride_fare_{content} ({columns} rider_email VARCHAR, shared BOOLEAN)")
    query = merge_query("lake", workload).replace("timestamp(6)", "timestamp")

    def land(id, fare, day):
        row = [id, "2026-01-01", fare, "2026-01-02", f"2026-01-{day:02d}", "a@example.com", False]
        database.execute("INSERT INTO lake.ride_fare_curated VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    land("a", 10, 3)
    land("b", 20, 3)
    database.execute(query)
    land("a", 11, 5)
    land("b", 19, 2)
    land("c", 30, 4)
    land("c", 31, 6)
    database.execute(query)
    database.execute(query)

    kept = database.execute("SELECT ride_id, fare FROM lake.ride_fare_history ORDER BY ride_id").fetchall()
    assert kept == [("a", 11.0), ("b", 20.0), ("c", 31.0)]


def test_a_schedule_starts_the_merge_in_the_workgroup_and_failures_are_heard_of(record, place, workload):
    made = record(
        lambda: HistoryRefresh(
            "refresh",
            HistoryRefreshArgs(
                placement=place,
                workloads={"ride-fare": workload},
                database="lake",
                workgroup="mlops-test-lake",
                role_arn=ROLE,
                expression="rate(1 day)",
            ),
        )
    )

    target = made.inputs("aws:scheduler/schedule:Schedule")["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:athena:startQueryExecution"
    asked = json.loads(target["input"])
    assert (asked["WorkGroup"], asked["QueryExecutionContext"]) == ("mlops-test-lake", {"Database": "lake"})
    assert asked["QueryString"] == merge_query("lake", workload)
    alarm = made.named("refresh-failed")
    assert alarm["name"] == "mlops-test-data-late-history"
    assert alarm["dimensions"] == {"WorkGroup": "mlops-test-lake", "QueryState": "FAILED", "QueryType": "DML"}


def test_merges_read_rows_and_write_histories_and_results_and_nothing_else(record, place):
    made = record(
        lambda: HistoryRoles(
            "roles",
            HistoryRolesArgs(
                placement=place,
                bucket_arn="arn:aws:s3:::curated",
                key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
                database="lake",
                workgroup="mlops-test-lake",
                permission_boundary_arn="arn:aws:iam::123456789012:policy/boundary",
            ),
        )
    )

    merges, tending = made.statements("roles-merges-policy"), made.statements("roles-tending-policy")
    assert merges["Read"]["Resource"] == "arn:aws:s3:::curated/*/rows/*"
    assert merges["Write"]["Resource"] == ["arn:aws:s3:::curated/*/history/*", "arn:aws:s3:::curated/queries/*"]
    assert merges["Query"]["Resource"] == "arn:aws:athena:eu-west-1:123456789012:workgroup/mlops-test-lake"
    assert tending["Tend"]["Resource"] == ["arn:aws:s3:::curated/*/history/*"]
    assert "Read" not in tending
    for role in ("merges", "tending"):
        (trusted,) = made.statements(f"roles-{role}", "assumeRolePolicy").values()
        assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}
