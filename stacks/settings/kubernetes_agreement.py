"""What the settings of the cluster's workloads and the rest of an environment must agree on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.cluster.options import AddonName
from components.kubernetes.options import fabric_plugin
from contracts.gpus import gpu_type
from stacks.settings.kubernetes import OUT_OF_REACH, is_public

if TYPE_CHECKING:
    from stacks.settings.cluster import ClusterSettings
    from stacks.settings.estate import EstateSettings

TRAINING = "training"  # the namespace that every cluster has


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
    if settings.training.hyperpod is not None:
        more = settings.training.hyperpod.gpus
        for name in sorted(more.keys() & gpus.keys()):
            raise ValueError(
                f"training.hyperpod.instance_groups.{name} has the name of a node group of the cluster, and nodes are "
                "told apart by it; name it otherwise"
            )
        gpus |= more
    internet = network.nat != "none" or network.existing is not None
    for fault in cluster.kubernetes.faults(gpus, network.letters, internet=internet):
        raise ValueError(f"training.cluster.kubernetes.{fault}")
    _nodes_know_their_gpus(cluster, settings.training.plugin_groups, internet=internet)
    _adapters_are_there(cluster, settings.aws.region, internet=internet)
    _shares_fit_the_namespace(cluster)
    _samples_have_a_disk(cluster)


def _nodes_know_their_gpus(cluster: ClusterSettings, groups: list[str], *, internet: bool) -> None:
    image = cluster.device_plugin_image
    if not internet and groups and is_public(image):
        own = [name for name in groups if name in cluster.node_groups]
        instead = f", or set image: bottlerocket for {', '.join(own)}, which holds the plugin" if own else ""
        raise ValueError(f"training.cluster.device_plugin_image {image}: {OUT_OF_REACH}{instead}")
    brought = sorted(name for name, nodes in cluster.gpu_nodes.items() if nodes.brings_plugin)
    if cluster.kubernetes.gpu_operator is not None and brought:
        raise ValueError(
            f"training.cluster.kubernetes.gpu_operator runs a device plugin, and nodes of {brought[0]} have one in "
            "their image bottlerocket; let them use al2023"
        )


def _adapters_are_there(cluster: ClusterSettings, region: str, *, internet: bool) -> None:
    """A group with adapters needs their plugin, and a runtime that asks for adapters a group with as many."""
    fabrics, image = cluster.fabrics, cluster.fabric_plugin_image
    if fabrics and image is None and fabric_plugin(region) is None:
        raise ValueError(
            f"training.cluster.node_groups.{min(fabrics)} has efa, and where EKS keeps its device plugin in {region} "
            "is not known here; name it under training.cluster.fabric_plugin_image"
        )
    if fabrics and image is not None and not internet and is_public(image):
        raise ValueError(f"training.cluster.fabric_plugin_image {image}: {OUT_OF_REACH}")
    trainer = cluster.kubernetes.trainer
    for name, runtime in sorted(trainer.runtimes.items() if trainer is not None else ()):
        if runtime.fabric_adapters > max(fabrics.values(), default=0):
            there = ", ".join(f"{group} {count}" for group, count in sorted(fabrics.items())) or "none has any"
            raise ValueError(
                f"training.cluster.kubernetes.trainer.runtimes.{name}.fabric_adapters {runtime.fabric_adapters} is "
                f"more than a node of any node group with efa has: {there}"
            )


def _shares_fit_the_namespace(cluster: ClusterSettings) -> None:
    """Kueue would let jobs start whose pods the namespace of training then refuses."""
    queues = cluster.kubernetes.queues
    share = queues.teams.get(TRAINING) if queues is not None else None
    own = sum(quota.gpus for quota in share.quotas.values()) if share is not None else 0
    if own > cluster.gpu_quota:
        raise ValueError(
            f"training.cluster.kubernetes.queues.teams.{TRAINING} has {own} GPUs of its own, and "
            f"training.cluster.gpu_quota lets its namespace hold {cluster.gpu_quota}"
        )


def _samples_have_a_disk(cluster: ClusterSettings) -> None:
    watched = cluster.kubernetes.observability
    if watched is not None and watched.storage_gb is not None and AddonName.EBS not in cluster.addons:
        raise ValueError(
            f"training.cluster.kubernetes.observability.storage_gb {watched.storage_gb} needs training.cluster.addons."
            f"{AddonName.EBS}, which makes the disk"
        )
