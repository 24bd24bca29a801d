# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Rows against the data contract, in SQL: which are good, which are not, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contracts.workload import Column, ColumnType, Data, Workload
from pipelines.errors import JobError
from pipelines.tables import SQL_TYPES, columns_of, listed, literal, quoted, source

SOURCE = "source_file"
REASONS = "reasons"


@dataclass(frozen=True)
class Rule:
    """A condition that a bad row meets, in SQL over the raw text (`raw`) and the typed values (`typed`)."""

    reason: str
    condition: str


def check_columns(connection: duckdb.DuckDBPyConnection, file: Path, data: Data) -> list[str]:
    """Columns of the file that the contract does not know. Raises JobError for one that is missing."""
    found = columns_of(connection, file)
    missing = [name for name in data.columns if name not in found]
    if missing:
        raise JobError(
            f"{file.name}: column {', '.join(missing)} is missing; it has: {', '.join(found)}. Nothing was accepted"
        )
    return [name for name in found if name not in data.columns]


def judge(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], workload: Workload) -> None:
    """Makes the table `judged`: the contract's columns typed, `source_file`, `reasons` (text, empty for a good row).

    A table `raw` keeps the values as they were landed, as text, under the same `row`.
    """
    data = workload.data
    names = listed(data.columns)
    texts = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in data.columns)
    union = " UNION ALL ".join(
        f"SELECT {literal(file.stem)} AS {SOURCE}, {texts} FROM {source(file)}" for file in files
    )
    connection.execute(f"CREATE TABLE raw AS SELECT row_number() OVER () AS row, * FROM ({union})")
    typed = ", ".join(f"TRY_CAST({quoted(n)} AS {SQL_TYPES[c.type]}) AS {quoted(n)}" for n, c in data.columns.items())
    connection.execute(f"CREATE TABLE typed AS SELECT row, {SOURCE}, {typed} FROM raw")
    cases = [f"CASE WHEN {rule.condition} THEN {literal(rule.reason)} END" for rule in rules(data)]
    reasons = f"array_to_string(list_filter([{', '.join(cases)}], lambda reason: reason IS NOT NULL), '; ')"
    seconds = ", ".join(_repetition(data, name) for name, column in data.columns.items() if column.unique)
    joined = "SELECT typed.*{} FROM typed".format(f", {seconds}" if seconds else "")
    connection.execute(
        f"CREATE TABLE judged AS SELECT typed.row, typed.{SOURCE}, {_of('typed', data)}, {reasons} AS {REASONS} "
        f"FROM ({joined}) AS typed JOIN raw USING (row) ORDER BY row"
    )
    connection.execute(f"CREATE VIEW accepted AS SELECT {SOURCE}, {names} FROM judged WHERE {REASONS} = ''")


def rules(data: Data) -> Iterator[Rule]:
    """All rules of a contract, those of the columns first, in its order."""
    for name, column in data.columns.items():
        yield from _column_rules(name, column)
    event, label = quoted(data.event_time), quoted(data.label_time)
    yield Rule(f"{data.label_time}: not after {data.event_time}", f"typed.{label} <= typed.{event}")
    arrival = quoted(data.arrival_time)
    yield Rule(f"{data.arrival_time}: before {data.event_time}", f"typed.{arrival} < typed.{event}")


def _column_rules(name: str, column: Column) -> Iterator[Rule]:
    raw, typed = f"raw.{quoted(name)}", f"typed.{quoted(name)}"
    if not column.nullable:
        yield Rule(f"{name}: missing", f"{raw} IS NULL")
    if column.type is not ColumnType.STRING:
        article = "an" if column.type is ColumnType.INTEGER else "a"
        yield Rule(f"{name}: not {article} {column.type}", f"{raw} IS NOT NULL AND {typed} IS NULL")
    if column.type is ColumnType.NUMBER:
        yield Rule(f"{name}: not finite", f"NOT isfinite({typed})")
    if column.minimum is not None:
        yield Rule(f"{name}: below {column.minimum:g}", f"{typed} < {column.minimum!r} AND isfinite({typed}::DOUBLE)")
    if column.maximum is not None:
        yield Rule(f"{name}: above {column.maximum:g}", f"{typed} > {column.maximum!r} AND isfinite({typed}::DOUBLE)")
    if column.allowed is not None:
        values = ", ".join(map(literal, column.allowed))
        yield Rule(f"{name}: not one of {', '.join(column.allowed)}", f"{typed}::VARCHAR NOT IN ({values})")
    if column.unique:
        yield Rule(f"{name}: seen before", f"typed.{quoted('#' + name)} > 1")


def _repetition(data: Data, name: str) -> str:
    """Which occurrence of its value a row is: the one that arrived first is the first."""
    order = f"{quoted(data.arrival_time)} NULLS LAST, row"
    return (
        f"CASE WHEN {quoted(name)} IS NOT NULL THEN row_number() OVER "
        f"(PARTITION BY {quoted(name)} ORDER BY {order}) END AS {quoted('#' + name)}"
    )


def _of(table: str, data: Data) -> str:
    return ", ".join(f"{table}.{quoted(name)}" for name in data.columns)
