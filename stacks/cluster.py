"""The GPU cluster beside SageMaker's own training, where asked for: EKS, its nodes, a file system, HyperPod."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs, cluster_name
from components.cluster.options import Addon, AddonName
from components.filesystem.lustre import Lustre, LustreArgs
from components.filesystem.options import Filesystem, LinkedZone
from components.hyperpod.cluster import HyperPod, HyperPodArgs
from components.hyperpod.options import HyperPodOptions
from stacks.environment import Environment
from stacks.kubernetes import workloads
from stacks.settings import EstateSettings
from stacks.settings.cluster import ClusterSettings
from stacks.upstream import Upstream, Wire


class ClusterParts(NamedTuple):
    """What there is of the cluster."""

    cluster: GpuCluster
    filesystem: Lustre | None
    hyperpod: HyperPod | None
    hosts: dict[str, Wire]  # URLs of models' hosts, within the cluster

    @property
    def cluster_name(self) -> Wire:
        return self.cluster.cluster_name

    @property
    def security_group(self) -> Wire:
        return self.cluster.security_group

    @property
    def starters(self) -> dict[str, Wire]:
        """Names of roles that start nodes by themselves."""
        beneath = self.cluster.karpenter
        return {} if beneath is None else {"karpenter": beneath.controller_role}

    @property
    def mounting(self) -> dict[str, Wire]:
        """What it takes to mount the file system; empty without one."""
        made = self.filesystem
        if made is None:
            return {}
        return {"id": made.filesystem_id, "dns_name": made.dns_name, "mount_name": made.mount_name}


def gpu_cluster(
    env: Environment,
    settings: EstateSettings,
    cluster: ClusterSettings,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
    repositories: Mapping[str, Wire],
) -> ClusterParts:
    base = upstream.foundation
    made = GpuCluster(
        "gpu",
        GpuClusterArgs(
            placement=env.placement,
            tags=env.tags,
            kubernetes_version=cluster.kubernetes_version,
            vpc_id=base.vpc_id,
            subnet_ids=base.private_subnet_ids,
            permission_boundary_arn=base.permission_boundary_arn,
            key_arn=base.keys.models,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
            node_groups=cluster.node_groups,
            system_instance_type=cluster.system_instance_type,
            public_access_cidrs=[str(cidr) for cidr in cluster.public_access_cidrs],
            assume_role_arn=settings.aws.assume_role_arn,
            administrator_arns=base.ci_role,
            addons=_addons(settings, cluster),
            karpenter=cluster.kubernetes.karpenter is not None,
            access=cluster.access,
        ),
        opts=opts,
    )
    wanted, hyperpod = cluster.filesystem, settings.training.hyperpod
    filesystem = None if wanted is None else _filesystem(env, settings, wanted, made, upstream, opts)
    return ClusterParts(
        cluster=made,
        hosts=workloads(env, settings, cluster, made, repositories, upstream, filesystem),
        filesystem=filesystem,
        hyperpod=None if hyperpod is None else _hyperpod(env, hyperpod, made, upstream, opts),
    )


def _addons(settings: EstateSettings, cluster: ClusterSettings) -> dict[AddonName, Addon]:
    """With a file system also the driver by which pods mount it; for AWS's collector what tells how nodes are."""
    prometheus = settings.monitoring.prometheus
    needed = {
        AddonName.FSX: cluster.filesystem is not None,
        AddonName.STATE_METRICS: prometheus is not None and prometheus.scrape_cluster,
    }
    return {**{name: Addon() for name, wanted in needed.items() if wanted}, **cluster.addons}


def _filesystem(
    env: Environment,
    settings: EstateSettings,
    wanted: Filesystem,
    made: GpuCluster,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> Lustre:
    base, buckets = upstream.foundation, upstream.data.buckets
    zone = min(base.private_subnet_ids) if wanted.zone is None else wanted.zone
    return Lustre(
        "lustre",
        LustreArgs(
            placement=env.placement,
            options=wanted,
            vpc_id=base.vpc_id,
            subnet_id=base.private_subnet_ids[zone],
            clients={"nodes": made.security_group},
            buckets={each: getattr(buckets, each) for each in LinkedZone},
            key_arn=base.keys.data,
            log_key_arn=base.keys.logs,
            log_retention_days=settings.monitoring.log_retention_days,
        ),
        opts,
    )


def _hyperpod(
    env: Environment, wanted: HyperPodOptions, made: GpuCluster, upstream: Upstream, opts: pulumi.ResourceOptions
) -> HyperPod:
    base = upstream.foundation
    return HyperPod(
        "hyperpod",
        HyperPodArgs(
            placement=env.placement,
            options=wanted,
            eks_cluster_name=cluster_name(env.placement),
            eks_cluster_arn=made.cluster_arn,
            vpc_id=base.vpc_id,
            subnet_ids=base.private_subnet_ids,
            cluster_security_group=made.security_group,
            bucket=upstream.data.buckets.models,
            bucket_key_arn=base.keys.models,
            key_arn=base.keys.models,
            permission_boundary_arn=base.permission_boundary_arn,
        ),
        opts,
    )
