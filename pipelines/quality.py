"""Statistics, constraints and their violations, in the formats of SageMaker Model Monitor."""

from collections.abc import Mapping

import numpy

from contracts.workload import ColumnType, Feature, Workload
from pipelines.modelling import Columns
from pipelines.monitors import samples
from pipelines.monitors.samples import Numbers

Document = dict[str, object]
KINDS = {ColumnType.INTEGER: "Integral", ColumnType.NUMBER: "Fractional"}
BUCKETS = 10
MOST_LEVELS = 100  # a category with more has no domain: tomorrow's levels are not yesterday's
DOMAIN = 0.99  # least share of rows whose level the baseline knows


def statistics(workload: Workload, rows: Columns) -> Document:
    """`statistics.json` of the workload's features; `rows` has a float array for each, NaN where missing."""
    of = [statistics_of(name, feature, samples.numbers(rows[name])) for name, feature in workload.features.items()]
    return statistics_document(len(next(iter(rows.values()))), of)


def statistics_document(rows: int, of: list[Document]) -> Document:
    return {"version": 0.0, "dataset": {"item_count": rows}, "features": of}


def statistics_of(name: str, feature: Feature, found: Numbers) -> Document:
    """The entry of one feature."""
    return {"name": name, "inferred_type": KINDS[feature.type], "numerical_statistics": _numbers(found)}


def _numbers(found: Numbers) -> Document:
    values = found.values
    common: Document = {"num_present": int(values.size), "num_missing": found.missing}
    if not values.size:
        return {"common": common}
    edges = numpy.linspace(values[0], values[-1], BUCKETS + 1)
    counts = numpy.diff(numpy.searchsorted(values, edges[1:-1], side="left"), prepend=0, append=values.size)
    buckets = [
        {"lower_bound": float(low), "upper_bound": float(high), "count": float(number)}
        for low, high, number in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return {
        "common": common,
        "mean": float(values.mean()),
        "sum": float(values.sum()),
        "std_dev": float(values.std()),
        "min": float(values[0]),
        "max": float(values[-1]),
        "distribution": {"kll": {"buckets": buckets}},
    }


def constraints(workload: Workload, rows: Columns) -> Document:
    """`constraints.json`: types, how complete each feature is, whether it is never negative, a category's levels."""
    return {
        "version": 0.0,
        "features": [
            _constraints_of(name, feature, samples.numbers(rows[name])) for name, feature in workload.features.items()
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "domain_content_threshold": DOMAIN,
        },
    }


def _constraints_of(name: str, feature: Feature, found: Numbers) -> Document:
    entry: Document = {
        "name": name,
        "inferred_type": KINDS[feature.type],
        "completeness": _completeness(found),
        "num_constraints": {"is_non_negative": bool(not found.values.size or found.values[0] >= 0)},
    }
    levels = numpy.unique(found.values) if feature.categorical else None
    if levels is not None and levels.size <= MOST_LEVELS:
        entry["string_constraints"] = {"domains": [f"{level:g}" for level in levels]}
    return entry


def expectations(baseline: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """The constraints of each feature, by name."""
    return {item["name"]: item for item in baseline["features"]}  # ty: ignore[not-iterable]


def violations_of(
    workload: Workload, name: str, feature: Feature, expected: Mapping[str, object] | None, found: Numbers
) -> list[Document]:
    """Of one feature; `expected` is its entry in the baseline's constraints."""
    if expected is None:
        return [_violation(name, "missing_column_check", f"the baseline knows no feature {name}")]
    listed: list[Document] = []
    values, complete, before = found.values, _completeness(found), float(str(expected["completeness"]))
    if not feature.nullable and complete < before:
        text = f"Data is {complete:.2%} complete, the baseline {before:.2%}"
        listed.append(_violation(name, "completeness_check", text))
    if feature.type is ColumnType.INTEGER and (wrong := int((values != numpy.round(values)).sum())):
        listed.append(_violation(name, "data_type_check", f"{wrong} values are not whole numbers"))
    signed = expected["num_constraints"]["is_non_negative"]  # ty: ignore[not-subscriptable]
    if signed and (wrong := int(numpy.searchsorted(values, 0, side="left"))):
        listed.append(_violation(name, "non_negative_check", f"{wrong} values are negative; the baseline has none"))
    domain = expected.get("string_constraints", {}).get("domains")  # ty: ignore[missing-attribute]
    if domain is not None and values.size:
        strange = values[~numpy.isin(values, [float(level) for level in domain])]
        if strange.size > (1 - DOMAIN) * values.size:
            text = f"{strange.size} values are levels that the baseline lacks, such as {strange[0]:g}"
            listed.append(_violation(name, "categorical_values_check", text))
    return listed + _bounds(workload, name, values)


def _bounds(workload: Workload, name: str, values: numpy.ndarray) -> list[Document]:
    """Sorted values beyond the contract's bounds, of a feature that is a column of the rows as it is."""
    column = workload.data.columns.get(name)
    if column is None:
        return []
    below = int(numpy.searchsorted(values, column.minimum, side="left")) if column.minimum is not None else 0
    above = (
        values.size - int(numpy.searchsorted(values, column.maximum, side="right")) if column.maximum is not None else 0
    )
    if not below + above:
        return []
    text = f"{below} values are below {column.minimum} and {above} above {column.maximum}, the bounds of the contract"
    return [_violation(name, "bounds_check", text)]


def _completeness(found: Numbers) -> float:
    return found.values.size / found.size if found.size else 0.0


def _violation(name: str, check: str, text: str) -> Document:
    return {"feature_name": name, "constraint_check_type": check, "description": text}
