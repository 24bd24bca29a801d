"""Watches captured traffic: data quality against the baseline's constraints, drift against its distributions.

Compared with the baseline of the release that the environment serves; where none is pinned, with the newest
snapshot's. A request that cannot be understood is a violation too.
"""

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts.metrics import NAMESPACE, Metric, dimensions
from contracts.pipelines import File
from contracts.workload import Workload
from pipelines import aws, capture, drift, quality, releases, tables, workload
from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.jobs.command import json_option, run, say
from pipelines.modelling import Columns


class Options(BaseModel):
    """`--options`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=2000, ge=20, description="The newest captured rows that are looked at.")
    hours: float = Field(default=24, gt=0, description="How far back from the newest captured hour they may lie.")
    since: AwareDatetime | None = Field(default=None, description="Looks at nothing captured before, whatever `hours`.")


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    described = code.contract
    options = _options(arguments.options)
    since = options.since.astimezone(UTC) if options.since is not None else None
    captured = capture.newest_requests(arguments.capture_uri, since, options.hours, options.rows)
    rows, broken = capture.columns(described, code.inference, captured, options.rows)
    count = len(next(iter(rows.values())))
    if count:
        with tempfile.TemporaryDirectory() as scratch:
            baseline, constraints = _baseline(described, arguments.release, arguments.baseline_uri, Path(scratch))
        shifts = drift.compare(described, baseline, rows)
        found = quality.violations(described, constraints, rows)
    else:
        shifts, found = {}, []
    if broken:
        text = f"{broken} of {len(captured)} requests could not be understood"
        found.append({"feature_name": "request", "constraint_check_type": "data_type_check", "description": text})
    drifted = [name for name, shift in shifts.items() if shift.drifted]
    report = {
        **drift.report(count, shifts),
        "requests_not_understood": broken,
        "release": arguments.release or releases.NONE,
        "trigger": arguments.trigger or "manual",
        "minimum_rows": described.drift.minimum_rows,
    }
    _write(described, rows, found, report)
    _put_metrics(arguments.environment, described.name, count, len(drifted), len(found))
    say(f"{count} rows: drifted {', '.join(drifted) or 'nothing'}; {len(found)} violations")


def _options(text: str | None) -> Options:
    try:
        return Options.model_validate(json_option("options", text))
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise JobError(f"--options: {'; '.join(lines)}") from None


def _baseline(described: Workload, release: str | None, uri: str, scratch: Path) -> tuple[Columns, dict[str, object]]:
    """The rows and the constraints to compare with."""
    if release not in (None, releases.NONE):
        uri = releases.baseline_uri(release)
    try:
        file = aws.download(f"{uri}/{File.BASELINE}", scratch / File.BASELINE)
        constraints = aws.download(f"{uri}/{File.CONSTRAINTS}", scratch / File.CONSTRAINTS)
    except aws.client("s3").exceptions.NoSuchKey:
        raise JobError(f"{uri}: holds no {File.BASELINE} and {File.CONSTRAINTS}; train a model first") from None
    return tables.read(file, drift.watched(described)), json.loads(constraints.read_text())


def _write(described: Workload, rows: Columns, found: list[dict[str, object]], report: dict[str, object]) -> None:
    folder = container.processing_output("report")
    documents = {
        File.STATISTICS: quality.statistics(described, rows),
        File.VIOLATIONS: {"violations": found},
        File.DRIFT: report,
    }
    for file, document in documents.items():
        (folder / file).write_text(json.dumps(document, indent=2) + "\n")


def _put_metrics(environment: str, model: str, rows: int, drifted: int, violations: int) -> None:
    where = [{"Name": name, "Value": value} for name, value in dimensions(environment, model).items()]
    now = datetime.now(UTC)
    values = {Metric.DRIFT_ROWS: rows, Metric.DRIFTED_FEATURES: drifted, Metric.QUALITY_VIOLATIONS: violations}
    aws.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": metric, "Dimensions": where, "Timestamp": now, "Value": value, "Unit": "Count"}
            for metric, value in values.items()
        ],
    )


if __name__ == "__main__":
    needed = ("--environment", "--capture-uri", "--baseline-uri")
    sys.exit(run("monitor", main, required=needed, options=("--release", "--options", "--trigger")))
