# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""A named set of labelled rows to learn from: split by time, so that the model is judged on what came later."""

import hashlib
from pathlib import Path

import duckdb

from contracts.workload import Workload, feature_row
from pipelines.errors import JobError
from pipelines.features import load_rows
from pipelines.tables import listed, quoted, write

LEAST_ROWS = 20  # in each part; below, no metric means anything

Facts = dict[str, object]


def take(
    connection: duckdb.DuckDBPyConnection, files: list[Path], workload: Workload, train: Path, holdout: Path
) -> Facts:
    """Writes the two parts as Parquet; returns File.SNAPSHOT.

    The newest `holdout_fraction` of the labelled rows, by event time, is held out. A row is learned from only if its
    label was known, and the row had arrived, by the first held-out event time. Raises JobError for too few rows.
    """
    data, training = workload.data, workload.training
    event, label, key = quoted(data.event_time), quoted(data.label), quoted(data.key)
    load_rows(connection, files)
    window = f"INTERVAL {training.window_days} DAY" if training.window_days is not None else None
    recent = f"AND {event} > (SELECT max({event}) FROM rows) - {window}" if window else ""
    connection.execute(f"CREATE TABLE labelled AS SELECT * FROM rows WHERE {label} IS NOT NULL {recent}")
    cutoff = _cutoff(connection, event, training.holdout_fraction)
    known = f"greatest({quoted(data.label_time)}, {quoted(data.arrival_time)}) <= $1"
    names, order = listed(feature_row(workload)), f"ORDER BY {event}, {key}"
    connection.execute(
        f"CREATE TABLE train AS SELECT {names} FROM labelled WHERE {event} < $1 AND {known} {order}", [cutoff]
    )
    connection.execute(f"CREATE TABLE holdout AS SELECT {names} FROM labelled WHERE {event} >= $1 {order}", [cutoff])
    counts = {part: _one(connection, f"SELECT count(*) FROM {part}") for part in ("labelled", "train", "holdout")}
    for part in ("train", "holdout"):
        if int(str(counts[part])) < LEAST_ROWS:
            raise JobError(
                f"{counts[part]} rows to {part} with; {LEAST_ROWS} at least are needed (of {counts['labelled']})"
            )
    write(connection, f"SELECT * FROM train {order}", train)
    write(connection, f"SELECT * FROM holdout {order}", holdout)
    return {
        "digest": digest(connection),
        "rows": counts["labelled"],
        "train_rows": counts["train"],
        "holdout_rows": counts["holdout"],
        "not_yet_known": int(str(counts["labelled"])) - int(str(counts["train"])) - int(str(counts["holdout"])),
        "from": str(_one(connection, f"SELECT min({event}) FROM train")),
        "holdout_from": str(cutoff),
        "to": str(_one(connection, f"SELECT max({event}) FROM holdout")),
    }


def digest(connection: duckdb.DuckDBPyConnection) -> str:
    """Names the content of the tables `train` and `holdout`: the rows, not the bytes of a file."""
    found = hashlib.sha256()
    for part in ("train", "holdout"):
        found.update(part.encode())
        cursor = connection.execute(f"SELECT md5(CAST({part} AS VARCHAR)) FROM {part}")
        while rows := cursor.fetchmany(65536):
            found.update("".join(row[0] for row in rows).encode())
    return found.hexdigest()


def _cutoff(connection: duckdb.DuckDBPyConnection, event: str, fraction: float) -> object:
    """The event time from which on rows are held out; rows of one time stay together."""
    query = f"SELECT quantile_disc({event}, {1 - fraction!r}) FROM labelled"
    cutoff = _one(connection, query)
    if cutoff is None:
        raise JobError("no row has a label")
    return cutoff


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row is not None else None
