"""A GPU cluster on EKS."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, eks
from pydantic import Field, field_validator

from components.base import Args, Component, Placement
from components.cluster.access import kubeconfig
from components.cluster.nodes import NodeGroup, NodeGroupArgs
from components.cluster.roles import ClusterRoles, ClusterRolesArgs

SYSTEM = "system"
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# Before the nodes, as a node without a network never gets ready; name resolution after them, as it runs on them.
NODE_ADDONS: Mapping[str, Mapping[str, object]] = {
    "vpc-cni": {"enableNetworkPolicy": "true"},
    "kube-proxy": {},
    "eks-pod-identity-agent": {},
}
POD_ADDONS = ("coredns",)


class GpuNodes(Args):
    """A group of GPU nodes."""

    instance_type: str = Field(description="EC2 instance type with GPUs, such as `g5.xlarge`.")
    minimum: int = Field(default=0, ge=0)
    maximum: int = Field(default=1, ge=1)
    spot: bool = Field(default=False, description="Cheaper nodes that AWS may take back; on demand by default.")
    disk_gb: int = Field(default=100, ge=50)


class GpuClusterArgs(Args):
    placement: Placement
    tags: Mapping[str, str] = Field(description="Tags of nodes and their volumes.")
    kubernetes_version: str = Field(pattern=r"^1\.\d{2}$")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=2, description="Private subnets, by zone letter.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the cluster's roles may do.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of secrets and of the nodes' volumes.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of the control plane's log.")
    log_retention_days: int = Field(ge=1, description="Days that the control plane's log stays.")
    node_groups: Mapping[str, GpuNodes] = Field(min_length=1, description="GPU node groups by name.")
    system_instance_type: str = Field(description="Instance type of the nodes that run the cluster's own pods.")
    public_access_cidrs: list[str] = Field(
        default_factory=list, description="Who may reach the API from outside the VPC; nobody by default."
    )
    assume_role_arn: str | None = Field(default=None, description="Role of whoever deploys, where one is assumed.")
    administrator_arns: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Roles that administer it besides the one that makes it, such as CI's, by name."
    )

    @field_validator("node_groups")
    @classmethod
    def _system_is_taken(cls, groups: Mapping[str, GpuNodes]) -> Mapping[str, GpuNodes]:
        if SYSTEM in groups:
            raise ValueError(f"the name {SYSTEM!r} belongs to the nodes that run the cluster's own pods")
        return groups


class GpuCluster(Component):
    """Private control plane with all logs, a small group for its own pods, GPU groups by name, the device plugin."""

    cluster_name: pulumi.Output[str]
    security_group: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]

    def __init__(self, name: str, args: GpuClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:GpuCluster", name, args.placement, opts)
        roles = ClusterRoles(
            f"{name}-roles",
            ClusterRolesArgs(
                placement=args.placement, permission_boundary_arn=args.permission_boundary_arn, key_arn=args.key_arn
            ),
            self.child(),
        )
        cluster = self._cluster(args, roles)
        self.cluster_name = cluster.name
        # EKS makes it, and lets in who has it too.
        self.security_group = cluster.vpc_config.apply(lambda network: network.cluster_security_group_id or "")
        ready = [*self._administrators(args, cluster), *self._nodes(args, cluster, roles)]
        self.kubeconfig = kubeconfig(
            # Objects are made once there are nodes to run on, and are gone before these are: an operator that cannot
            # run any more cannot clean up after itself.
            pulumi.Output.all(cluster.name, *(each.id for each in ready)).apply(lambda values: values[0]),
            cluster.endpoint,
            cluster.certificate_authority.apply(lambda authority: authority.data or ""),
            args.placement.region,
            args.assume_role_arn,
        )
        self.register_outputs({"cluster_name": self.cluster_name, "kubeconfig": self.kubeconfig})

    def _cluster(self, args: GpuClusterArgs, roles: ClusterRoles) -> eks.Cluster:
        physical = args.placement.named("gpu")
        # EKS would make the log itself, in clear and for ever.
        log = cloudwatch.LogGroup(
            f"{self.name}-log",
            name=f"/aws/eks/{physical}/cluster",
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.child(),
        )
        public = bool(args.public_access_cidrs)
        return eks.Cluster(
            f"{self.name}-cluster",
            name=physical,
            version=args.kubernetes_version,
            role_arn=roles.cluster_arn,
            vpc_config={
                "subnet_ids": list(args.subnet_ids.values()),
                "endpoint_private_access": True,
                "endpoint_public_access": public,
                "public_access_cidrs": args.public_access_cidrs if public else None,
            },
            enabled_cluster_log_types=list(LOGS),
            encryption_config={"provider": {"key_arn": args.key_arn}, "resources": ["secrets"]},
            # Whoever makes the cluster also makes the objects on it; EKS writes that role's entry itself.
            access_config={"authentication_mode": "API", "bootstrap_cluster_creator_admin_permissions": True},
            bootstrap_self_managed_addons=False,
            deletion_protection=args.placement.protected,
            upgrade_policy={"support_type": "STANDARD"},
            opts=self.child(depends_on=[log]),
        )

    def _administrators(self, args: GpuClusterArgs, cluster: eks.Cluster) -> list[pulumi.CustomResource]:
        made: list[pulumi.CustomResource] = []
        policy = f"arn:{args.placement.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
        for name, role_arn in sorted(args.administrator_arns.items()):
            entry = eks.AccessEntry(
                f"{self.name}-{name}-access",
                cluster_name=cluster.name,
                principal_arn=role_arn,
                type="STANDARD",
                opts=self.child(),
            )
            made.append(
                eks.AccessPolicyAssociation(
                    f"{self.name}-{name}-administers",
                    cluster_name=cluster.name,
                    principal_arn=entry.principal_arn,
                    policy_arn=policy,
                    access_scope={"type": "cluster"},
                    opts=self.child(),
                )
            )
        return made

    def _nodes(self, args: GpuClusterArgs, cluster: eks.Cluster, roles: ClusterRoles) -> list[pulumi.CustomResource]:
        network = [self._addon(addon, cluster, settings) for addon, settings in NODE_ADDONS.items()]
        shared: dict[str, Any] = {
            "placement": args.placement,
            # Known only once the nodes' add-ons are there.
            "cluster_name": pulumi.Output.all(cluster.name, *(addon.id for addon in network)).apply(
                lambda names: names[0]
            ),
            "role_arn": roles.node_arn,
            "subnet_ids": args.subnet_ids,
            "key_arn": args.key_arn,
            "tags": args.tags,
        }
        system = NodeGroup(
            f"{self.name}-{SYSTEM}",
            NodeGroupArgs(
                **shared,
                group=SYSTEM,
                instance_type=args.system_instance_type,
                gpu=False,
                minimum=2 if args.placement.protected else 1,
                maximum=3,
                disk_gb=30,
            ),
            self.child(),
        )
        for group, nodes in sorted(args.node_groups.items()):
            NodeGroup(
                f"{self.name}-{group}",
                NodeGroupArgs(**shared, group=group, gpu=True, **nodes.model_dump()),
                self.child(),
            )
        pods = [self._addon(addon, cluster, {}, after=[system.group]) for addon in POD_ADDONS]
        return [*network, system.group, *pods]

    def _addon(
        self,
        addon: str,
        cluster: eks.Cluster,
        settings: Mapping[str, object],
        after: list[pulumi.Resource] | None = None,
    ) -> eks.Addon:
        return eks.Addon(
            f"{self.name}-{addon}",
            cluster_name=cluster.name,
            addon_name=addon,
            configuration_values=json.dumps(settings, sort_keys=True) if settings else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="PRESERVE",
            opts=self.child(depends_on=after),
        )
