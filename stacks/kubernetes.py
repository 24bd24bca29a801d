"""What runs on the GPU cluster. Its objects belong to the stack of their cluster."""

from collections.abc import Mapping

import pulumi

from components.cluster.gpu_cluster import GpuCluster, cluster_name
from components.cluster.nodes import POOL
from components.cluster.options import AddonName
from components.filesystem.lustre import Lustre
from components.images.repositories import Image
from components.kubernetes.fence import TEAM
from components.kubernetes.options import fabric_plugin
from components.kubernetes.workloads import NAMESPACE, ClusterWorkloads, ClusterWorkloadsArgs
from stacks.environment import Environment
from stacks.hosts import model_hosts
from stacks.settings import EstateSettings
from stacks.settings.cluster import ClusterSettings
from stacks.settings.kubernetes import KarpenterSettings, KubernetesSettings
from stacks.upstream import Upstream, Wire


def workloads(
    env: Environment,
    settings: EstateSettings,
    cluster: ClusterSettings,
    made: GpuCluster,
    repositories: Mapping[str, Wire],
    upstream: Upstream,
    filesystem: Lustre | None,
) -> dict[str, Wire]:
    """Registers the objects on the cluster `made`, under it; answers the URLs of hosts of models, by model."""
    wanted = cluster.kubernetes
    teams = wanted.queues.teams if wanted.queues is not None else {}
    base = ClusterWorkloads(
        f"{made.name}-workloads",
        ClusterWorkloadsArgs(
            placement=env.placement,
            identity=made.endpoint,
            kubeconfig=made.kubeconfig,
            labels={TEAM: NAMESPACE} if NAMESPACE in teams else {},
            gpu_quota=cluster.gpu_quota,
            device_plugin_image=cluster.device_plugin_image if settings.training.plugin_groups else None,
            plugin_groups=settings.training.plugin_groups,
            pool_label=POOL,
            disk_key_arn=upstream.foundation.keys.models if AddonName.EBS in cluster.addons else None,
        ),
        pulumi.ResourceOptions(parent=made),
    )
    opts = pulumi.ResourceOptions(parent=made, providers=[base.provider])
    if wanted.karpenter is not None:
        _nodes_on_demand(env, settings, wanted.karpenter, made, upstream, opts)
    if filesystem is not None:
        _volume(env, filesystem, made, base, opts)
    _adapters(env, cluster, made, opts)
    _operators(env, cluster, made, base, opts)
    _training(env, settings, wanted, made, repositories, opts)
    _measured(env, settings, cluster, made, upstream, opts)
    return model_hosts(env, settings, made, repositories, upstream, opts)


def _nodes_on_demand(
    env: Environment,
    settings: EstateSettings,
    wanted: KarpenterSettings,
    made: GpuCluster,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    from components.kubernetes.karpenter import NodePools, NodePoolsArgs

    base, beneath = upstream.foundation, made.karpenter
    assert beneath is not None  # the cluster is made with it where pools are wanted
    network = settings.foundation.network
    NodePools(
        f"{made.name}-pools",
        NodePoolsArgs(
            placement=env.placement,
            chart=wanted.chart,
            cluster=made.cluster_name,
            queue=beneath.queue,
            instance_profile=beneath.instance_profile,
            subnet_ids=base.private_subnet_ids,
            security_group_id=made.security_group,
            key_arn=base.keys.models,
            tags=env.tags,
            isolated=network.nat == "none" and network.existing is None,
            pools={**wanted.pools, **wanted.plain_pools},
        ),
        opts,
        after=[beneath],
    )


def _volume(
    env: Environment, filesystem: Lustre, made: GpuCluster, base: ClusterWorkloads, opts: pulumi.ResourceOptions
) -> None:
    """Training jobs mount the file system by a claim of their namespace."""
    from components.filesystem.volume import LustreVolume, LustreVolumeArgs

    LustreVolume(
        f"{made.name}-lake",
        LustreVolumeArgs(
            placement=env.placement,
            filesystem_id=filesystem.filesystem_id,
            dns_name=filesystem.dns_name,
            mount_name=filesystem.mount_name,
            size_gb=filesystem.size_gb,
            namespace=base.namespace,
        ),
        opts,
    )


def _adapters(env: Environment, cluster: ClusterSettings, made: GpuCluster, opts: pulumi.ResourceOptions) -> None:
    """Pods reach fabric adapters by a device plugin, where a group has them."""
    own = cluster.fabric_plugin_image
    image = fabric_plugin(env.region) if own is None else own
    if not cluster.fabrics or image is None:
        return
    from components.kubernetes.fabric_plugin import FabricPlugin, FabricPluginArgs

    FabricPlugin(
        f"{made.name}-fabric-plugin",
        FabricPluginArgs(placement=env.placement, image=image, groups=sorted(cluster.fabrics), pool_label=POOL),
        opts,
    )


def _operators(
    env: Environment, cluster: ClusterSettings, made: GpuCluster, base: ClusterWorkloads, opts: pulumi.ResourceOptions
) -> None:
    wanted = cluster.kubernetes
    if wanted.gpu_operator is not None:
        from components.kubernetes.gpu_operator import GpuOperator, GpuOperatorArgs

        GpuOperator(
            f"{made.name}-operator",
            GpuOperatorArgs(
                placement=env.placement,
                chart=wanted.gpu_operator.chart,
                mig=wanted.gpu_operator.mig,
                metrics=wanted.gpu_operator.metrics,
            ),
            opts,
        )
    if wanted.queues is not None:
        from components.kubernetes.kueue import Kueue, KueueArgs

        Kueue(
            f"{made.name}-queues",
            KueueArgs(
                placement=env.placement,
                chart=wanted.queues.chart,
                queues=wanted.queues,
                existing_namespaces={NAMESPACE: base.namespace},
                taints={name: group.taints for name, group in cluster.node_groups.items()},
            ),
            opts,
        )


def _training(
    env: Environment,
    settings: EstateSettings,
    wanted: KubernetesSettings,
    made: GpuCluster,
    repositories: Mapping[str, Wire],
    opts: pulumi.ResourceOptions,
) -> None:
    if wanted.trainer is None:
        return
    from components.kubernetes.trainer import Trainer, TrainerArgs

    Trainer(
        f"{made.name}-trainer",
        TrainerArgs(
            placement=env.placement,
            chart=wanted.trainer.chart,
            gpu_image=pulumi.Output.concat(repositories[Image.GPU], f":{settings.training.image_tag}"),
            runtimes=wanted.trainer.runtimes,
        ),
        opts,
    )


def _measured(
    env: Environment,
    settings: EstateSettings,
    cluster: ClusterSettings,
    made: GpuCluster,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> None:
    wanted = cluster.kubernetes
    if wanted.gpu_metrics is not None:
        from components.kubernetes.gpu_metrics import GpuMetrics, GpuMetricsArgs

        GpuMetrics(
            f"{made.name}-metrics",
            GpuMetricsArgs(
                placement=env.placement,
                image=wanted.gpu_metrics.image,
                profiling=wanted.gpu_metrics.profiling,
                gpu_groups=settings.training.gpu_groups,
                pool_label=POOL,
            ),
            opts,
        )
    if wanted.observability is not None:
        from components.kubernetes.observability import Observability, ObservabilityArgs

        Observability(
            f"{made.name}-observability",
            ObservabilityArgs(
                placement=env.placement,
                chart=wanted.observability.chart,
                retention_days=wanted.observability.retention_days,
                storage_gb=wanted.observability.storage_gb,
                storage_class=wanted.observability.storage_class,
                grafana=wanted.observability.grafana,
                remote_write=wanted.observability.remote_write,
                cluster=cluster_name(env.placement),
                cluster_name=made.cluster_name,
                network_cidr=str(settings.foundation.network.cidr),
                permission_boundary_arn=upstream.foundation.permission_boundary_arn,
            ),
            opts,
        )
