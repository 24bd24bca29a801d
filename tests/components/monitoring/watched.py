"""A model that is watched, as the tests of monitoring have it."""

from typing import Any

from components.monitoring.model_signals import Watched
from contracts.slo import Kind, Slo

SLOS = {
    "availability": Slo(kind=Kind.AVAILABILITY, objective=99.5),
    "fast": Slo(kind=Kind.LATENCY, objective=99, latency_ms=250),
    "validity": Slo(kind=Kind.VALIDITY, objective=98),
}


def watched(**changes: Any) -> Watched:
    given: dict[str, Any] = {
        "prefix": "mlops-test",
        "environment": "test",
        "model": "eta",
        "endpoint": "mlops-test-eta",
        "variants": ("AllTraffic",),
        "latency_ms": 500,
        "drift_threshold": 1,
        "slos": SLOS,
        "outage_requests": 10,
        "anomalies": False,
    }
    return Watched(**{**given, **changes})
