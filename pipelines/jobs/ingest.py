"""Lands a workload's rows in the lake, as they come.

The file is named by its content, so landing the same rows twice changes nothing.
"""

import argparse
import hashlib
import sys

import pyarrow.parquet
from pydantic import ValidationError

from pipelines import workload
from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.jobs.command import json_option, run, say
from pipelines.tables import arrow


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    options = json_option("options", arguments.options)
    try:
        table = arrow(code.data.rows(options))
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
        raise JobError(f"--options: {'; '.join(lines)}") from None
    except (ValueError, OSError) as error:
        raise JobError(f"its rows cannot be read: {error}") from None
    folder = container.processing_output("raw")
    draft = folder / "rows.parquet"
    pyarrow.parquet.write_table(table, draft, compression="zstd")
    with draft.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    draft.rename(folder / f"rows-{digest[:16]}.parquet")
    say(f"landed {table.num_rows} rows, {'synthetic' if code.contract.synthetic else 'real'}, as rows-{digest[:16]}")


if __name__ == "__main__":
    sys.exit(run("ingest", main, options=("--options",)))
