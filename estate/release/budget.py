"""How much of its error budgets a model has left, counted from real traffic; a spent one stops promotions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from contracts.slo import ENDPOINTS, FAST, SLOW, Counting, Kind, Slo, Subject, counting
from contracts.variants import SHADOW
from estate.release.account import Estate, ReleaseError
from estate.release.packages import outputs
from pipelines.errors import JobError
from stacks.models import endpoint_name

if TYPE_CHECKING:
    from pipelines.capture import Request
    from pipelines.workload import WorkloadCode

WINDOWS_S = tuple(sorted({seconds for tier in (*FAST, *SLOW) for seconds in (tier.short_s, tier.long_s)}))
HOUR_S, FINE_S = 3600, 300
MOST_REQUESTS = 100_000  # captured requests that are read for one objective; the newest ones


@dataclass(frozen=True)
class Count:
    """Requests of some time: how many, and how many of them were bad."""

    total: float = 0.0
    bad: float = 0.0

    def burn(self, slo: Slo) -> float | None:
        """How many times too fast the budget is spent; None where nobody asked."""
        return self.bad / self.total / slo.budget if self.total else None


@dataclass(frozen=True)
class Budget:
    """What became of one objective over its window.

    `burns` are by window in seconds, each up to now and in whole five minutes.
    """

    model: str
    name: str
    slo: Slo
    count: Count
    burns: Mapping[int, float | None]
    source: str

    @property
    def allowed(self) -> float:
        """Bad requests that the objective lets pass."""
        return self.count.total * self.slo.budget

    @property
    def good_percent(self) -> float | None:
        return 100 * (1 - self.count.bad / self.count.total) if self.count.total else None

    @property
    def judged(self) -> bool:
        """Whether there was enough traffic: with less, a single bad request would be more than the whole budget."""
        return self.allowed >= 1

    @property
    def left(self) -> float | None:
        """Share of the budget that is left, below 0 where it is overspent; None where too few asked to tell."""
        return 1 - self.count.bad / self.allowed if self.judged else None

    @property
    def spent(self) -> bool:
        return self.left is not None and self.left <= 0

    def sentence(self) -> str:
        """What is measured against what was promised."""
        if self.good_percent is None:
            return f"{self.name}: nobody asked {self.model} in the last {self.slo.window_days} days"
        measured = (
            f"{self.good_percent:.4g} % of {self.count.total:.0f} requests in the last {self.slo.window_days} days"
        )
        return (
            f"{self.name} of {self.model}: {measured} were good ({self.source}), and the objective is "
            f"{self.slo.objective:g} %: {self.count.bad:.0f} bad, {self.allowed:.0f} allowed"
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "slo": self.name,
            "kind": self.slo.kind.value,
            "objective_percent": self.slo.objective,
            "window_days": self.slo.window_days,
            "source": self.source,
            "total": self.count.total,
            "good": self.count.total - self.count.bad,
            "bad": self.count.bad,
            "allowed": self.allowed,
            "left": self.left,
            "spent": self.spent,
            "burn": {str(seconds): burn for seconds, burn in self.burns.items()},
        }


def error_budget(estate: Estate, model: str, now: datetime | None = None) -> tuple[Budget, ...]:
    """The budgets of a model's objectives, in the order of the settings, up to `now` (the present by default).

    Requests and their latency come from the endpoint's metrics, whichever variants it had; what requests said, from
    the captured traffic itself. Raises ReleaseError for an unknown model, or where these cannot be read.
    """
    if model not in estate.settings.models:
        outputs(estate, model)  # refuses it in its own words
    moment = now if now is not None else datetime.now(UTC)
    try:
        return tuple(
            _budget(estate, model, name, slo, moment) for name, slo in estate.settings.models[model].objectives.items()
        )
    except ClientError as error:
        raise ReleaseError(f"the error budget of {model} cannot be read: {error}") from None


def check_budgets(budgets: Sequence[Budget]) -> None:
    """Raises ReleaseError where one is spent."""
    spent = [budget for budget in budgets if budget.spent]
    if spent:
        reasons = "; ".join(budget.sentence() for budget in spent)
        raise ReleaseError(
            f"an error budget is spent, so no new version is released: {reasons}. An earlier version can be promoted; "
            "a version that mends this can be, with --override-budget REASON"
        )


def table(budgets: Sequence[Budget]) -> list[str]:
    """Lines for a person: what was promised, what came of it, what is left, and how fast it burns."""
    head = ("model", "objective", "promised", "days", "good", "requests", "left", *map(_window, WINDOWS_S))
    rows = [head, *(_row(budget) for budget in budgets)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(budget: Budget) -> tuple[str, ...]:
    good, left = budget.good_percent, budget.left
    return (
        budget.model,
        budget.name,
        f"{budget.slo.objective:g} %",
        str(budget.slo.window_days),
        "-" if good is None else f"{good:.4g} %",
        f"{budget.count.total:.0f}",
        "too few requests" if left is None else "spent" if budget.spent else f"{100 * left:.0f} %",
        *("-" if burn is None else f"{burn:.1f}x" for burn in budget.burns.values()),
    )


def _window(seconds: int) -> str:
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"


def _budget(estate: Estate, model: str, name: str, slo: Slo, now: datetime) -> Budget:
    if slo.kind is Kind.VALIDITY:
        count, burns = _captured(estate, model, slo, now)
        source = "captured traffic"
    else:
        count, burns = _measured(estate, model, slo, now)
        source = "endpoint metrics"
    return Budget(model, name, slo, count, burns, source)


def _measured(estate: Estate, model: str, slo: Slo, now: datetime) -> tuple[Count, dict[int, float | None]]:
    endpoint = endpoint_name(estate.environment, model)
    cloudwatch = estate.client("cloudwatch")
    variants = _variants(cloudwatch, endpoint)
    if not variants:
        return Count(), dict.fromkeys(WINDOWS_S)
    how = counting(slo, Subject(estate.settings.environment, model, endpoint, variants))
    whole = _series(cloudwatch, how, now - timedelta(days=slo.window_days), now, HOUR_S)
    fine = _series(cloudwatch, how, now - timedelta(seconds=max(WINDOWS_S)), now, FINE_S)
    burns = {
        seconds: _sum(count for start, count in fine if start > now - timedelta(seconds=seconds + FINE_S)).burn(slo)
        for seconds in WINDOWS_S
    }
    return _sum(count for _, count in whole), burns


def _variants(cloudwatch: Any, endpoint: str) -> list[str]:
    """Every variant that answered lately, the ones that are gone too; a shadow's failures reach nobody."""
    pages = cloudwatch.get_paginator("list_metrics").paginate(
        Namespace=ENDPOINTS, MetricName="Invocations", Dimensions=[{"Name": "EndpointName", "Value": endpoint}]
    )
    found = [
        {each["Name"]: each["Value"] for each in metric["Dimensions"]} for page in pages for metric in page["Metrics"]
    ]
    named = {by["VariantName"] for by in found if by.keys() == {"EndpointName", "VariantName"}}
    return sorted(named - {SHADOW})


def _series(
    cloudwatch: Any, how: Counting, start: datetime, end: datetime, period_s: int
) -> list[tuple[datetime, Count]]:
    """How many requests there were by period, and how many bad ones: by the expressions that the alarms use."""
    queries: list[dict[str, Any]] = [
        {
            "Id": query.id,
            "MetricStat": {
                "Metric": {
                    "Namespace": query.namespace,
                    "MetricName": query.metric,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions.items()],
                },
                "Period": period_s,
                "Stat": query.statistic,
            },
            "ReturnData": False,
        }
        for query in how.queries
    ]
    queries += [{"Id": id, "Expression": text} for id, text in (("total", how.total), ("bad", how.bad))]
    found: dict[str, dict[datetime, float]] = {"total": {}, "bad": {}}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=start, EndTime=end, ScanBy="TimestampAscending"
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            found[result["Id"]].update(zip(result["Timestamps"], result["Values"], strict=True))
    return [(at, Count(total, found["bad"].get(at, 0.0))) for at, total in found["total"].items() if total]


def _captured(estate: Estate, model: str, slo: Slo, now: datetime) -> tuple[Count, dict[int, float | None]]:
    """Reads the requests again, with the code that answered them."""
    from pipelines import capture, workload

    code = workload.load(model)
    since = now - timedelta(days=slo.window_days)
    kept = capture.newest_requests(outputs(estate, model).capture_uri, since, 0, MOST_REQUESTS, s3=estate.client("s3"))
    bad = [one for one in kept.requests if not _understood(code, one)]
    burns = {
        seconds: Count(
            sum(one.time > now - timedelta(seconds=seconds) for one in kept.requests),
            sum(one.time > now - timedelta(seconds=seconds) for one in bad),
        ).burn(slo)
        for seconds in WINDOWS_S
    }
    return Count(len(kept.requests) + kept.unreadable, len(bad) + kept.unreadable), burns


def _understood(code: "WorkloadCode", one: "Request") -> bool:
    try:
        code.inference.parse(code.contract, one.body, one.content_type)
    except JobError:
        return False
    return True


def _sum(counts: Iterable[Count]) -> Count:
    listed = list(counts)
    return Count(sum(each.total for each in listed), sum(each.bad for each in listed))
