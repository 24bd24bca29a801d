"""What a page draws, without saying how."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

BARS = 24


@dataclass(frozen=True)
class Bars:
    """Two series over the same places: what was, and what is. Shares, or any amounts."""

    title: str
    names: tuple[str, ...]
    before: tuple[float, ...]
    now: tuple[float, ...]
    note: str = ""


@dataclass(frozen=True)
class Interval:
    """A value, its confidence interval, and the bounds that it should keep; infinite where there is none."""

    name: str
    value: float
    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True)
class Intervals:
    title: str
    rows: tuple[Interval, ...]
    note: str = ""


Figure = Bars | Intervals


def histogram(title: str, before: numpy.ndarray, now: numpy.ndarray, note: str = "") -> Bars:
    """Shares of rows in equal bins over both samples' middle 99 percent; what lies beyond is in the outermost."""
    before, now = before[~numpy.isnan(before)], now[~numpy.isnan(now)]
    both = numpy.concatenate([before, now])
    if not both.size:
        return Bars(title, (), (), (), note)
    low, high = numpy.quantile(both, [0.005, 0.995])
    edges = numpy.linspace(low, high if high > low else low + 1, BARS + 1)
    shares = [
        tuple((numpy.histogram(part.clip(edges[0], edges[-1]), edges)[0] / max(1, part.size)).round(5).tolist())
        for part in (before, now)
    ]
    return Bars(title, tuple(f"{edge:.4g}" for edge in edges[:-1]), *shares, note)


def levels(title: str, before: numpy.ndarray, now: numpy.ndarray, note: str = "") -> Bars:
    """Shares of rows of each level, the commonest first."""
    names, counts = numpy.unique(numpy.concatenate([before, now]), return_counts=True)
    kept = names[numpy.argsort(-counts, kind="stable")][:BARS]
    shares: Sequence[tuple[float, ...]] = [
        tuple(float((part == name).mean()) if part.size else 0.0 for name in kept) for part in (before, now)
    ]
    return Bars(title, tuple(f"{name:g}" if isinstance(name, float) else str(name) for name in kept), *shares, note)
