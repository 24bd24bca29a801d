"""A role that the pods of one service account get, by EKS Pod Identity."""

from collections.abc import Sequence

import pulumi
from pulumi_aws import eks, iam
from pydantic import Field

from components.base import Args, Component, Placement
from components.documents import document
from components.roles import aws_policy, bounded_role


class PodRoleArgs(Args):
    placement: Placement
    subject: str = Field(description="What the pods do; names the role.", pattern=r"^[a-z][a-z0-9-]{0,62}$")
    cluster: str = Field(description="Name of the cluster; pods of no other get the role.")
    namespace: str = Field(description="Namespace of the service account.")
    service_account: str = Field(description="The service account.")
    permission_boundary_arn: pulumi.Input[str] = Field(description="The most that the role may do.")
    managed_policies: tuple[str, ...] = Field(default=(), description="AWS's policies by name; none by default.")
    policy: pulumi.Input[str] | None = Field(default=None, description="A policy of its own; none by default.")
    cluster_name: pulumi.Input[str] | None = Field(
        default=None,
        description="Cluster with which the service account is associated; without it, an add-on associates it itself.",
    )


class PodRole(Component):
    """Trusted for one service account of one cluster: EKS tells who asks in the tags of the session."""

    arn: pulumi.Output[str]
    ready: list[pulumi.Resource]  # what must be there before pods start

    def __init__(
        self,
        name: str,
        args: PodRoleArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        after: Sequence[pulumi.Resource] = (),
    ) -> None:
        """`after` is what the association names, where it is made here too: namespace and service account."""
        super().__init__("estate:cluster:PodRole", name, args.placement, opts)
        role = bounded_role(
            self,
            "gpu",
            args.subject,
            description=f"Pods of {args.namespace}/{args.service_account} on {args.cluster}",
            boundary_arn=args.permission_boundary_arn,
            trusted=_trust(args),
        )
        self.ready = [role]
        for policy in args.managed_policies:
            self.ready.append(aws_policy(self, role.name, policy, suffix=policy.rpartition("/")[2]))
        if args.policy is not None:
            self.ready.append(
                iam.RolePolicy(
                    f"{name}-policy", name=args.subject, role=role.name, policy=args.policy, opts=self.child()
                )
            )
        if args.cluster_name is not None:
            self.ready.append(
                eks.PodIdentityAssociation(
                    f"{name}-association",
                    cluster_name=args.cluster_name,
                    namespace=args.namespace,
                    service_account=args.service_account,
                    role_arn=role.arn,
                    opts=self.child(depends_on=list(after)),
                )
            )
        self.arn = role.arn
        self.register_outputs({"arn": self.arn})


def _trust(args: PodRoleArgs) -> pulumi.Output[str]:
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": args.placement.account_id,
                    "aws:RequestTag/eks-cluster-name": args.cluster,
                    "aws:RequestTag/kubernetes-namespace": args.namespace,
                    "aws:RequestTag/kubernetes-service-account": args.service_account,
                }
            },
        }
    )
