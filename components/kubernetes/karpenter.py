"""Karpenter: its CRDs, its controller, and the pools of GPU nodes that it keeps."""

from collections.abc import Mapping, Sequence

import pulumi
from pydantic import Field

from components.base import Args, Component, Placement
from components.cluster.nodes import GPU, POOL
from components.kubernetes.chart import image, release
from components.kubernetes.custom import CustomObject
from components.kubernetes.options import Chart
from components.kubernetes.pools import Consolidation, GpuPool, PlainPool

NAMESPACE = "kube-system"  # where the API server's flow control puts it before everybody else
SERVICE_ACCOUNT = "karpenter"
NODE_CLASS = "karpenter.k8s.aws/v1"
NODE_POOL = "karpenter.sh/v1"
# A job may go on for `drain_hours` on a node that is to go. Who takes a pool away waits for idle nodes only.
GONE_WITHIN = "30m"
POLICIES = {Consolidation.EMPTY: "WhenEmpty", Consolidation.EMPTY_OR_UNDERUSED: "WhenEmptyOrUnderutilized"}
# Bottlerocket keeps images and containers on a disk of their own.
DATA_DISKS = {"al2023": "/dev/xvda", "bottlerocket": "/dev/xvdb"}


class NodePoolsArgs(Args):
    placement: Placement
    chart: Chart = Chart()
    cluster: pulumi.Input[str] = Field(description="Name of the cluster.")
    queue: pulumi.Input[str] = Field(description="Name of the queue that hears of spot interruptions.")
    instance_profile: pulumi.Input[str] = Field(description="Name of the instance profile of its nodes.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=1, description="Private subnets, by zone letter.")
    security_group_id: pulumi.Input[str] = Field(description="The cluster's security group, which nodes get.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the nodes' disks.")
    tags: Mapping[str, str] = Field(description="Tags of instances and disks, which no provider sets.")
    isolated: bool = Field(description="Whether nodes reach AWS through endpoints of the VPC only.")
    pools: Mapping[str, GpuPool | PlainPool] = Field(min_length=1, description="Pools by name.")


class NodePools(Component):
    """Pools go before their controller, so that no node is left behind that nobody ends."""

    def __init__(
        self,
        name: str,
        args: NodePoolsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`after` is what the controller needs of AWS: its role, the queue's policy."""
        super().__init__("estate:kubernetes:NodePools", name, args.placement, opts)
        # CRDs in a chart of their own: Helm installs those inside of a chart once, and never upgrades them.
        definitions = release(self, "karpenter-crd", "karpenter-crd", args.chart, NAMESPACE, {}, after=after)
        controller = release(
            self,
            "karpenter",
            "karpenter",
            args.chart,
            NAMESPACE,
            self._values(args),
            skip_crds=True,
            after=[definitions],
        )
        for pool_name, pool in sorted(args.pools.items()):
            self._pool(pool_name, pool, args, controller)
        self.register_outputs({})

    def _values(self, args: NodePoolsArgs) -> dict[str, pulumi.Input[object]]:
        return {
            "replicas": 2 if args.placement.protected else 1,
            "serviceAccount": {"name": SERVICE_ACCOUNT},
            "controller": {
                "image": {"repository": image(args.chart, "public.ecr.aws", "karpenter/controller")},
                "resources": {
                    "requests": {"cpu": "200m", "memory": "512Mi"},
                    "limits": {"memory": "1Gi"},
                },
            },
            "settings": {
                "clusterName": args.cluster,
                "interruptionQueue": args.queue,
                "isolatedVPC": args.isolated,  # the price list is read over the internet only
                "featureGates": {"nodeRepair": True},
            },
        }

    def _pool(
        self, pool_name: str, pool: GpuPool | PlainPool, args: NodePoolsArgs, controller: pulumi.Resource
    ) -> None:
        within = pulumi.CustomTimeouts(delete=GONE_WITHIN)
        node_class = CustomObject(
            f"{self.name}-{pool_name}-nodes",
            NODE_CLASS,
            "EC2NodeClass",
            {"name": pool_name},
            {"spec": _node_class(pool_name, pool, args)},
            self.child(depends_on=[controller], custom_timeouts=within),
        )
        CustomObject(
            f"{self.name}-{pool_name}-pool",
            NODE_POOL,
            "NodePool",
            {"name": pool_name},
            {"spec": _node_pool(pool_name, pool, args)},
            self.child(depends_on=[controller, node_class], custom_timeouts=within),
        )


def _node_class(pool_name: str, pool: GpuPool | PlainPool, args: NodePoolsArgs) -> dict[str, object]:
    family = pool.image.partition("@")[0]
    zones = pool.zones or tuple(sorted(args.subnet_ids))
    disks: dict[str, str] = {"/dev/xvda": "4Gi" if family == "bottlerocket" else f"{pool.disk_gb}Gi"}
    disks[DATA_DISKS[family]] = f"{pool.disk_gb}Gi"
    spec: dict[str, object] = {
        "amiSelectorTerms": [{"alias": pool.image}],
        "instanceProfile": args.instance_profile,
        "subnetSelectorTerms": [{"id": args.subnet_ids[zone]} for zone in zones],
        "securityGroupSelectorTerms": [{"id": args.security_group_id}],
        "blockDeviceMappings": [
            {
                "deviceName": device,
                "ebs": {
                    "volumeType": "gp3",
                    "volumeSize": size,
                    "encrypted": True,
                    "kmsKeyID": args.key_arn,
                    "deleteOnTermination": True,
                },
            }
            for device, size in disks.items()
        ],
        # Sessions only, and nothing a second hop away: pods get roles of their own, never the node's.
        "metadataOptions": {"httpEndpoint": "enabled", "httpTokens": "required", "httpPutResponseHopLimit": 1},
        "tags": {**args.tags, "Name": args.placement.named("pool", pool_name)},
    }
    if isinstance(pool, GpuPool) and pool.reservations:
        spec["capacityReservationSelectorTerms"] = [{"id": each} for each in pool.reservations]
    return spec


def _node_pool(pool_name: str, pool: GpuPool | PlainPool, args: NodePoolsArgs) -> dict[str, object]:
    template: dict[str, object] = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": pool_name},
        "requirements": _requirements(pool, args),
        "expireAfter": f"{pool.expire_hours}h",
        "terminationGracePeriod": f"{pool.drain_hours}h",
    }
    if isinstance(pool, GpuPool):
        template["taints"] = [{"key": GPU, "value": "present", "effect": "NoSchedule"}]
    return {
        "weight": pool.weight,
        "limits": {GPU: pool.gpus} if isinstance(pool, GpuPool) else {"cpu": pool.cpus},
        "disruption": {
            "consolidationPolicy": POLICIES[pool.consolidation],
            "consolidateAfter": f"{pool.idle_minutes}m",
            "budgets": [{"nodes": str(pool.disrupted_at_once)}],
        },
        "template": {"metadata": {"labels": {POOL: pool_name}}, "spec": template},
    }


def _requirements(pool: GpuPool | PlainPool, args: NodePoolsArgs) -> list[dict[str, object]]:
    zones = pool.zones or tuple(sorted(args.subnet_ids))
    found: list[dict[str, object]] = [
        _one_of("kubernetes.io/arch", ["amd64"]),  # what the estate's images are built for
        _one_of("kubernetes.io/os", ["linux"]),
        _one_of("karpenter.k8s.aws/instance-family", list(pool.families)),
        _one_of("karpenter.sh/capacity-type", [each.value for each in pool.capacity]),
        _one_of("topology.kubernetes.io/zone", [f"{args.placement.region}{zone}" for zone in zones]),
    ]
    if isinstance(pool, GpuPool):
        found.append(_one_of("karpenter.k8s.aws/instance-gpu-manufacturer", ["nvidia"]))
        if pool.most_gpus_a_node is not None:
            bound = {"operator": "Lt", "values": [str(pool.most_gpus_a_node + 1)]}
            found.append({"key": "karpenter.k8s.aws/instance-gpu-count", **bound})
    return found


def _one_of(key: str, values: list[str]) -> dict[str, object]:
    return {"key": key, "operator": "In", "values": values}
