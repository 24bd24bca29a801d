"""NumPy columns become Arrow tables.

Not with `pyarrow.table`: given NumPy arrays, it imports pandas to see whether they are pandas', over a second.
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
    return pyarrow.compute.choose(array(numbers), *map(pyarrow.scalar, choices))
