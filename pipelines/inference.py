"""Requests become features, predictions become answers: what the `inference.py` of most workloads needs.

JSON: `{"instances": [{"<feature>": <number>, ...}, ...]}`. CSV: a header with the features' names, then a row each.
The answer is `{"predictions": [<number>, ...]}`, in the order of the request.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence

import numpy

from contracts.workload import ColumnType, Workload
from pipelines.errors import JobError
from pipelines.modelling import Columns

JSON_TYPE = "application/json"
CSV_TYPE = "text/csv"
LARGEST = float(numpy.finfo(numpy.float32).max)  # what the trees can hold; NaN and infinity are not within


class UnsupportedType(JobError):
    """The request's content type is none that is understood."""


def parse(workload: Workload, body: bytes, content_type: str) -> Columns:
    """The request's features, one array each. Raises JobError that names the row and the feature."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE:
        instances = _json(body)
    elif kind == CSV_TYPE:
        instances = _csv(body)
    else:
        raise UnsupportedType(f"content type {content_type!r} is not understood; allowed are {JSON_TYPE}, {CSV_TYPE}")
    if not instances:
        raise JobError("the request has no rows")
    return _columns(workload, instances)


def respond(predictions: numpy.ndarray) -> dict[str, object]:
    return {"predictions": [float(value) for value in predictions]}


def request(workload: Workload, rows: Columns) -> bytes:
    """The JSON body that asks for predictions for `rows`; the inverse of `parse`."""
    columns = [numpy.asarray(rows[name], dtype=float).tolist() for name in workload.features]
    instances = [
        {name: value for name, value in zip(workload.features, values, strict=True) if value == value}
        for values in zip(*columns, strict=True)
    ]
    return json.dumps({"instances": instances}).encode()


def _json(body: bytes) -> Sequence[Mapping[str, object]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise JobError(f"the request is no JSON: {error}") from None
    instances = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(instances, list) or not all(isinstance(item, dict) for item in instances):
        raise JobError('the request must be {"instances": [{"<feature>": <number>, ...}, ...]}')
    return instances


def _csv(body: bytes) -> Sequence[Mapping[str, object]]:
    try:
        lines = list(csv.reader(io.StringIO(body.decode()), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise JobError(f"the request is no CSV: {error}") from None
    header, rows = (lines[0], [line for line in lines[1:] if line]) if lines else ([], [])
    names = [name.strip() for name in header]
    if len(set(names)) < len(names):
        raise JobError(f"the header names a feature twice: {', '.join(header)}")
    for number, row in enumerate(rows):
        if len(row) != len(header):
            raise JobError(f"row {number}: has {len(row)} values; the header names {len(header)}")
    return [{name: _number(text) for name, text in zip(names, row, strict=True)} for row in rows]


def _number(text: str) -> object:
    """The number in `text`; None for an empty field; the text itself where it is neither."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _columns(workload: Workload, instances: Sequence[Mapping[str, object]]) -> Columns:
    allowed = set(workload.features)
    for number, instance in enumerate(instances):
        unknown = sorted(instance.keys() - allowed)
        if unknown:
            raise JobError(
                f"row {number}: unknown feature {', '.join(unknown)}; allowed are {', '.join(workload.features)}"
            )
    return {
        name: numpy.fromiter(_values(workload, name, instances), dtype=float, count=len(instances))
        for name in workload.features
    }


def _values(workload: Workload, name: str, instances: Sequence[Mapping[str, object]]) -> Iterable[float]:
    feature = workload.features[name]
    for number, instance in enumerate(instances):
        value = instance.get(name)
        if value is None:
            if not feature.nullable:
                raise JobError(f"row {number}: lacks feature {name!r}")
            yield float("nan")
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= LARGEST:
            raise JobError(f"row {number}: feature {name!r} is {value!r}; a finite number is allowed")
        elif feature.type is ColumnType.INTEGER and value != int(value):
            raise JobError(f"row {number}: feature {name!r} is {value!r}; a whole number is allowed")
        else:
            yield float(value)
