"""What runs on the GPU cluster. Its objects belong to the stack of their cluster."""

import pulumi

from components.cluster.gpu_cluster import GpuCluster
from components.cluster.nodes import POOL
from components.kubernetes.workloads import ClusterWorkloads, ClusterWorkloadsArgs
from stacks.environment import Environment
from stacks.settings.cluster import ClusterSettings


def workloads(env: Environment, cluster: ClusterSettings, made: GpuCluster) -> None:
    """Registers the objects on the cluster `made`, under it."""
    ClusterWorkloads(
        f"{made.name}-workloads",
        ClusterWorkloadsArgs(
            placement=env.placement,
            cluster=env.named("gpu"),
            kubeconfig=made.kubeconfig,
            gpu_quota=cluster.gpu_quota,
            device_plugin_image=cluster.device_plugin_image,
            gpu_groups=list(cluster.node_groups),
            pool_label=POOL,
        ),
        pulumi.ResourceOptions(parent=made),
    )
