"""The dashboard of the cluster's GPUs, queues and model hosts, for the Grafana inside of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.prometheus import CODE, MODEL, ClusterMetric, HostMetric

if TYPE_CHECKING:
    from grafana_foundation_sdk.builders.timeseries import Panel

HEIGHT, WIDTH = 8, 8


class Wanted(NamedTuple):
    title: str
    unit: str
    expr: str
    legend: str


PANELS = (
    Wanted("GPUs busy", "percent", f"avg by (Hostname) ({ClusterMetric.GPU_BUSY})", "{{Hostname}}"),
    Wanted("GPU memory used", "decmbytes", "sum by (Hostname) (DCGM_FI_DEV_FB_USED)", "{{Hostname}}"),
    Wanted("GPU power", "watt", "sum by (Hostname) (DCGM_FI_DEV_POWER_USAGE)", "{{Hostname}}"),
    Wanted("Last XID error", "none", f"max by (Hostname, gpu) ({ClusterMetric.GPU_XID})", "{{Hostname}} {{gpu}}"),
    Wanted("Jobs that wait", "short", f"sum by (cluster_queue) ({ClusterMetric.QUEUE_PENDING})", "{{cluster_queue}}"),
    Wanted(
        "Wait for GPUs, p95",
        "s",
        f"histogram_quantile(0.95, sum by (cluster_queue, le) (rate({ClusterMetric.QUEUE_WAIT}_bucket[1h])))",
        "{{cluster_queue}}",
    ),
    Wanted(
        "Requests",
        "reqps",
        f"sum by ({MODEL}, {CODE}) (rate({HostMetric.REQUESTS}[5m]))",
        f"{{{{{MODEL}}}}} {{{{{CODE}}}}}",
    ),
    Wanted(
        "Latency, p99",
        "s",
        f"histogram_quantile(0.99, sum by ({MODEL}, le) (rate({HostMetric.SECONDS}_bucket[5m])))",
        f"{{{{{MODEL}}}}}",
    ),
)


def gpu_dashboard() -> dict[str, Any]:
    """The dashboard, as Grafana reads it. Raises nothing; Grafana's SDK is imported only where it is asked for."""
    from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable
    from grafana_foundation_sdk.cog.encoder import JSONEncoder

    page = (
        Dashboard("GPUs and queues")
        .uid("mlops-estate-gpus")
        .tags(["mlops-estate"])
        .readonly()
        .refresh("1m")
        .time("now-6h", "now")
        .timezone("utc")
        .with_variable(DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    for number, wanted in enumerate(PANELS, 1):
        page = page.with_panel(_panel(wanted).id(number))
    return json.loads(JSONEncoder(sort_keys=True).encode(page.build()))


def _panel(wanted: Wanted) -> Panel:
    from grafana_foundation_sdk.builders.prometheus import Dataquery
    from grafana_foundation_sdk.builders.timeseries import Panel
    from grafana_foundation_sdk.models.dashboard import DataSourceRef

    return (
        Panel()
        .title(wanted.title)
        .unit(wanted.unit)
        .min(0)
        .height(HEIGHT)
        .span(WIDTH)
        .datasource(DataSourceRef("prometheus", "${source}"))
        .with_target(Dataquery().ref_id("A").expr(wanted.expr).legend_format(wanted.legend))
    )
