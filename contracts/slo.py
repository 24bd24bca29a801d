"""Service level objectives of a model: what is promised, how it is counted, and when a budget burns too fast.

Alarms, dashboards and the error budget count with the same metric math, so that they cannot disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contracts.metrics import NAMESPACE, Metric, dimensions

ENDPOINTS = "AWS/SageMaker"
LONGEST_WINDOW_DAYS = 63  # CloudWatch keeps five-minute data as long; requests are counted from it
LEAST_BAD_SHARE = 0.9  # an outage of this share pages, however lax the objective


class Kind(StrEnum):
    """What makes a request a good one."""

    AVAILABILITY = "availability"  # it was answered without a server error
    LATENCY = "latency"  # the model answered it in time
    VALIDITY = "validity"  # it could be understood, and kept to the data contract


class Slo(BaseModel):
    """One objective of one model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(description="What makes a request a good one: `availability`, `latency` or `validity`.")
    objective: float = Field(description="Percent of requests that must be good; above 0 and below 100.")
    window_days: int = Field(
        default=28, ge=1, le=LONGEST_WINDOW_DAYS, description="Days over which good requests are counted."
    )
    latency_ms: int | None = Field(
        default=None, ge=1, description="Latency only: slowest good answer; by default the endpoint's `latency_ms`."
    )
    minimum_requests: int = Field(
        default=20, ge=1, description="With fewer requests in an alarm's window, it stays silent."
    )

    @field_validator("objective")
    @classmethod
    def _is_a_share(cls, value: float) -> float:
        if value > 100:
            raise ValueError(f"objective {value:g} % is more than all requests; allowed is above 0 and below 100")
        if value == 100:
            raise ValueError("objective 100 % leaves no error budget, so nothing could ever be released; use 99.9")
        if not value > 0:
            raise ValueError(f"objective {value:g} % promises nothing; allowed is above 0 and below 100")
        return value

    @model_validator(mode="after")
    def _latency_is_of_latency(self) -> Self:
        if self.latency_ms is not None and self.kind is not Kind.LATENCY:
            raise ValueError(f"latency_ms {self.latency_ms} belongs to kind latency, not to {self.kind}")
        return self

    @property
    def budget(self) -> float:
        """The share of requests that may be bad."""
        return round(1 - self.objective / 100, 12)


@dataclass(frozen=True)
class Tier:
    """One pace at which a budget burns too fast, seen over a long window and, to end soon, over a short one."""

    burn: float
    long_s: int
    short_s: int


# Beyer et al., The Site Reliability Workbook, chapter 5, table 5-8: 2 % of a 30-day budget in an hour, 5 % in six
# hours, 10 % in three days. CloudWatch's longest period is a day, so the last one is 10 % in a day, which is 3 times.
FAST = (Tier(14.4, 3600, 300), Tier(6, 6 * 3600, 1800))
SLOW = (Tier(3, 24 * 3600, 2 * 3600),)


def fast_tiers(slo: Slo) -> tuple[Tier, ...]:
    """The paces that page. Monitors run hourly at most: validity is known too late to page anybody."""
    return () if slo.kind is Kind.VALIDITY else FAST


def threshold(slo: Slo, tier: Tier) -> float:
    """The burn rate that alarms: the tier's, or that of an outage where the objective is too lax to burn as fast."""
    return min(tier.burn, round(LEAST_BAD_SHARE / slo.budget, 6))


@dataclass(frozen=True)
class Query:
    """A metric of CloudWatch and its statistic, under the name that expressions know it by."""

    id: str
    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str


@dataclass(frozen=True)
class Counting:
    """How requests are counted: metrics, and expressions of how many there were and how many were bad."""

    queries: tuple[Query, ...]
    total: str
    bad: str

    def burn(self, slo: Slo) -> str:
        """Metric math of the burn rate: 1 spends exactly the budget over the objective's window."""
        return f"IF({self.total} >= {slo.minimum_requests}, {self.bad} / {self.total} / {slo.budget:g}, 0)"


@dataclass(frozen=True)
class Subject:
    """What an objective is about."""

    environment: str
    model: str
    endpoint: str
    variants: Sequence[str]


def counting(slo: Slo, subject: Subject) -> Counting:
    """How the requests of `slo` are counted. A period without a metric counts as none, never as unknown.

    A latency objective must have its `latency_ms`.
    """
    match slo.kind:
        case Kind.VALIDITY:
            where = dimensions(subject.environment, subject.model)
            return Counting(
                (
                    Query("n0", NAMESPACE, Metric.CHECKED_REQUESTS, where, "Sum"),
                    Query("b0", NAMESPACE, Metric.INVALID_REQUESTS, where, "Sum"),
                ),
                "FILL(n0, 0)",
                "FILL(b0, 0)",
            )
        case Kind.AVAILABILITY:
            return _of_variants(subject, ("Invocations", "Sum"), ("Invocation5XXErrors", "Sum"), "FILL(b{i}, 0)")
        case Kind.LATENCY:
            assert slo.latency_ms is not None
            # PR is the percentage of values up to a number; the metric is in microseconds.
            rank = ("ModelLatency", f"PR(:{slo.latency_ms * 1000})")
            share = "FILL(n{i}, 0) * (100 - FILL(b{i}, 100)) / 100"
            return _of_variants(subject, ("ModelLatency", "SampleCount"), rank, share)


def _of_variants(subject: Subject, total: tuple[str, str], bad: tuple[str, str], share: str) -> Counting:
    queries, totals, bads = [], [], []
    for i, variant in enumerate(subject.variants):
        where = {"EndpointName": subject.endpoint, "VariantName": variant}
        queries.append(Query(f"n{i}", ENDPOINTS, total[0], where, total[1]))
        queries.append(Query(f"b{i}", ENDPOINTS, bad[0], where, bad[1]))
        totals.append(f"FILL(n{i}, 0)")
        bads.append(share.format(i=i))
    return Counting(tuple(queries), _sum(totals), _sum(bads))


def _sum(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"
