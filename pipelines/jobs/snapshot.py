# ruff: noqa: S608  the SQL is made of names from the contract, quoted
"""Names a set of labelled rows by their content, splits it by time, and describes it for the monitors."""

import argparse
import json
import shutil
import sys

from contracts.pipelines import File
from pipelines import quality, snapshots, tables, workload
from pipelines.jobs import container
from pipelines.jobs.command import run, say
from pipelines.monitors import drift


def main(arguments: argparse.Namespace) -> None:
    described = workload.load(arguments.workload).contract
    train = container.processing_output("train") / File.TRAIN
    holdout = container.processing_output("holdout") / File.HOLDOUT
    connection = tables.connect()
    facts = snapshots.take(connection, tables.files(container.processing_input("features")), described, train, holdout)
    report = container.processing_output("snapshot") / File.SNAPSHOT
    report.write_text(json.dumps(facts, indent=2) + "\n")

    baseline = container.processing_output("baseline")
    rows = tables.read(train, list(described.features))
    for file, document in (
        (File.STATISTICS, quality.statistics(described, rows)),
        (File.CONSTRAINTS, quality.constraints(described, rows)),
    ):
        (baseline / file).write_text(json.dumps(document, indent=2) + "\n")
    names = drift.watched(described) or list(described.features)
    tables.write(connection, f"SELECT {tables.listed(names)} FROM train", baseline / File.BASELINE)
    shutil.copytree(baseline, container.processing_output("newest-baseline"), dirs_exist_ok=True)
    counts = f"{facts['train_rows']} rows to learn from, {facts['holdout_rows']} held out"
    say(f"snapshot {str(facts['digest'])[:12]}: {counts}")


if __name__ == "__main__":
    sys.exit(run("snapshot", main))
