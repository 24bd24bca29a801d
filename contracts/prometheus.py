"""Metrics in Prometheus' format: what the inference host says of itself, and how objectives are counted from it.

The same objectives that CloudWatch's alarms count by metric math (slo.py), for hosts without an endpoint of SageMaker.
"""

from enum import StrEnum

from contracts.slo import Kind, Slo

MODEL = "model"  # label of all of the host's metrics: the workload's name
CODE = "code"  # label of REQUESTS: the answer's HTTP status
METRICS_PATH = "/metrics"
# Upper bounds of the histogram's buckets; an objective's latency must be one of them, or it could not be counted.
LATENCY_BOUNDS_MS = (5, 10, 20, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1000, 1500, 2000, 3000, 5000, 10000)


class HostMetric(StrEnum):
    REQUESTS = "estate_requests_total"  # answered requests by status
    SECONDS = "estate_request_seconds"  # histogram of the time from the request's first byte to its answer


class ClusterMetric(StrEnum):
    """What exporters in a cluster say; names of NVIDIA's dcgm-exporter, Kueue and kube-state-metrics."""

    GPU_BUSY = "DCGM_FI_DEV_GPU_UTIL"  # percent
    GPU_XID = "DCGM_FI_DEV_XID_ERRORS"  # code of the last error; 0 where there was none
    GPU_ECC = "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL"  # double-bit errors since the driver was loaded
    GPU_REMAPPED = "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS"
    GPU_REMAP_FAILED = "DCGM_FI_DEV_ROW_REMAP_FAILURE"
    QUEUE_PENDING = "kueue_pending_workloads"
    QUEUE_ADMITTED = "kueue_admitted_workloads_total"
    QUEUE_WAIT = "kueue_admission_wait_time_seconds"
    NODE_CONDITION = "kube_node_status_condition"
    UP = "up"


def countable(slo: Slo) -> bool:
    """Whether the host's histogram can tell good requests from bad ones."""
    return slo.kind is not Kind.LATENCY or slo.latency_ms in LATENCY_BOUNDS_MS


def total(model: str, window: str) -> str:
    """PromQL of how many requests there were in `window`, such as `5m`."""
    return f'sum(increase({HostMetric.REQUESTS}{{{MODEL}="{model}"}}[{window}]))'


def bad(slo: Slo, model: str, window: str) -> str:
    """PromQL of how many of them were bad. None at all counts as 0.

    A latency objective must have its `latency_ms`, and it must be one of LATENCY_BOUNDS_MS.
    """
    match slo.kind:
        case Kind.AVAILABILITY:
            return _answered(model, window, "5..")
        case Kind.VALIDITY:
            return _answered(model, window, "4..")
        case Kind.LATENCY:
            assert slo.latency_ms is not None
            within = f'{MODEL}="{model}",{_le(slo.latency_ms)}'
            every = f'sum(increase({HostMetric.SECONDS}_count{{{MODEL}="{model}"}}[{window}]))'
            return f"({every} - sum(increase({HostMetric.SECONDS}_bucket{{{within}}}[{window}])))"


def burn(slo: Slo, model: str, window: str) -> str:
    """PromQL of the burn rate over `window`; 1 spends exactly the budget. Nothing where there were too few requests."""
    every = total(model, window)
    return f"{bad(slo, model, window)} / {every} / {slo.budget:g} and {every} >= {slo.minimum_requests}"


def _le(bound_ms: int) -> str:
    """The bucket's label. Prometheus 3 writes a whole number of seconds as `1.0` where earlier ones write `1`."""
    seconds = f"{bound_ms / 1000:g}"
    return f'le="{seconds}"' if bound_ms % 1000 else f'le=~"{seconds}|{seconds}[.]0"'


def _answered(model: str, window: str, codes: str) -> str:
    found = f'sum(increase({HostMetric.REQUESTS}{{{MODEL}="{model}",{CODE}=~"{codes}"}}[{window}]))'
    return f"({found} or vector(0))"
