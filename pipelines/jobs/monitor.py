"""Watches captured traffic. One job for all monitors: an instance and its start cost more than what they compute.

Data quality and drift need requests alone; they are compared with the baseline of the release that the environment
serves, or, where none is pinned, of the newest snapshot. Predictions, attributions, and what needs labels are compared
with what the release was judged on. A monitor that cannot conclude says why, and puts no metric.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts.metrics import NAMESPACE, Metric, dimensions
from contracts.monitors import Monitor
from contracts.pipelines import File
from contracts.variants import CHAMPION
from contracts.workload import Workload
from pipelines import aws, capture, releases, tables, workload
from pipelines.capture import Captured, Traffic
from pipelines.errors import JobError
from pipelines.jobs import container
from pipelines.jobs.command import json_option, run, say
from pipelines.modelling import Columns
from pipelines.monitors import (
    attribution,
    bias,
    business,
    concept,
    data,
    drift,
    experiment,
    labels,
    page,
    performance,
    predictions,
    reference,
)
from pipelines.monitors.data import Looked
from pipelines.monitors.findings import Document, Finding, Status, unknown, violations_document
from pipelines.monitors.labels import Labelled, Pairs
from pipelines.monitors.reference import Reference
from pipelines.workload import WorkloadCode


class Options(BaseModel):
    """`--options`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = Field(default=2000, ge=20, description="The newest captured rows that are looked at.")
    hours: float = Field(default=24, gt=0, description="How far back from the newest captured hour they may lie.")
    since: AwareDatetime | None = Field(default=None, description="Looks at nothing captured before, whatever `hours`.")
    variant: str | None = Field(
        default=CHAMPION,
        description="Only what this variant answered; that of the pinned release by default, null for all.",
    )


def main(arguments: argparse.Namespace) -> None:
    code = workload.load(arguments.workload)
    described = code.contract
    options = _options(arguments.options)
    since = options.since.astimezone(UTC) if options.since is not None else None
    captured = capture.newest_requests(arguments.capture_uri, since, options.hours, options.rows, options.variant)
    seen = capture.traffic(described, code.inference, captured.requests, options.rows)
    release = None if arguments.release in (None, releases.NONE) else arguments.release
    constraints, looked, found = _data(described, release, arguments.baseline_uri, captured, seen)
    found += _of_release(code, release, arguments.labels_uri, seen)
    found += [business.watch(described, seen)] if described.monitors.business else []
    rivalry = experiment.watch(code, arguments.capture_uri, arguments.labels_uri)
    found += [rivalry] if rivalry is not None else []
    facts = {
        "release": release or releases.NONE,
        "trigger": arguments.trigger or "manual",
        "variant": options.variant or "all",
    }
    report = {
        **drift.report(seen.size, looked.shifts),
        "requests_not_understood": seen.broken,
        "records_not_readable": captured.unreadable,
        "minimum_rows": described.drift.minimum_rows,
        **facts,
    }
    documents: dict[str, Document] = {File.STATISTICS: looked.statistics, File.DRIFT: report}
    if constraints is not None:
        documents[File.CONSTRAINTS] = constraints
    _write(described.name, documents, facts, found)
    counts = {
        Metric.DRIFT_ROWS: float(seen.size),
        Metric.CHECKED_REQUESTS: float(seen.requests + captured.unreadable),
        Metric.INVALID_REQUESTS: float(seen.broken + captured.unreadable),
    }
    _put_metrics(arguments.environment, described.name, counts, found)
    for finding in found:
        say(f"{finding.monitor}: {finding.status}: {finding.reason}")


def _options(text: str | None) -> Options:
    try:
        return Options.model_validate(json_option("options", text))
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise JobError(f"--options: {'; '.join(lines)}") from None


def _data(
    described: Workload, release: str | None, uri: str, captured: Captured, seen: Traffic
) -> tuple[Document | None, Looked, list[Finding]]:
    """The constraints, what was seen of each feature, and the findings on data quality and drift."""
    with tempfile.TemporaryDirectory() as scratch:
        baseline, constraints = _baseline(described, release, uri, Path(scratch)) if seen.size else ({}, None)
        looked = data.look(described, constraints, baseline, seen.rows)
        judged = data.judge_quality(looked, seen.size, captured.unreadable, seen.broken, seen.requests)
        return constraints, looked, [judged, data.judge_drift(described, looked, baseline, seen.rows)]


def _baseline(described: Workload, release: str | None, uri: str, scratch: Path) -> tuple[Columns, Document]:
    """The rows, read column by column while `scratch` exists, and the constraints to compare with."""
    if release is not None:
        uri = releases.baseline_uri(release)
    try:
        file = aws.download(f"{uri}/{File.BASELINE}", scratch / File.BASELINE)
        constraints = aws.download(f"{uri}/{File.CONSTRAINTS}", scratch / File.CONSTRAINTS)
    except aws.client("s3").exceptions.NoSuchKey:
        raise JobError(f"{uri}: holds no {File.BASELINE} and {File.CONSTRAINTS}; train a model first") from None
    try:
        return tables.ColumnFile(file, drift.watched(described)), json.loads(constraints.read_text())
    except tables.duckdb.BinderException:
        raise JobError(f"{uri}: {File.BASELINE} lacks a watched feature of this contract; train a model anew") from None


def _of_release(code: WorkloadCode, release: str | None, labels_uri: str | None, seen: Traffic) -> Iterator[Finding]:
    """Findings of what needs a release to compare with, or labels, or both."""
    described = code.contract
    before = reference.read(release) if release is not None and seen.size else None
    missing = "no captured rows" if not seen.size else "no release is pinned"
    if release is not None and seen.size and before is None:
        missing = "the release was registered without its held-out predictions"
    if before is None or release is None:
        yield unknown(Monitor.PREDICTIONS, missing)
        yield unknown(Monitor.ATTRIBUTION, missing)
    else:
        yield predictions.watch(described.drift, before.predictions, seen.predictions)
        yield _explained(code, release, before, seen)
    yield from _of_labels(described, before, missing, labels_uri, seen)


def _explained(code: WorkloadCode, release: str, before: Reference, seen: Traffic) -> Finding:
    bounds = code.contract.monitors.attribution
    if seen.size < bounds.minimum_rows:
        return unknown(Monitor.ATTRIBUTION, f"{seen.size} rows; {bounds.minimum_rows} are needed", seen.size)
    if before.explanation is not None and before.explanation.means.keys() != code.contract.features.keys():
        return unknown(Monitor.ATTRIBUTION, "the release has other features than this contract", seen.size)
    if code.explain is None or before.explanation is None:
        return Finding(Monitor.ATTRIBUTION, Status.NOT_APPLICABLE, "the model cannot be explained: it has no `explain`")
    with tempfile.TemporaryDirectory() as scratch:
        model = code.model.load(releases.model(release, Path(scratch)))
        now = attribution.of_model(code.contract, code.explain, model, seen.rows)
    assert now is not None
    return attribution.watch(bounds, before.explanation, now)


def _of_labels(
    described: Workload, before: Reference | None, missing: str, uri: str | None, seen: Traffic
) -> Iterator[Finding]:
    known, reason = _labelled(described, uri, seen)
    if known is None or before is None:
        why = reason if known is None else missing
        yield unknown(Monitor.CONCEPT, why)
        yield unknown(Monitor.PERFORMANCE, why)
    else:
        held = Pairs(before.predictions, before.labels)
        yield concept.watch(described.monitors.labels, held, known.pairs)
        yield performance.watch(described, held, known.pairs)
    excuse = described.monitors.bias.not_applicable
    if excuse is not None:
        yield Finding(Monitor.BIAS, Status.NOT_APPLICABLE, excuse)
    else:
        yield unknown(Monitor.BIAS, reason) if known is None else bias.watch(described, known)


def _labelled(described: Workload, uri: str | None, seen: Traffic) -> tuple[Labelled | None, str]:
    """The captured rows whose label has arrived; None with the reason where none can be found."""
    if uri is None:
        return None, "no labels are given"
    if not seen.size:
        return None, "no captured rows"
    if not any(key is not None for key in seen.keys):
        return None, "no captured row names its key"
    return labels.join(described, seen, uri, bias.columns(described)), ""


def _write(model: str, documents: dict[str, Document], facts: dict[str, str], found: list[Finding]) -> None:
    """Data quality's documents lie at the top, as Model Monitor leaves them; each other monitor's in its folder."""
    folder = container.processing_output("report")
    documents[File.MONITORS] = {"workload": model, **facts, "monitors": {one.monitor: one.summary() for one in found}}
    for one in found:
        place = "" if one.monitor is Monitor.QUALITY else f"{one.monitor}/"
        if one.status in (Status.CLEAN, Status.VIOLATED) or one.monitor is Monitor.QUALITY:
            documents[f"{place}{File.VIOLATIONS}"] = violations_document(one.violations)
        documents |= {f"{place}{name}": document for name, document in one.documents.items()}
    for name, document in documents.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    (folder / File.REPORT).write_text(page.render(model, facts, found))


def _put_metrics(environment: str, model: str, counts: dict[Metric, float], found: list[Finding]) -> None:
    """What was counted, and of each finding that came to a verdict its own."""
    where = [{"Name": name, "Value": value} for name, value in dimensions(environment, model).items()]
    now = datetime.now(UTC)
    values: dict[str, float] = dict(counts)
    for one in found:
        values.update(one.metrics)
    aws.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": str(metric), "Dimensions": where, "Timestamp": now, "Value": value, "Unit": "Count"}
            for metric, value in values.items()
        ],
    )


if __name__ == "__main__":
    needed = ("--environment", "--capture-uri", "--baseline-uri")
    options = ("--labels-uri", "--release", "--options", "--trigger")
    sys.exit(run("monitor", main, required=needed, options=options))
