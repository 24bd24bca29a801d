"""The GPU cluster's rules: GPUs that compute nothing or are broken, jobs that wait, nodes that are gone."""

from dataclasses import dataclass

from components.prometheus.groups import Alert, Group, Recording
from components.signals import Signal
from contracts.prometheus import ClusterMetric

# NVIDIA's XID catalogue (docs.nvidia.com/deploy/xid-errors): faults of the hardware or its memory, of which the
# catalogue says to drain the node, reset the GPU or return it. 13, 31, 43 and 45 are faults of a program and absent.
BROKEN_XIDS = (48, 62, 63, 64, 74, 79, 92, 94, 95, 119, 120)
NODES_JOB = "nodes"  # the scrape job of kubelets, in scraper.py


@dataclass(frozen=True)
class ClusterBounds:
    """How far a cluster may go before somebody hears of it."""

    idle_percent: float = 5.0  # a GPU that is used less than this computes nothing
    idle_minutes: int = 60
    wait_minutes: int = 30  # for GPUs


def cluster_rules(bounds: ClusterBounds) -> tuple[Group, ...]:
    """Groups over DCGM's, Kueue's and the nodes' metrics. Where an exporter is missing, its alerts are silent."""
    return (_gpus(bounds), _queues(bounds), _nodes())


def _gpus(bounds: ClusterBounds) -> Group:
    metric, node = ClusterMetric, "{{ $labels.Hostname }}"
    xids = " or ".join(f"{metric.GPU_XID} == {code}" for code in BROKEN_XIDS)
    grown = [f"increase({each}[15m]) > 0" for each in (metric.GPU_ECC, metric.GPU_REMAPPED)]
    memory = " or ".join([*grown, f"{metric.GPU_REMAP_FAILED} > 0"])
    return Group(
        "gpus",
        [
            Recording("estate:gpu_busy:percent", f"avg({metric.GPU_BUSY})"),
            Recording("estate:gpu_busy:percent_by_node", f"avg by (Hostname) ({metric.GPU_BUSY})"),
            Alert(
                "GpuIdle",
                Signal.GPU_IDLE,
                node,
                f"max_over_time(estate:gpu_busy:percent_by_node[10m]) < {bounds.idle_percent:g}",
                f"{bounds.idle_minutes}m",
                f"The GPUs of {node} are below {bounds.idle_percent:g} % for {bounds.idle_minutes} minutes",
            ),
            Alert(
                "GpuXid",
                Signal.GPU_ERRORS,
                node,
                f"max by (Hostname, gpu) ({xids})",
                "0m",
                f"GPU {{{{ $labels.gpu }}}} of {node} reported XID {{{{ $value }}}}",
            ),
            Alert(
                "GpuMemory",
                Signal.GPU_ERRORS,
                node,
                f"max by (Hostname, gpu) ({memory})",
                "0m",
                f"GPU {{{{ $labels.gpu }}}} of {node} has memory errors that it could not correct",
            ),
        ],
    )


def _queues(bounds: ClusterBounds) -> Group:
    metric, queue, wait = ClusterMetric, "{{ $labels.cluster_queue }}", bounds.wait_minutes
    waits = f'sum by (cluster_queue) ({metric.QUEUE_PENDING}{{status="active"}}) > 0'
    admitted = f"sum by (cluster_queue) (increase({metric.QUEUE_ADMITTED}[{wait}m])) > 0"
    p90 = f"histogram_quantile(0.9, sum by (cluster_queue, le) (rate({metric.QUEUE_WAIT}_bucket[{wait}m])))"
    return Group(
        "queues",
        [
            Recording("estate:queue_wait_seconds:p90", p90),
            Alert(
                "QueueStuck",
                Signal.QUEUE_WAIT,
                queue,
                f"{waits} unless {admitted}",
                f"{wait}m",
                f"Jobs wait in {queue}, and none was admitted for {wait} minutes",
            ),
            Alert(
                "QueueSlow",
                Signal.QUEUE_WAIT,
                queue,
                f"estate:queue_wait_seconds:p90 > {wait * 60}",
                "5m",
                f"One of ten jobs of {queue} waits longer than {wait} minutes",
            ),
        ],
    )


def _nodes() -> Group:
    metric = ClusterMetric
    return Group(
        "nodes",
        [
            Alert(
                "NodeNotReady",
                Signal.NODE_HEALTH,
                "{{ $labels.node }}",
                f'max by (node) ({metric.NODE_CONDITION}{{condition="Ready",status="true"}}) == 0',
                "10m",
                "Node {{ $labels.node }} is not ready",
            ),
            Alert(
                "KubeletGone",
                Signal.NODE_HEALTH,
                "{{ $labels.instance }}",
                f'{metric.UP}{{job="{NODES_JOB}"}} == 0',
                "5m",
                "The kubelet of {{ $labels.instance }} does not answer",
            ),
        ],
    )
