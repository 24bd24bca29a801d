"""What a cluster and its nodes may do."""

import pulumi
from pulumi_aws import iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import bare_trust, trust
from components.roles import aws_policy, bounded_role, inline_policy

CLUSTER_POLICIES = ("AmazonEKSClusterPolicy",)
# The network plug-in has a role of its own, so that no pod finds its rights on the node.
NODE_POLICIES = ("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy")


class ClusterRolesArgs(Args):
    placement: Placement
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the roles may do.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of the cluster's secrets.")


class ClusterRoles(Component):
    """One role for the control plane, one for all nodes. Pods get neither: theirs come from pod identity."""

    cluster_arn: pulumi.Output[str]
    node_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:ClusterRoles", name, args.placement, opts)
        cluster, cluster_policies = self._role("cluster", trust(args.placement, "eks"), CLUSTER_POLICIES, args)
        node, node_policies = self._role("node", bare_trust("ec2"), NODE_POLICIES, args)
        secrets = inline_policy(
            self,
            cluster.name,
            "secrets",
            {
                "Sid": "EncryptSecrets",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
                "Resource": args.key_arn,
            },
            suffix="cluster-secrets",
        )
        # EKS refuses a role whose policies are not attached yet, and needs them until the cluster is gone.
        self.cluster_arn = _once(cluster, *cluster_policies, secrets)
        self.node_arn = _once(node, *node_policies)
        self.register_outputs({"cluster_arn": self.cluster_arn, "node_arn": self.node_arn})

    def _role(
        self, actor: str, trusted: pulumi.Input[str], policies: tuple[str, ...], args: ClusterRolesArgs
    ) -> tuple[iam.Role, list[pulumi.CustomResource]]:
        role = bounded_role(
            self,
            "gpu",
            actor,
            suffix=actor,
            description=f"EKS {actor} of the GPU cluster",
            boundary_arn=args.permission_boundary_arn,
            trusted=trusted,
        )
        attached: list[pulumi.CustomResource] = [
            aws_policy(self, role.name, policy, suffix=f"{actor}-{policy}") for policy in policies
        ]
        return role, attached


def _once(role: iam.Role, *attached: pulumi.CustomResource) -> pulumi.Output[str]:
    """The role's ARN, once all of `attached` exist."""
    return pulumi.Output.all(role.arn, *(policy.id for policy in attached)).apply(lambda values: values[0])
