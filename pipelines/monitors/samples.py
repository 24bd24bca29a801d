"""A column as the monitors see it: its sorted numbers, or how often each level occurs, and how many are missing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class Numbers:
    """Sorted values without NaN, and how many rows lack one."""

    values: numpy.ndarray
    missing: int

    @property
    def size(self) -> int:
        return int(self.values.size) + self.missing


@dataclass(frozen=True)
class Levels:
    """Rows of each level, and how many rows lack one."""

    counts: Mapping[object, int]
    missing: int

    @property
    def size(self) -> int:
        return sum(self.counts.values()) + self.missing


Sample = Numbers | Levels


def numbers(column: numpy.ndarray) -> Numbers:
    """Of an array of numbers; NaN is missing."""
    values = numpy.sort(numpy.asarray(column, dtype=float))  # NaN comes last
    present = int(numpy.searchsorted(values, numpy.nan))
    return Numbers(values[:present], values.size - present)


def levels_of(sample: Numbers) -> Levels:
    """Each number as a level of its own."""
    return Levels(_counts(sample.values), sample.missing)


def _counts(values: numpy.ndarray) -> dict[object, int]:
    """Of sorted values."""
    if not values.size:
        return {}
    starts = numpy.concatenate([[0], numpy.flatnonzero(values[1:] != values[:-1]) + 1])
    times = numpy.diff(numpy.append(starts, values.size))
    return dict(zip(values[starts].tolist(), times.tolist(), strict=True))
