"""DataProcessing of a transform job: filters on what is sent and what is kept, and inputs joined to their results."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from estate.cloud.services.checks import invalid
from estate.cloud.services.wire import Params

PART = re.compile(r"\.(?P<name>[A-Za-z_][\w-]*)|\[(?P<inside>[^\]]+)\]")
NAMES = re.compile(r"\s*(?:'[^']*'|\"[^\"]*\")(?:\s*,\s*(?:'[^']*'|\"[^\"]*\"))*\s*")
INDEXES = re.compile(r"\s*-?\d+(?:\s*,\s*-?\d+)*\s*")
SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*")
FORMATS = ("text/csv", "application/json", "application/jsonlines")
INPUT, OUTPUT = "SageMakerInput", "SageMakerOutput"


@dataclass(frozen=True)
class Processing:
    """Without filters and joins, payloads and answers pass as they are."""

    format: str
    input_filter: str
    output_filter: str
    join: bool

    @classmethod
    def of(cls, record: Params) -> Self:
        given = record.get("DataProcessing", {})
        return cls(
            record["TransformInput"].get("ContentType", "").partition(";")[0],
            given.get("InputFilter", "$"),
            given.get("OutputFilter", "$"),
            given.get("JoinSource", "None") == "Input",
        )

    def sent(self, payload: bytes) -> bytes:
        """What of a payload the model gets."""
        if self.input_filter == "$":
            return payload
        return self._write([select(row, self.input_filter) for row in self._read(payload)])

    def kept(self, payload: bytes, answer: bytes) -> bytes:
        """What of a payload and its answer is written. Raises ValueError where they cannot be read, or not joined."""
        if self.output_filter == "$" and not self.join:
            return answer
        rows = list(self._read(answer))
        if self.join:
            given = list(self._read(payload))
            if len(given) != len(rows):
                raise ValueError(f"{len(given)} records went in and {len(rows)} came out: they cannot be joined")
            rows = [self._joined(one, other) for one, other in zip(given, rows, strict=True)]
        return self._write([select(row, self.output_filter) for row in rows])

    def _read(self, text: bytes) -> Iterator[Any]:
        decoded = text.decode("utf-8")
        if self.format == "text/csv":
            yield from csv.reader(io.StringIO(decoded))
        elif self.format == "application/json":
            yield json.loads(decoded)
        else:
            yield from (json.loads(line) for line in decoded.splitlines() if line.strip())

    def _joined(self, given: Any, result: Any) -> Any:
        """Columns after columns; an object gets the result as a member; anything else becomes an object of both."""
        if self.format == "text/csv":
            return [*given, *result]
        if isinstance(given, dict):
            return {**given, OUTPUT: result}
        return {INPUT: given, OUTPUT: result}

    def _write(self, rows: list[Any]) -> bytes:
        if self.format == "text/csv":
            file = io.StringIO()
            csv.writer(file, lineterminator="\n").writerows(row if isinstance(row, list) else [row] for row in rows)
            return file.getvalue().rstrip("\n").encode()
        return "\n".join(json.dumps(row) for row in rows).encode()


def check(params: Params) -> None:
    """Raises AwsError for a DataProcessing that cannot be done."""
    given = params.get("DataProcessing", {})
    plain = all(given.get(name, "$") == "$" for name in ("InputFilter", "OutputFilter"))
    if plain and given.get("JoinSource", "None") == "None":
        return
    kind = params["TransformInput"].get("ContentType", "").partition(";")[0]
    accept = params["TransformOutput"].get("Accept", "").partition(";")[0]
    if kind not in FORMATS:
        raise invalid(f"DataProcessing: ContentType must be one of {', '.join(FORMATS)}, not {kind or 'left out'}")
    if accept != kind:
        raise invalid(f"DataProcessing: Accept ({accept or 'left out'}) must be the same as ContentType ({kind})")
    if given.get("JoinSource", "None") == "Input" and kind != "application/json":
        lines = params["TransformInput"].get("SplitType"), params["TransformOutput"].get("AssembleWith")
        if lines != ("Line", "Line"):
            raise invalid("DataProcessing: JoinSource Input needs SplitType Line and AssembleWith Line")
    for name in ("InputFilter", "OutputFilter"):
        _parts(given.get(name, "$"), name)


def select(row: Any, path: str) -> Any:
    """The part of a record that a filter names; None where there is none."""
    for part in _parts(path, "filter"):
        row = _step(row, part)
    return row


def _parts(path: str, name: str) -> list[re.Match[str]]:
    if not path.startswith("$"):
        raise invalid(f"DataProcessing: {name} {path!r} must be a JSONPath that begins with $")
    found, at = [], 1
    while at < len(path):
        match = PART.match(path, at)
        inside = match["inside"] if match is not None else None
        known = inside is None or any(kind.fullmatch(inside) for kind in (NAMES, INDEXES, SLICE))
        if match is None or not known:
            raise invalid(f"DataProcessing: {name} {path!r} is not supported: not understood from {path[at:]!r} on")
        found.append(match)
        at = match.end()
    return found


def _step(row: Any, part: re.Match[str]) -> Any:
    if part["name"] is not None:
        return row.get(part["name"]) if isinstance(row, dict) else None
    inside = part["inside"]
    bounds = SLICE.fullmatch(inside)
    if bounds is not None:
        start, end = (int(text) if text else None for text in bounds.groups())
        return row[start:end] if isinstance(row, list) else None
    if INDEXES.fullmatch(inside):
        indexes = [int(text) for text in inside.split(",")]
        if not isinstance(row, list):
            return None
        found = [row[index] for index in indexes if -len(row) <= index < len(row)]
        return found if len(indexes) > 1 else (found[0] if found else None)
    names = [text.strip()[1:-1] for text in inside.split(",")]
    if not isinstance(row, dict):
        return None
    return row.get(names[0]) if len(names) == 1 else {name: row[name] for name in names if name in row}
