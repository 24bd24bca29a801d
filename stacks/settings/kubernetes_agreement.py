"""What the settings of the cluster's workloads and the rest of an environment must agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.gpus import gpu_type

if TYPE_CHECKING:
    from stacks.settings.estate import EstateSettings


def check(settings: EstateSettings) -> None:
    """Raises ValueError for the first thing that does not fit."""
    cluster, network = settings.training.cluster, settings.foundation.network
    for model, wanted in sorted(settings.models.items()):
        where = f"models.{model}.on_kubernetes"
        if wanted.on_kubernetes is not None and cluster is None:
            raise ValueError(f"{where} needs training.cluster, on which it runs")
        if wanted.on_kubernetes is not None and wanted.release is None:
            raise ValueError(f"{where} needs a release, which it hosts")
    if cluster is None:
        return
    watched = cluster.kubernetes.observability
    url = watched.remote_write if watched is not None else None
    if url is not None and url.split(".")[1] != settings.aws.region:
        raise ValueError(
            f"training.cluster.kubernetes.observability.remote_write is in {url.split('.')[1]}, and aws.region is "
            f"{settings.aws.region}"
        )
    gpus = {name: group.maximum * gpu_type(group.instance_type).gpus for name, group in cluster.node_groups.items()}
    internet = network.nat != "none" or network.existing is not None
    for fault in cluster.kubernetes.faults(gpus, network.letters, internet=internet):
        raise ValueError(f"training.cluster.kubernetes.{fault}")
