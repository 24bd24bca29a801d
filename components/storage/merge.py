"""The query that brings curated rows into the table that remembers them, in the SQL of Athena's engine 3 (Trino)."""

from contracts.workload import ColumnType, Workload


def table_name(model: str, content: str) -> str:
    """Athena reads underscores only."""
    return f"{model}_{content}".replace("-", "_")


def history_table(model: str) -> str:
    return table_name(model, "history")


def merge_query(database: str, workload: Workload) -> str:
    """MERGE of a workload's curated rows, by its key: the row that arrived last holds.

    A row that is there and unchanged is left alone, so that a run without news writes nothing. Iceberg keeps
    microseconds, and Athena reads milliseconds from Parquet: times are cast.
    """
    data = workload.data
    columns = list(data.columns)
    key, arrival = _quoted(data.key), _quoted(data.arrival_time)
    typed = ", ".join(_cast(name, described.type) for name, described in data.columns.items())
    newest = f"row_number() OVER (PARTITION BY {key} ORDER BY {arrival} DESC) AS row_of_key"
    names = ", ".join(map(_quoted, columns))
    values = ", ".join(f"fresh.{_quoted(name)}" for name in columns)
    changes = ", ".join(f"{_quoted(name)} = fresh.{_quoted(name)}" for name in columns if name != data.key)
    curated, history = (
        f"{_quoted(database)}.{_quoted(table_name(workload.name, content))}" for content in ("curated", "history")
    )
    return (
        f"MERGE INTO {history} AS kept "  # noqa: S608  names come from the contract, quoted
        f"USING (SELECT {names} FROM (SELECT {typed}, {newest} FROM {curated}) WHERE row_of_key = 1) AS fresh "
        f"ON kept.{key} = fresh.{key} "
        f"WHEN MATCHED AND kept.{arrival} < fresh.{arrival} THEN UPDATE SET {changes} "
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )


def _cast(name: str, kind: ColumnType) -> str:
    column = _quoted(name)
    return f"CAST({column} AS timestamp(6)) AS {column}" if kind is ColumnType.TIMESTAMP else column


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
