"""Judges a candidate on held-out rows, beside a naive baseline and the served release."""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.pipelines import File
from contracts.workload import Workload
from pipelines import gate, releases, tables, tracking, workload
from pipelines.jobs import container
from pipelines.jobs.command import run, say
from pipelines.modelling import Columns
from pipelines.monitors import attribution, reference
from pipelines.scores import SCORES
from pipelines.workload import WorkloadCode

# The console reads a version's quality under these names; the values are ours.
MODEL_MONITOR = {"roc_auc": ("binary_classification_metrics", "auc"), "mae": ("regression_metrics", "mae")}


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    described = code.contract
    names = [*described.features, described.data.label]
    rows = tables.read(container.processing_input("holdout") / File.HOLDOUT, names)
    release = arguments.release or releases.NONE
    with tempfile.TemporaryDirectory() as scratch:
        candidate = releases.unpack(container.processing_input("model") / releases.MODEL_ARCHIVE, Path(scratch))
        model = code.model.load(candidate)
        predictions = code.model.predict(model, rows)
        value = SCORES[described.gate.metric](rows[described.data.label], predictions)
        served = releases.model(release, Path(scratch, "served")) if release != releases.NONE else None
        champion = _score(code, served, rows) if served is not None else None
    report = evaluation(described, rows, value, model.mean_label, champion, model.snapshot)
    folder = container.processing_output("evaluation")
    (folder / File.EVALUATION).write_text(json.dumps(report, indent=2) + "\n")
    reference.write(folder / File.PREDICTIONS, predictions, rows[described.data.label])
    explained = attribution.of_model(described, code.explain, model, rows)
    (folder / File.EXPLANATION).write_text(json.dumps(attribution.document(explained), indent=2) + "\n")
    if (arguments.tracking or tracking.NONE) != tracking.NONE:
        say(tracking.record(arguments.tracking, _run(arguments, described, report, folder)))
    say(f"{described.gate.metric} {value:.6g} on {len(rows[described.data.label])} rows; naive {report['baseline']}")
    say(str(report["gate"]))


def _score(code: WorkloadCode, folder: Path, rows: Columns) -> float:
    metric = SCORES[code.contract.gate.metric]
    return metric(rows[code.contract.data.label], code.model.predict(code.model.load(folder), rows))


def _run(arguments: argparse.Namespace, described: Workload, report: Mapping[str, Any], folder: Path) -> tracking.Run:
    """What an experiment's record says of the candidate; hyperparameters are those that its workload declares."""
    metric, judged = described.gate.metric, report["gate"]
    return tracking.Run(
        experiment=described.name,
        execution=arguments.run or "local",
        parameters=described.training.hyperparameters,
        metrics={
            metric: report["metrics"][metric],
            f"baseline_{metric}": report["baseline"][metric],
            "gain": judged["gain"],
            "margin": judged["margin"],
            "rows": report["rows"],
        },
        tags={
            "estate.environment": arguments.environment or "local",
            "estate.snapshot": str(report["snapshot"]),
            "estate.gate": "met" if judged["passed"] else "not met",
            "estate.champion": arguments.release or releases.NONE,
        },
        files=[folder / File.EVALUATION, folder / File.EXPLANATION],
    )


def evaluation(
    described: Workload, rows: Columns, value: float, mean_label: float, champion: float | None, snapshot: str
) -> dict[str, object]:
    """File.EVALUATION: `value` and `champion` are the gate's metric of the candidate and of the served release."""
    metric = described.gate.metric
    naive = gate.naive(described, rows, mean_label)
    judged = gate.judge(described, value, naive, champion)
    count = len(rows[described.data.label])
    section, name = MODEL_MONITOR[metric]
    texts = dict.fromkeys(SCORES, "none") | {metric: repr(value)}
    return {
        "workload": described.name,
        "snapshot": snapshot,
        "rows": count,
        "metrics": {metric: value},
        "baseline": {metric: naive},
        "champion": {metric: champion} if champion is not None else None,
        "gate": judged,
        "registered": {
            "metric": metric,
            "threshold": repr(described.gate.threshold),
            "baseline": repr(naive),
            "gain": repr(judged["gain"]),
            "rows": str(count),
            **texts,
        },
        section: {name: {"value": value, "standard_deviation": "NaN"}},
    }


if __name__ == "__main__":
    sys.exit(run("evaluate", main, options=("--release", "--environment", "--tracking", "--run")))
