"""Models that are hosted on the GPU cluster, beside or in place of SageMaker's endpoints."""

from collections.abc import Mapping

import pulumi

from components.cluster.gpu_cluster import GpuCluster, cluster_name
from components.endpoint.variants import Served
from components.images.repositories import Image
from stacks.environment import Environment
from stacks.settings import EstateSettings
from stacks.upstream import Upstream, Wire

NAMESPACE = "models"


def model_hosts(
    env: Environment,
    settings: EstateSettings,
    made: GpuCluster,
    repositories: Mapping[str, Wire],
    upstream: Upstream,
    opts: pulumi.ResourceOptions,
) -> dict[str, Wire]:
    """URLs within the cluster, by model; nothing is made where no model is hosted there."""
    wanted = {name: model for name, model in settings.models.items() if model.on_kubernetes is not None}
    if not wanted:
        return {}
    from components.kubernetes.fence import FencedNamespace, NamespaceArgs
    from components.kubernetes.model_host import ModelHost, ModelHostArgs
    from components.kubernetes.observability import NAMESPACE as OBSERVABILITY
    from components.kubernetes.workloads import SERVING_PRIORITY

    # A rollout has one pod more than there are; none of them takes a GPU from a job.
    pods = sum(model.on_kubernetes.maximum + 1 for model in wanted.values() if model.on_kubernetes is not None)
    room = FencedNamespace(
        f"{made.name}-models",
        NamespaceArgs(placement=env.placement, namespace=NAMESPACE, gpus=0, pods=pods),
        opts,
    )
    base, cluster, prometheus = upstream.foundation, settings.training.cluster, settings.monitoring.prometheus
    inside = cluster is not None and cluster.kubernetes.observability is not None
    found: dict[str, Wire] = {}
    for name, model in sorted(wanted.items()):
        release, host = model.release, model.on_kubernetes
        assert release is not None  # settings refuse a host without one
        assert host is not None
        found[name] = ModelHost(
            f"{name}-host",
            ModelHostArgs(
                placement=env.placement,
                model=name,
                release=Served(version=release.version, package_arn=release.package_arn),
                host=host,
                image=pulumi.Output.concat(repositories[Image.SERVING], f":{settings.training.image_tag}"),
                namespace=room.namespace,
                namespace_name=NAMESPACE,
                cluster=cluster_name(env.placement),
                cluster_name=made.cluster_name,
                permission_boundary_arn=base.permission_boundary_arn,
                models_bucket_arn=upstream.data.bucket_arns.models,
                models_key_arn=base.keys.models,
                priority=SERVING_PRIORITY,
                scraped_by=(OBSERVABILITY,) if inside else (),
                # AWS's collector has addresses in the network, and no pod's labels.
                scraped_from={"collector": str(settings.foundation.network.cidr)} if prometheus is not None else {},
            ),
            opts,
            after=room.walls,
        ).url
    return found
