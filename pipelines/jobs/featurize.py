# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Makes features of the curated rows: all of them into the lake, the newest into the online feature store."""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from contracts.workload import FEATURES_PARTITION, Workload, feature_row, online_row
from pipelines import aws, features, tables, workload
from pipelines.jobs import container
from pipelines.jobs.command import run, say

ONLINE_RECORDS = 200  # the newest keys, one record each: enough to serve who asks now, and bounded for any table
WRITERS = 8


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    described = code.contract
    connection = tables.connect()
    features.load_rows(connection, tables.files(container.processing_input("curated")))
    features.compute(connection, code.features.SQL, described)
    folder = container.processing_output("features")
    names = tables.listed(feature_row(described))
    months = connection.execute(
        f"SELECT {FEATURES_PARTITION}, count(*) FROM features GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for month, count in months:
        query = f"SELECT {names} FROM features WHERE {FEATURES_PARTITION} = {tables.literal(month)}"
        tables.write(connection, query, folder / f"{FEATURES_PARTITION}={month}" / "features.parquet")
        say(f"{month}: {count} rows")
    if arguments.feature_group is not None:
        say(f"{arguments.feature_group}: {put_online(arguments.feature_group, newest(connection, described))} records")


def newest(connection: "tables.duckdb.DuckDBPyConnection", described: Workload) -> list[list[dict[str, str]]]:
    """The newest rows as records of the feature store, oldest first. A missing value is left out of its record."""
    kinds = online_row(described)
    event, key = tables.quoted(described.data.event_time), tables.quoted(described.data.key)
    rows = connection.execute(
        f"SELECT * FROM (SELECT {tables.listed(kinds)} FROM features ORDER BY {event} DESC, {key} DESC "
        f"LIMIT {ONLINE_RECORDS}) ORDER BY {event}, {key}"
    ).fetchall()
    return [
        [
            {"FeatureName": name, "ValueAsString": as_text(value)}
            for name, value in zip(kinds, row, strict=True)
            if value is not None
        ]
        for row in rows
    ]


def as_text(value: object) -> str:
    """A value as the feature store holds it: times in ISO 8601, UTC, whole numbers for booleans."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds") + "Z"
    return str(int(value)) if isinstance(value, bool) else str(value)


def put_online(group: str, records: list[list[dict[str, str]]]) -> int:
    """Writes the records; returns how many. Raises what the feature store answers."""
    store = aws.client("sagemaker-featurestore-runtime", WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        for answer in [pool.submit(store.put_record, FeatureGroupName=group, Record=record) for record in records]:
            answer.result()
    return len(records)


if __name__ == "__main__":
    sys.exit(run("featurize", main, options=("--feature-group",)))
