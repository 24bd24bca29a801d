# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Curated rows become features, each row from nothing but what was known at its event time."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from contracts.workload import FEATURES_PARTITION, Workload, feature_row
from pipelines.errors import JobError
from pipelines.tables import SQL_TYPES, listed, quoted, source


def columns_as_they_are(features: Sequence[str], key: str) -> str:
    """The query of a workload whose features are columns of its rows."""
    return f"SELECT {listed([key, *features])} FROM rows"


def load_rows(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Makes the view `rows` over curated files."""
    union = " UNION ALL BY NAME ".join(f"SELECT * FROM {source(file)}" for file in files)
    connection.execute(f"CREATE VIEW rows AS {union}")


def compute(connection: duckdb.DuckDBPyConnection, query: str, workload: Workload) -> None:
    """Makes the table `features` from the view `rows`: the contract's `feature_row` and the partition.

    Raises JobError where the query does not run, lacks a feature, or gives a row twice or not at all.
    """
    data = workload.data
    try:
        connection.execute(f"CREATE TEMP TABLE computed AS {query}")
    except duckdb.Error as error:
        raise JobError(f"features.py: {str(error).splitlines()[0]}") from None
    found = [row[0] for row in connection.execute("DESCRIBE computed").fetchall()]
    missing = [name for name in (data.key, *workload.features) if name not in found]
    if missing:
        raise JobError(f"features.py: the query does not give {', '.join(missing)}")
    kinds = feature_row(workload)
    landed = [name for name in kinds if name not in workload.features]
    chosen = [f"rows.{quoted(name)}" for name in landed]
    chosen += [
        f"CAST(computed.{quoted(name)} AS {SQL_TYPES[feature.type]}) AS {quoted(name)}"
        for name, feature in workload.features.items()
    ]
    key, event = quoted(data.key), quoted(data.event_time)
    connection.execute(
        f"CREATE TABLE features AS SELECT {', '.join(chosen)}, "
        f"strftime(rows.{event}, '%Y-%m') AS {FEATURES_PARTITION} "
        f"FROM rows JOIN computed ON rows.{key} = computed.{key} ORDER BY rows.{event}, rows.{key}"
    )
    counts = connection.execute(
        f"SELECT (SELECT count(*) FROM rows), (SELECT count(*) FROM features), "
        f"(SELECT count(DISTINCT {key}) FROM features)"
    ).fetchone()
    if counts is None or len(set(counts)) != 1:
        raise JobError(
            f"features.py: of {counts[0] if counts else 0} rows the query gives {counts[1:] if counts else ()}"
        )
