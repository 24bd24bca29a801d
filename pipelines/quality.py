"""Statistics, constraints and their violations, in the formats of SageMaker Model Monitor."""

from collections.abc import Mapping

import numpy

from contracts.workload import ColumnType, Feature, Workload
from pipelines.modelling import Columns

Document = dict[str, object]
KINDS = {ColumnType.INTEGER: "Integral", ColumnType.NUMBER: "Fractional"}
BUCKETS = 10
MOST_LEVELS = 100  # a category with more has no domain: tomorrow's levels are not yesterday's
DOMAIN = 0.99  # least share of rows whose level the baseline knows


def statistics(workload: Workload, rows: Columns) -> Document:
    """`statistics.json` of the workload's features; `rows` has a float array for each, NaN where missing."""
    count = len(next(iter(rows.values())))
    return {
        "version": 0.0,
        "dataset": {"item_count": count},
        "features": [
            {"name": name, "inferred_type": KINDS[feature.type], "numerical_statistics": _numbers(rows[name])}
            for name, feature in workload.features.items()
        ],
    }


def _numbers(values: numpy.ndarray) -> Document:
    present = values[~numpy.isnan(values)]
    common: Document = {"num_present": int(present.size), "num_missing": int(values.size - present.size)}
    if not present.size:
        return {"common": common}
    counts, edges = numpy.histogram(present, BUCKETS)
    buckets = [
        {"lower_bound": float(low), "upper_bound": float(high), "count": float(number)}
        for low, high, number in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    return {
        "common": common,
        "mean": float(present.mean()),
        "sum": float(present.sum()),
        "std_dev": float(present.std()),
        "min": float(present.min()),
        "max": float(present.max()),
        "distribution": {"kll": {"buckets": buckets}},
    }


def constraints(workload: Workload, rows: Columns) -> Document:
    """`constraints.json`: types, how complete each feature is, whether it is never negative, a category's levels."""
    return {
        "version": 0.0,
        "features": [
            {
                "name": name,
                "inferred_type": KINDS[feature.type],
                "completeness": _completeness(rows[name]),
                "num_constraints": {"is_non_negative": bool(numpy.nanmin(rows[name], initial=0) >= 0)},
                **_domain(feature, rows[name]),
            }
            for name, feature in workload.features.items()
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "domain_content_threshold": DOMAIN,
        },
    }


def _domain(feature: Feature, values: numpy.ndarray) -> Document:
    levels = numpy.unique(values[~numpy.isnan(values)])
    if not feature.categorical or levels.size > MOST_LEVELS:
        return {}
    return {"string_constraints": {"domains": [f"{level:g}" for level in levels]}}


def violations(workload: Workload, baseline: Mapping[str, object], rows: Columns) -> list[Document]:
    """What in `rows` breaks the baseline's constraints and the contract's bounds: the `violations` of its document."""
    found: list[Document] = []
    known = {item["name"]: item for item in baseline["features"]}  # ty: ignore[not-iterable]
    for name, feature in workload.features.items():
        values, expected = rows[name], known.get(name)
        if expected is None:
            found.append(_violation(name, "missing_column_check", f"the baseline knows no feature {name}"))
            continue
        complete = _completeness(values)
        if not feature.nullable and complete < expected["completeness"]:
            text = f"Data is {complete:.2%} complete, the baseline {expected['completeness']:.2%}"
            found.append(_violation(name, "completeness_check", text))
        present = values[~numpy.isnan(values)]
        if feature.type is ColumnType.INTEGER and (wrong := int((present != numpy.round(present)).sum())):
            found.append(_violation(name, "data_type_check", f"{wrong} values are not whole numbers"))
        if expected["num_constraints"]["is_non_negative"] and (wrong := int((present < 0).sum())):
            found.append(_violation(name, "non_negative_check", f"{wrong} values are negative; the baseline has none"))
        domain = expected.get("string_constraints", {}).get("domains")
        if domain is not None and present.size:
            strange = present[~numpy.isin(present, [float(level) for level in domain])]
            if strange.size > (1 - DOMAIN) * present.size:
                text = f"{strange.size} values are levels that the baseline lacks, such as {strange[0]:g}"
                found.append(_violation(name, "categorical_values_check", text))
        found += _bounds(workload, name, present)
    return found


def _bounds(workload: Workload, name: str, present: numpy.ndarray) -> list[Document]:
    """Values beyond the contract's bounds, of a feature that is a column of the rows as it is."""
    column = workload.data.columns.get(name)
    if column is None:
        return []
    below = int((present < column.minimum).sum()) if column.minimum is not None else 0
    above = int((present > column.maximum).sum()) if column.maximum is not None else 0
    if not below + above:
        return []
    text = f"{below} values are below {column.minimum} and {above} above {column.maximum}, the bounds of the contract"
    return [_violation(name, "bounds_check", text)]


def _completeness(values: numpy.ndarray) -> float:
    return float(1 - numpy.isnan(values).mean()) if values.size else 0.0


def _violation(name: str, check: str, text: str) -> Document:
    return {"feature_name": name, "constraint_check_type": check, "description": text}
