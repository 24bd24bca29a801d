"""What a signal is: its lines, its bound, its alarm."""

from dataclasses import dataclass
from enum import StrEnum

from components.signals import Signal
from contracts.slo import Query

BAND_WIDTH = 3.0  # standard deviations; about 1 of 400 periods lies outside by chance


class Group(StrEnum):
    """Rows of a dashboard."""

    TRAFFIC = "traffic"
    OBJECTIVES = "objectives"
    DATA = "captured data"
    BUSINESS = "business"


class Unit(StrEnum):
    COUNT = "count"
    SHARE = "share"  # 0 to 1
    PERCENT = "percent"  # 0 to 100
    MICROSECONDS = "microseconds"
    BURN = "burn rate"


@dataclass(frozen=True)
class Line:
    """A line of a panel: a metric, or metric math over the lines of its signal."""

    id: str
    label: str
    of: Query | str
    shown: bool = True


@dataclass(frozen=True)
class Static:
    """Goes off where `periods` periods have `datapoints` that reach the threshold, or exceed it."""

    of: str
    threshold: float
    period_s: int
    missing: str
    periods: int = 1
    datapoints: int = 1
    inclusive: bool = True
    below: bool = False  # it goes off under the threshold, and not over it


@dataclass(frozen=True)
class Band:
    """Goes off where a line leaves the band that CloudWatch has learnt of it."""

    of: str
    period_s: int
    periods: int
    width: float = BAND_WIDTH


@dataclass(frozen=True)
class ModelSignal:
    """One thing that is watched: its panel, the bound that is drawn in it, and its alarm, where this layer makes one.

    An alarm without a `signal` wakes nobody: others are composed of it.
    """

    key: str
    group: Group
    title: str
    unit: Unit
    lines: tuple[Line, ...]
    bound: float | None = None
    alarm: Static | Band | None = None
    signal: Signal | None = None
    says: str = ""  # the alarm's description
    part: str = ""  # which one it is, where a model has several alarms on one signal
