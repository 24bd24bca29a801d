"""Who may use a cluster's API, beyond the one that made it."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import eks

from components.base import Component
from components.cluster.options import Access, AccessPolicy

POLICIES = {
    AccessPolicy.VIEW: "AmazonEKSViewPolicy",
    AccessPolicy.EDIT: "AmazonEKSEditPolicy",
    AccessPolicy.ADMIN: "AmazonEKSAdminPolicy",
    AccessPolicy.CLUSTER_ADMIN: "AmazonEKSClusterAdminPolicy",
}


def let_in(
    owner: Component, cluster_name: pulumi.Input[str], access: Mapping[str, Access]
) -> list[pulumi.CustomResource]:
    """An entry and a policy for each role, as children of `owner`; answers what must be there before they can act."""
    made: list[pulumi.CustomResource] = []
    for name, wanted in sorted(access.items()):
        scope: eks.AccessPolicyAssociationAccessScopeArgsDict = {"type": "cluster"}
        if wanted.namespaces:
            scope = {"type": "namespace", "namespaces": list(wanted.namespaces)}
        made.append(_entry(owner, name, cluster_name, wanted.role_arn, wanted.policy, scope, f"{name}-access-policy"))
    return made


def administrators(
    owner: Component, cluster_name: pulumi.Input[str], role_arns: Mapping[str, pulumi.Input[str]]
) -> list[pulumi.CustomResource]:
    """Roles that may do everything on the whole cluster."""
    return [
        _entry(owner, name, cluster_name, arn, AccessPolicy.CLUSTER_ADMIN, {"type": "cluster"}, f"{name}-administers")
        for name, arn in sorted(role_arns.items())
    ]


def _entry(
    owner: Component,
    name: str,
    cluster_name: pulumi.Input[str],
    role_arn: pulumi.Input[str],
    policy: AccessPolicy,
    scope: eks.AccessPolicyAssociationAccessScopeArgsDict,
    association: str,
) -> pulumi.CustomResource:
    entry = eks.AccessEntry(
        f"{owner.name}-{name}-access",
        cluster_name=cluster_name,
        principal_arn=role_arn,
        type="STANDARD",
        opts=owner.child(),
    )
    return eks.AccessPolicyAssociation(
        f"{owner.name}-{association}",
        cluster_name=cluster_name,
        principal_arn=entry.principal_arn,
        policy_arn=f"arn:{owner.placement.partition}:eks::aws:cluster-access-policy/{POLICIES[policy]}",
        access_scope=scope,
        opts=owner.child(),
    )
