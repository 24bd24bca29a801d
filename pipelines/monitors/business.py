"""Business metrics: what the model is for, counted in what it was asked and what it answered."""

import math
from decimal import Decimal

import duckdb
import numpy
import pyarrow

from contracts.metrics import business_metric
from contracts.monitors import BusinessMetric, Monitor
from contracts.workload import Workload
from pipelines.capture import Traffic
from pipelines.errors import JobError
from pipelines.monitors.findings import Document, Finding, Status, unknown

MONITOR = Monitor.BUSINESS
TABLE, PREDICTION = "traffic", "prediction"


def watch(workload: Workload, seen: Traffic) -> Finding:
    """The value of every metric over the rows whose answers were captured; those beyond their bounds are violations.

    Raises JobError for an expression that DuckDB refuses, or that is no number.
    """
    answered = numpy.isfinite(seen.predictions)
    count = int(answered.sum())
    wanted = workload.monitors.business
    due = {name: metric for name, metric in wanted.items() if count >= metric.minimum_rows}
    if not due:
        least = min(metric.minimum_rows for metric in wanted.values())
        return unknown(MONITOR, f"{count} answered rows; {least} are needed", count)
    values = _values(workload, seen, answered, due)
    broken = [_violation(name, due[name], value) for name, value in values.items() if due[name].broken(value)]
    told = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
    return Finding(
        MONITOR,
        Status.VIOLATED if broken else Status.CLEAN,
        f"{len(broken)} of {len(values)} beyond their bounds: {told}",
        rows=count,
        violations=broken,
        metrics={business_metric(name): value for name, value in values.items()},
    )


def _values(
    workload: Workload, seen: Traffic, answered: numpy.ndarray, due: dict[str, BusinessMetric]
) -> dict[str, float]:
    columns = {name: numpy.asarray(seen.rows[name])[answered] for name in workload.features}
    table = pyarrow.table({**columns, PREDICTION: seen.predictions[answered]})
    with duckdb.connect(config={"enable_external_access": "false"}) as connection:
        connection.register(TABLE, table)
        return {name: _value(connection, name, metric.sql) for name, metric in sorted(due.items())}


def _value(connection: duckdb.DuckDBPyConnection, name: str, sql: str) -> float:
    try:
        rows = connection.execute(f"SELECT ({sql}) FROM {TABLE}").fetchmany(2)  # noqa: S608  the workload's own words
    except duckdb.Error as error:
        raise JobError(f"monitors.business.{name}.sql: {error}") from None
    value = rows[0][0] if len(rows) == 1 else None
    # DuckDB's numbers are int, float and Decimal.
    number = float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else math.nan
    if not math.isfinite(number):
        raise JobError(f"monitors.business.{name}.sql gives {value!r} in {len(rows)} rows; one number is needed")
    return number


def _violation(name: str, metric: BusinessMetric, value: float) -> Document:
    side = "above" if metric.above is not None else "below"
    return {
        "feature_name": name,
        "constraint_check_type": "business_metric_check",
        "description": f"{metric.description}: {value:.4g} is {side} {metric.bound:g}",
    }
