"""A model's rules: the signals that CloudWatch watches of an endpoint, counted from the host's own metrics."""

from components.monitoring.model_signals import ERROR_PERCENT, Watched
from components.prometheus.groups import Alert, Group, Recording
from components.signals import Signal
from contracts.prometheus import CODE, MODEL, HostMetric, burn, total
from contracts.slo import SLOW, Slo, Tier, fast_tiers, threshold

# As the endpoint's own alarms: two bad minutes of three.
LASTING = "3m"


def model_rules(of: Watched, *, fast: bool = True, slow: bool = True) -> Group:
    """Errors, latency, an outage and burning budgets of a model that answers on a host in the cluster.

    Its latency objectives must be countable (`contracts.prometheus.countable`). `fast` and `slow` are the paces of a
    burning budget that alarm, as for CloudWatch.
    """
    recorded = [*_traffic(of), *_burn_rates(of, fast, slow)]
    return Group(f"model-{of.model}", [*recorded, *_symptoms(of), *_burning(of, fast, slow)])


def _traffic(of: Watched) -> list[Recording]:
    labels = ((MODEL, of.model),)
    failed = f'sum(increase({HostMetric.REQUESTS}{{{MODEL}="{of.model}",{CODE}=~"5.."}}[5m]))'
    buckets = f'sum by (le) (rate({HostMetric.SECONDS}_bucket{{{MODEL}="{of.model}"}}[5m]))'
    return [
        Recording("estate:requests:increase5m", total(of.model, "5m"), labels),
        Recording("estate:errors:share5m", f"({failed} or vector(0)) / {total(of.model, '5m')}", labels),
        Recording("estate:latency_seconds:p99", f"histogram_quantile(0.99, {buckets})", labels),
    ]


def _symptoms(of: Watched) -> list[Alert]:
    its = f'{{{MODEL}="{of.model}"}}'
    errors = f"estate:errors:share5m{its} >= {ERROR_PERCENT / 100:g}"
    slow = f"estate:latency_seconds:p99{its} >= {of.latency_ms / 1000:g}"
    asked = f"estate:requests:increase5m{its} >= {of.outage_requests}"
    return [
        Alert(
            "ModelErrors",
            Signal.ERRORS,
            of.model,
            errors,
            LASTING,
            f"At least {ERROR_PERCENT:g} % of the requests to {of.model} fail",
        ),
        Alert(
            "ModelSlow",
            Signal.LATENCY,
            of.model,
            slow,
            LASTING,
            f"p99 latency of {of.model} is above {of.latency_ms} ms",
        ),
        Alert(
            "ModelOutage",
            Signal.OUTAGE,
            of.model,
            f"({errors} or {slow}) and {asked}",
            LASTING,
            f"Requests to {of.model} fail or are slow, and it is asked",
        ),
    ]


def _tiers(slo: Slo, fast: bool, slow: bool) -> tuple[tuple[Signal, Tier], ...]:
    paces = tuple((Signal.BURN_FAST, tier) for tier in fast_tiers(slo)) if fast else ()
    return (*paces, *((Signal.BURN_SLOW, tier) for tier in SLOW)) if slow else paces


def _burn_rates(of: Watched, fast: bool, slow: bool) -> list[Recording]:
    found = []
    for name, slo in of.slos.items():
        windows = {seconds for _, tier in _tiers(slo, fast, slow) for seconds in (tier.long_s, tier.short_s)}
        for seconds in sorted(windows):
            labels = ((MODEL, of.model), ("slo", name))
            found.append(Recording(_recorded(seconds), burn(slo, of.model, period(seconds)), labels))
    return found


def _burning(of: Watched, fast: bool, slow: bool) -> list[Alert]:
    found = []
    for name, slo in of.slos.items():
        for signal in (Signal.BURN_FAST, Signal.BURN_SLOW):
            tiers = [tier for its, tier in _tiers(slo, fast, slow) if its is signal]
            if not tiers:
                continue
            expr = " or ".join(f"({_both(of.model, name, slo, tier)})" for tier in tiers)
            found.append(
                Alert(
                    "BudgetBurnsFast" if signal is Signal.BURN_FAST else "BudgetBurns",
                    signal,
                    of.model,
                    expr,
                    "1m",
                    f"{name} of {of.model}, {slo.objective:g} %: the error budget burns too fast",
                    (("slo", name),),
                )
            )
    return found


def _both(model: str, name: str, slo: Slo, tier: Tier) -> str:
    """Both windows: the long one so that it matters, the short one so that it is still so."""
    its = f'{{{MODEL}="{model}",slo="{name}"}}'
    pace = f">= {threshold(slo, tier):g}"
    return f"{_recorded(tier.long_s)}{its} {pace} and {_recorded(tier.short_s)}{its} {pace}"


def _recorded(seconds: int) -> str:
    return f"estate:slo_burn:rate{period(seconds)}"


def period(seconds: int) -> str:
    """A duration as PromQL writes it."""
    return f"{seconds // 3600}h" if seconds % 3600 == 0 else f"{seconds // 60}m"
