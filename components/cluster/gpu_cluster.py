"""A GPU cluster on EKS."""

from collections.abc import Mapping
from typing import Any, Self

import pulumi
from pulumi_aws import cloudwatch, eks
from pydantic import Field, field_validator, model_validator

from components.base import Args, Component, Placement
from components.cluster.access import kubeconfig
from components.cluster.addons import Addons, AddonsArgs
from components.cluster.entries import administrators, let_in
from components.cluster.fabric import Fabric, FabricArgs
from components.cluster.gpu_nodes import GpuNodes
from components.cluster.karpenter import Karpenter, KarpenterArgs
from components.cluster.nodes import NodeGroup, NodeGroupArgs, PlainNodes
from components.cluster.options import Access, Addon, AddonName
from components.cluster.roles import ClusterRoles, ClusterRolesArgs

SYSTEM = "system"
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")


class GpuClusterArgs(Args):
    placement: Placement
    tags: Mapping[str, str] = Field(description="Tags of nodes and their volumes.")
    kubernetes_version: str = Field(pattern=r"^1\.\d{2}$")
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    subnet_ids: Mapping[str, pulumi.Input[str]] = Field(min_length=2, description="Private subnets, by zone letter.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the cluster's roles may do.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of secrets and of the nodes' volumes.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of logs and queues; lets EventBridge use it.")
    log_retention_days: int = Field(ge=1, description="Days that the logs of control plane and pods stay.")
    node_groups: Mapping[str, GpuNodes] = Field(min_length=1, description="GPU node groups by name.")
    system_instance_type: str = Field(description="Instance type of the nodes that run the cluster's own pods.")
    addons: Mapping[AddonName, Addon] = Field(
        default={}, description="Add-ons besides those that every cluster has, and versions of these."
    )
    karpenter: bool = Field(
        default=False, description="Roles, queue and rules for a Karpenter that makes nodes as pods need them."
    )
    public_access_cidrs: list[str] = Field(
        default_factory=list, description="Who may reach the API from outside the VPC; nobody by default."
    )
    assume_role_arn: str | None = Field(default=None, description="Role of whoever deploys, where one is assumed.")
    administrator_arns: Mapping[str, pulumi.Input[str]] = Field(
        default={}, description="Roles that administer it besides the one that makes it, such as CI's, by name."
    )
    access: Mapping[str, Access] = Field(default={}, description="Persons who may use it, by name; none by default.")

    @field_validator("node_groups")
    @classmethod
    def _system_is_taken(cls, groups: Mapping[str, GpuNodes]) -> Mapping[str, GpuNodes]:
        if SYSTEM in groups:
            raise ValueError(f"the name {SYSTEM!r} belongs to the nodes that run the cluster's own pods")
        return groups

    @model_validator(mode="after")
    def _entries_are_told_apart(self) -> Self:
        both = sorted({*self.access} & {*self.administrator_arns})
        if both:
            raise ValueError(f"access has {', '.join(both)}, which is the name of an administrator; name it otherwise")
        return self


class GpuCluster(Component):
    """Private control plane with all logs, a small group for its own pods, GPU groups by name, add-ons, access."""

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]  # of its API; another one is another cluster, whatever its name
    security_group: pulumi.Output[str]
    node_groups: dict[str, pulumi.Output[str]]  # names of the GPU groups
    karpenter: Karpenter | None
    fabric: Fabric | None
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
        self.cluster_name, self.cluster_arn, self.endpoint = cluster.name, cluster.arn, cluster.endpoint
        # EKS makes it, and lets in who has it too.
        self.security_group = cluster.vpc_config.apply(lambda network: network.cluster_security_group_id or "")
        entries = [
            *administrators(self, cluster.name, args.administrator_arns),
            *let_in(self, cluster.name, args.access),
        ]
        ready = [*entries, *self._nodes(args, cluster, roles)]
        self.karpenter = self._karpenter(args) if args.karpenter else None
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
        physical = cluster_name(args.placement)
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

    def _nodes(self, args: GpuClusterArgs, cluster: eks.Cluster, roles: ClusterRoles) -> list[pulumi.CustomResource]:
        addons = Addons(
            self,
            AddonsArgs(
                placement=args.placement,
                cluster=cluster_name(args.placement),
                cluster_name=cluster.name,
                addons=args.addons,
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_key_arn=args.log_key_arn,
                log_retention_days=args.log_retention_days,
            ),
        )
        before = addons.before_nodes()
        shared: dict[str, Any] = {
            "placement": args.placement,
            # Known only once the nodes' add-ons are there.
            "cluster_name": pulumi.Output.all(cluster.name, *(addon.id for addon in before)).apply(
                lambda names: names[0]
            ),
            "kubernetes_version": args.kubernetes_version,
            "role_arn": roles.node_arn,
            "subnet_ids": args.subnet_ids,
            "key_arn": args.key_arn,
            "tags": args.tags,
        }
        least = 2 if args.placement.protected else 1
        plain = PlainNodes(instance_type=args.system_instance_type, minimum=least)
        system = NodeGroup(f"{self.name}-{SYSTEM}", NodeGroupArgs(**shared, group=SYSTEM, nodes=plain), self.child())
        self.fabric = self._fabric(args)
        self.node_groups = {
            group: NodeGroup(
                f"{self.name}-{group}",
                NodeGroupArgs(**shared, group=group, nodes=nodes, fabric_group_ids=self._fabric_groups(nodes)),
                self.child(),
            ).node_group
            for group, nodes in sorted(args.node_groups.items())
        }
        return [*before, system.group, *addons.after_nodes([system.group])]

    def _fabric(self, args: GpuClusterArgs) -> Fabric | None:
        if not any(nodes.efa for nodes in args.node_groups.values()):
            return None
        return Fabric(f"{self.name}-fabric", FabricArgs(placement=args.placement, vpc_id=args.vpc_id), self.child())

    def _fabric_groups(self, nodes: GpuNodes) -> tuple[pulumi.Input[str], ...]:
        """A template that names groups names the cluster's too, which EKS then does not add."""
        return (self.security_group, self.fabric.group_id) if nodes.efa and self.fabric is not None else ()

    def _karpenter(self, args: GpuClusterArgs) -> Karpenter:
        return Karpenter(
            f"{self.name}-karpenter",
            KarpenterArgs(
                placement=args.placement,
                cluster=cluster_name(args.placement),
                cluster_name=self.cluster_name,
                permission_boundary_arn=args.permission_boundary_arn,
                key_arn=args.key_arn,
                log_key_arn=args.log_key_arn,
            ),
            self.child(),
        )


def cluster_name(placement: Placement) -> str:
    """The cluster's name, for what must know it before the cluster is there."""
    return placement.named("gpu")
