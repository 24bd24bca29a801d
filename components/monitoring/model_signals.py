"""What is watched of a model, said once: dashboards, alarms and queries are made from it, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.monitoring.kinds import BAND_WIDTH, Band, Group, Line, ModelSignal, Static, Unit
from components.signals import Signal
from contracts.metrics import NAMESPACE, Metric, business_metric, dimensions
from contracts.monitors import BusinessMetric
from contracts.slo import ENDPOINTS, Query, Slo, Subject, counting, fast_tiers, threshold
from contracts.slo import SLOW as SLOW_TIERS

HOSTS = "/aws/sagemaker/Endpoints"
ERROR_PERCENT = 1.0  # share of requests that may fail before a rollout is taken back
MONITOR_PERIOD_S = 300
LOGGED_FAILURES = "?Traceback ?CRITICAL ?ERROR"  # CloudWatch Logs' pattern: lines with any of these words


@dataclass(frozen=True)
class Watched:
    """One model, and how far its signals may go. Without an endpoint there is no traffic to watch."""

    prefix: str  # of physical names
    environment: str
    model: str
    endpoint: str | None
    variants: Sequence[str]
    latency_ms: int
    drift_threshold: int
    slos: Mapping[str, Slo]
    outage_requests: int
    anomalies: bool
    biased: bool = True  # whether a group can be told, so that bias can be measured
    business: Mapping[str, BusinessMetric] = field(default_factory=dict)  # what the model is for

    @property
    def subject(self) -> Subject:
        return Subject(self.environment, self.model, self.endpoint or "", self.variants)


def model_signals(of: Watched) -> tuple[ModelSignal, ...]:
    """All that is watched of a model, in the order in which it is shown."""
    if of.endpoint is None:
        return monitored(of)
    return (
        *_traffic(of),
        *(_anomalies(of) if of.anomalies else ()),
        *_objectives(of),
        *monitored(of),
        *(_of_business(of, *each) for each in sorted(of.business.items())),
    )


def log_metric(prefix: str, model: str) -> str:
    """Name of the metric that counts failures in a model's log."""
    return f"LoggedFailures-{prefix}-{model}"


def _variant(of: Watched, variant: str, id: str, metric: str, statistic: str, namespace: str = ENDPOINTS) -> Query:
    return Query(id, namespace, metric, {"EndpointName": of.endpoint or "", "VariantName": variant}, statistic)


def _by_variant(
    of: Watched, id: str, label: str, metric: str, statistic: str, namespace: str = ENDPOINTS
) -> list[Line]:
    """A line for each variant; its name is in the label where there are several."""
    several = len(of.variants) > 1
    return [
        Line(
            f"{id}{i}",
            f"{label}, {variant}" if several else label,
            _variant(of, variant, f"{id}{i}", metric, statistic, namespace),
        )
        for i, variant in enumerate(of.variants)
    ]


def _traffic(of: Watched) -> tuple[ModelSignal, ...]:
    invocations = _by_variant(of, "n", "requests", "Invocations", "Sum")
    total = Line("total", "all requests", " + ".join(f"FILL({line.id}, 0)" for line in invocations))
    return (
        ModelSignal(
            "traffic",
            Group.TRAFFIC,
            "Requests",
            Unit.COUNT,
            (*invocations, total),
            alarm=Static("total", of.outage_requests, 300, "notBreaching"),
            says=f"{of.endpoint} has at least {of.outage_requests} requests in five minutes",
        ),
        ModelSignal(
            "errors",
            Group.TRAFFIC,
            "Share of failed requests",
            Unit.SHARE,
            (
                *_by_variant(of, "s", "5xx", "Invocation5XXErrors", "Average"),
                *_by_variant(of, "c", "4xx", "Invocation4XXErrors", "Average"),
            ),
            bound=ERROR_PERCENT / 100,
        ),
        ModelSignal(
            "latency",
            Group.TRAFFIC,
            "Latency",
            Unit.MICROSECONDS,
            (
                *_by_variant(of, "m", "model, p50", "ModelLatency", "p50"),
                *_by_variant(of, "p", "model, p99", "ModelLatency", "p99"),
                *_by_variant(of, "o", "overhead, p99", "OverheadLatency", "p99"),
            ),
            bound=of.latency_ms * 1000,
        ),
        ModelSignal(
            "logged-failures",
            Group.TRAFFIC,
            "Failures in the log",
            Unit.COUNT,
            (Line("f0", "lines", Query("f0", NAMESPACE, log_metric(of.prefix, of.model), {}, "Sum")),),
        ),
        ModelSignal(
            "hosts",
            Group.TRAFFIC,
            "Instances",
            Unit.PERCENT,
            (
                *_by_variant(of, "cpu", "CPU", "CPUUtilization", "Maximum", HOSTS),
                *_by_variant(of, "mem", "memory", "MemoryUtilization", "Maximum", HOSTS),
            ),
        ),
    )


def _anomalies(of: Watched) -> list[ModelSignal]:
    """Of the first variant: CloudWatch learns a band of one metric, and not of a sum."""
    found = []
    for key, metric, statistic, unit in (
        ("traffic-band", "Invocations", "Sum", Unit.COUNT),
        ("latency-band", "ModelLatency", "p90", Unit.MICROSECONDS),
    ):
        what = key.partition("-")[0]
        found.append(
            ModelSignal(
                key,
                Group.TRAFFIC,
                f"{what.capitalize()} against its band",
                unit,
                (
                    Line("m0", what, _variant(of, of.variants[0], "m0", metric, statistic)),
                    Line("band", "expected", f"ANOMALY_DETECTION_BAND(m0, {BAND_WIDTH:g})"),
                ),
                alarm=Band("m0", 300, 3),
                says=f"{what} of {of.endpoint} is outside the band that CloudWatch has learnt",
            )
        )
    return found


def _objectives(of: Watched) -> list[ModelSignal]:
    """The burn rate over an hour, against the pace that wakes somebody first."""
    found = []
    for name, slo in of.slos.items():
        how = counting(slo, of.subject)
        tier = (*fast_tiers(slo), *SLOW_TIERS)[0]
        found.append(
            ModelSignal(
                f"slo-{name}",
                Group.OBJECTIVES,
                f"{name}: {slo.objective:g} % in {slo.window_days} days, burn rate",
                Unit.BURN,
                (
                    *(Line(query.id, query.metric, query, shown=False) for query in how.queries),
                    Line("burn", "burn rate", how.burn(slo)),
                ),
                bound=threshold(slo, tier),
            )
        )
    return found


def monitored(of: Watched) -> tuple[ModelSignal, ...]:
    """What the monitors find in captured traffic. Without an endpoint, only what others build on: drift and quality."""
    drift, least = of.drift_threshold, 1
    found = [
        (Signal.DRIFT, Metric.DRIFTED_FEATURES, "Drifted features", drift,
         f"At least {drift} features of {of.model} have drifted from its training data"),
        (Signal.QUALITY, Metric.QUALITY_VIOLATIONS, "Data quality violations", least,
         f"Requests to {of.model} violate the constraints of its training data"),
    ]  # fmt: skip
    if of.endpoint is not None:
        found += [
            (Signal.PREDICTION_DRIFT, Metric.PREDICTION_DRIFT, "Prediction drift", least,
             f"Predictions of {of.model} are spread unlike those on held-out rows"),
            (Signal.CONCEPT_DRIFT, Metric.CONCEPT_DRIFT, "Concept drift", least,
             f"What {of.model} learnt no longer holds: its error at like predictions has changed"),
            (Signal.MODEL_QUALITY, Metric.MODEL_QUALITY, "Model quality violations", least,
             f"{of.model} is worse on delayed labels than it may be"),
            (Signal.ATTRIBUTION, Metric.ATTRIBUTION_DRIFT, "Attribution drift", least,
             f"The reasons of {of.model} have moved: features' shares of its explanation"),
        ]  # fmt: skip
        if of.biased:
            found.append(
                (Signal.BIAS, Metric.BIAS_VIOLATIONS, "Bias", least, f"{of.model} treats a group unlike the others")
            )
    return (*(_found(of, *each) for each in found), _captured(of))


def _found(of: Watched, signal: Signal, metric: Metric, title: str, bound: int, says: str) -> ModelSignal:
    return ModelSignal(
        signal.value,
        Group.DATA,
        title,
        Unit.COUNT,
        (_own(of, "m0", metric, title, "Maximum"),),
        # No bound is drawn: it is a setting, and a dashboard that repeats it would change whenever the alarm does.
        # Between two runs nothing is known. The state stays, or every run on drifted data would retrain again.
        alarm=Static("m0", bound, MONITOR_PERIOD_S, "ignore"),
        signal=signal,
        says=says,
    )


def _of_business(of: Watched, name: str, metric: BusinessMetric) -> ModelSignal:
    """What the model is for. Its alarm keeps its state between two runs, as those of the other monitors do."""
    return ModelSignal(
        f"{Signal.BUSINESS}-{name}",
        Group.BUSINESS,
        name.replace("-", " ").capitalize(),
        Unit.SHARE if metric.unit == "share" else Unit.COUNT,
        (_own(of, "m0", business_metric(name), metric.description, "Average"),),
        bound=metric.bound,
        alarm=Static("m0", metric.bound, MONITOR_PERIOD_S, "ignore", inclusive=False, below=metric.above is None),
        signal=Signal.BUSINESS,
        says=f"{of.model}: {metric.description} is {'above' if metric.above is not None else 'below'} {metric.bound:g}",
        part=name,
    )


def _captured(of: Watched) -> ModelSignal:
    lines = (
        _own(of, "rows", Metric.DRIFT_ROWS, "rows", "Maximum"),
        _own(of, "n0", Metric.CHECKED_REQUESTS, "requests", "Sum"),
        _own(of, "b0", Metric.INVALID_REQUESTS, "not understood", "Sum"),
    )
    return ModelSignal("captured", Group.DATA, "Checked traffic", Unit.COUNT, lines)


def _own(of: Watched, id: str, metric: str, label: str, statistic: str) -> Line:
    """A line of one of our own metrics."""
    return Line(id, label, Query(id, NAMESPACE, metric, dimensions(of.environment, of.model), statistic))
