# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Checks landed rows against the data contract: good rows are curated, bad ones go to quarantine with their reasons.

A file without a column of the contract, and too large a share of bad rows, fail the job; then nothing is accepted.
"""

import argparse
import json
import sys
from collections import Counter
from typing import Any

from contracts.pipelines import File
from contracts.workload import Workload
from pipelines import contract, tables, workload
from pipelines.contract import REASONS, SOURCE
from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.jobs.command import run, say


def main(arguments: argparse.Namespace) -> None:
    described = workload.load(arguments.workload).contract
    connection = tables.connect()
    files = tables.files(container.processing_input("raw"))
    tables.check_names(files)
    ignored = sorted({name for file in files for name in contract.check_columns(connection, file, described.data)})
    contract.judge(connection, files, described)
    judged = connection.execute(f"SELECT {REASONS}, count(*) FROM judged GROUP BY ALL ORDER BY ALL").fetchall()
    report = _report(described, judged, ignored)
    names = tables.listed(described.data.columns)
    for file in files:
        chosen = f"{SOURCE} = {tables.literal(file.stem)}"
        curated = f"SELECT {names} FROM accepted WHERE {chosen} ORDER BY {tables.listed([described.data.key])}"
        bad = (
            f"SELECT raw.* EXCLUDE (row), {REASONS} FROM judged JOIN raw USING (row) "
            f"WHERE {REASONS} <> '' AND raw.{chosen} ORDER BY row"
        )
        tables.write(connection, curated, container.processing_output("curated") / f"{file.stem}.parquet")
        tables.write(connection, bad, container.processing_output("quarantine") / f"{file.stem}.parquet")
    (container.processing_output("report") / File.VALIDATION).write_text(json.dumps(report, indent=2) + "\n")
    say(f"{report['accepted']} of {report['rows']} rows accepted, {report['quarantined']} in quarantine")
    for reason, count in report["reasons"].items():
        say(f"  {count} x {reason}")


def _report(described: Workload, judged: list[tuple[str, int]], ignored: list[str]) -> dict[str, Any]:
    """File.VALIDATION. Raises JobError where too many rows are bad. A row with two reasons counts under both."""
    rows = sum(count for _, count in judged)
    accepted = sum(count for reasons, count in judged if not reasons)
    by_reason = Counter[str]()
    for reasons, count in judged:
        for reason in filter(None, reasons.split("; ")):
            by_reason[reason] += count
    limit = described.data.max_bad_share
    if rows and rows - accepted > limit * rows:
        most = ", ".join(f"{reason} ({count})" for reason, count in by_reason.most_common(3))
        raise JobError(f"{rows - accepted} of {rows} rows are bad, more than the share {limit:g} allowed: {most}")
    if not accepted:
        raise JobError("no rows have been landed: all files are empty")
    return {
        "rows": rows,
        "accepted": accepted,
        "quarantined": rows - accepted,
        "reasons": dict(by_reason.most_common()),
        "ignored_columns": ignored,
    }


if __name__ == "__main__":
    sys.exit(run("validate", main))
