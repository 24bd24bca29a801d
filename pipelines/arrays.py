"""NumPy columns become Arrow tables.

Not with `pyarrow.table`, `array` or `scalar`: they import pandas to see whether they were given something of it, which
takes half a second.
"""

from collections.abc import Mapping, Sequence

import numpy
import pyarrow
import pyarrow.compute

TYPES = {"i": pyarrow.int64(), "f": pyarrow.float64(), "M": pyarrow.timestamp("us")}
WIDTHS = {"i": "int64", "f": "float64", "M": "datetime64[us]"}


def table(columns: Mapping[str, numpy.ndarray | pyarrow.Array]) -> pyarrow.Table:
    """A table of whole numbers, numbers, times, and columns that are Arrow's already."""
    arrays = [array(values) if isinstance(values, numpy.ndarray) else values for values in columns.values()]
    return pyarrow.Table.from_arrays(arrays, names=list(columns))


def array(values: numpy.ndarray) -> pyarrow.Array:
    """Numbers or times; NaN stays NaN."""
    kind = values.dtype.kind
    content = numpy.ascontiguousarray(values, dtype=WIDTHS[kind])
    return pyarrow.Array.from_buffers(TYPES[kind], len(content), [None, pyarrow.py_buffer(content.view("uint8"))])


def texts(numbers: numpy.ndarray, choices: Sequence[str]) -> pyarrow.Array:
    """The text `choices[number]` for each number."""
    return call("choose", array(numbers), *map(text, choices))


def text(value: str | None) -> pyarrow.Scalar:
    content = (value or "").encode()
    present = pyarrow.py_buffer(b"\x00") if value is None else None
    ends = pyarrow.py_buffer(numpy.array([0, len(content)], dtype="int32").view("uint8"))
    return pyarrow.Array.from_buffers(pyarrow.string(), 1, [present, ends, pyarrow.py_buffer(content)])[0]


def number(value: float) -> pyarrow.Scalar:
    return array(numpy.array([value]))[0]


def call(function: str, *values: object, options: object = None) -> pyarrow.Array:
    """One of Arrow's compute functions, by its name; the module makes the functions themselves at run time."""
    return pyarrow.compute.call_function(function, list(values), options)
