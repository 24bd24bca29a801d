# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Captured rows meet their labels, which arrive in the lake long after the answer was given."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from contracts.workload import Workload
from pipelines import aws, tables
from pipelines.capture import Traffic
from pipelines.modelling import Columns

FILES = 31  # newest files of curated rows that are searched: a month of daily landings


@dataclass(frozen=True)
class Pairs:
    """Predictions and their labels."""

    predictions: numpy.ndarray
    labels: numpy.ndarray


@dataclass(frozen=True)
class Labelled:
    """Captured rows whose label is known: features, predictions, labels, and further columns by name."""

    rows: Columns
    predictions: numpy.ndarray
    labels: numpy.ndarray
    columns: Columns

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.predictions, self.labels)


def join(workload: Workload, traffic: Traffic, uri: str, columns: Sequence[str] = ()) -> Labelled:
    """The captured rows with a prediction and a key that has a label under `uri`, an `s3://` prefix of curated rows.

    A key that was asked about more than once counts once, with its newest answer. `columns` are further columns of
    the data contract. Files are searched from the newest back, until every key is found or FILES are read.
    """
    place = {
        key: index
        for index, key in enumerate(traffic.keys)
        if key is not None and not numpy.isnan(traffic.predictions[index])
    }
    found = _look_up(workload, place, uri, columns) if place else {}
    chosen = numpy.array(sorted(place[key] for key in found), dtype=int)
    by_place = {place[key]: values for key, values in found.items()}
    values = [by_place[index] for index in chosen.tolist()]
    return Labelled(
        {name: array[chosen] for name, array in traffic.rows.items()},
        traffic.predictions[chosen],
        numpy.array([row[0] for row in values], dtype=float),
        {name: _array([row[1 + at] for row in values]) for at, name in enumerate(columns)},
    )


def _array(values: list[object]) -> numpy.ndarray:
    numeric = all(isinstance(value, (int, float)) or value is None for value in values)
    if not numeric:
        return numpy.array(values, dtype=object)
    return numpy.array([numpy.nan if value is None else value for value in values], dtype=float)


def _look_up(
    workload: Workload, wanted: dict[str, int], uri: str, columns: Sequence[str]
) -> dict[str, tuple[object, ...]]:
    """Label and columns by key."""
    data = workload.data
    bucket, prefix = aws.split(uri)
    s3 = aws.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix.rstrip("/") + "/")
    items = [item for page in pages for item in page.get("Contents", ()) if item["Key"].endswith(".parquet")]
    items.sort(key=lambda item: (item["LastModified"], item["Key"]), reverse=True)
    connection = tables.connect()
    connection.execute("CREATE TABLE wanted (key VARCHAR)")
    connection.execute("INSERT INTO wanted SELECT unnest($1)", [list(wanted)])
    key, label = f"CAST({tables.quoted(data.key)} AS VARCHAR)", f"CAST({tables.quoted(data.label)} AS DOUBLE)"
    chosen = ", ".join([key, label, *map(tables.quoted, columns)])
    found: dict[str, tuple[object, ...]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for item in items[:FILES]:
            file = aws.download(f"s3://{bucket}/{item['Key']}", Path(scratch, "rows.parquet"))
            query = (
                f"SELECT {chosen} FROM {tables.source(file)} "
                f"WHERE {key} IN (FROM wanted) AND {tables.quoted(data.label)} IS NOT NULL"
            )
            for name, *values in connection.execute(query).fetchall():
                found.setdefault(name, tuple(values))
            if len(found) == len(wanted):
                break
    return found
