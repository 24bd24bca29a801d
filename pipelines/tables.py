# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Tables in files, read and written by DuckDB, which needs a fifth of a second and streams what memory cannot hold.

Why not pandera for the contract: it needs 1.7 s to be imported and the rows as a pandas frame; these few rules are SQL.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import numpy
import pyarrow

from contracts.workload import ColumnType
from pipelines.errors import JobError

SQL_TYPES = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP",
}
READERS = {".parquet": "read_parquet('{}')", ".csv": "read_csv('{}', all_varchar = true, header = true)"}


def connect() -> duckdb.DuckDBPyConnection:
    """An empty database in memory; times are UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET threads = 2; SET preserve_insertion_order = true")
    return connection


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def listed(names: Iterable[str]) -> str:
    return ", ".join(map(quoted, names))


def files(folder: Path) -> list[Path]:
    """The tables under `folder`, sorted. Raises JobError where there is none, or a file of another kind."""
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    foreign = [path.name for path in found if path.suffix not in READERS]
    if foreign:
        raise JobError(f"{foreign[0]}: is no table; allowed are files ending in {', '.join(READERS)}")
    if not found:
        raise JobError(f"no rows have been landed: {folder.name} is empty")
    return found


def check_names(found: Iterable[Path]) -> None:
    """Raises JobError where two files would be written under one name."""
    seen: dict[str, Path] = {}
    for file in found:
        if file.stem in seen:
            raise JobError(f"{file.name} and {seen[file.stem].name} have one name; rename one")
        seen[file.stem] = file


def source(file: Path) -> str:
    """What stands behind FROM to read one file."""
    return READERS[file.suffix].format(str(file).replace("'", "''"))


def columns_of(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Raises JobError where the file cannot be read."""
    try:
        return [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source(file)}").fetchall()]
    except duckdb.Error as error:
        raise JobError(f"{file.name}: cannot be read: {str(error).splitlines()[0]}") from None


def write(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> None:
    """Writes a query's rows as Parquet."""
    file.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY ({query}) TO {literal(str(file))} (FORMAT parquet, COMPRESSION zstd)")


def read(file: Path, columns: Sequence[str]) -> dict[str, numpy.ndarray]:
    """Number columns of a Parquet file as float arrays; what is missing is NaN."""
    connection = connect()
    chosen = ", ".join(f"CAST({quoted(name)} AS DOUBLE) AS {quoted(name)}" for name in columns)
    found = connection.execute(f"SELECT {chosen} FROM {source(file)}").fetchnumpy()
    return {name: numpy.ma.filled(found[name].astype(float), numpy.nan) for name in columns}


class ColumnFile(Mapping[str, numpy.ndarray]):
    """Columns of a Parquet file, each read when it is asked for and not kept: memory is that of what is in use.

    Numbers are float arrays with NaN for what is missing; texts are objects, None where missing. Threads may share it.
    """

    def __init__(self, file: Path, columns: Sequence[str]) -> None:
        self._source = source(file)
        self._columns = tuple(columns)
        self._connection = connect()
        found = self._connection.execute(f"DESCRIBE SELECT {listed(columns)} FROM {self._source}").fetchall()
        self._texts = {row[0] for row in found if row[1] == "VARCHAR"}

    def __getitem__(self, name: str) -> numpy.ndarray:
        if name not in self._columns:
            raise KeyError(name)
        cast = quoted(name) if name in self._texts else f"CAST({quoted(name)} AS DOUBLE)"
        query = f"SELECT {cast} AS value FROM {self._source}"
        found = self._connection.cursor().execute(query).fetchnumpy()["value"]
        if name in self._texts:
            masked = numpy.ma.asarray(found)
            texts = masked.data.astype(object)
            texts[numpy.ma.getmaskarray(masked)] = None
            return texts
        return numpy.ma.filled(found, numpy.nan)

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def arrow(rows: object) -> pyarrow.Table:
    """A pyarrow table of what a workload's `data.rows` gave: one, or a pandas frame. Raises JobError."""
    if isinstance(rows, pyarrow.Table):
        return rows
    if hasattr(rows, "to_parquet"):
        return pyarrow.Table.from_pandas(rows, preserve_index=False)
    raise JobError(f"data.rows gave {type(rows).__name__}; a pyarrow.Table or a pandas.DataFrame is expected")
