"""The GPU cluster beside SageMaker's own training: EKS with its nodes, where asked for."""

import pulumi

from components.cluster.gpu_cluster import GpuCluster, GpuClusterArgs
from stacks.environment import Environment
from stacks.kubernetes import workloads
from stacks.settings import EstateSettings
from stacks.settings.cluster import ClusterSettings
from stacks.upstream import Upstream


def gpu_cluster(
    env: Environment,
    settings: EstateSettings,
    cluster: ClusterSettings,
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> GpuCluster:
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
            addons=cluster.addons,
            karpenter=cluster.karpenter,
            access=cluster.access,
        ),
        opts=opts,
    )
    workloads(env, cluster, made)
    return made
