"""Mutations for rules/cluster.py."""

from policies.rules import cluster
from tests.policies.mutations.kit import Mutation, drop, inside, put

POD = "assumeRolePolicy"
CLAIM = "Statement[0].Condition.StringEquals.aws:RequestTag/kubernetes-namespace"

MUTATIONS = {
    "eks-private-endpoint": Mutation(cluster.CLUSTER, put("vpcConfig.endpointPublicAccess", True)),
    "eks-audited": Mutation(cluster.CLUSTER, put("enabledClusterLogTypes", ["api"])),
    "eks-secrets-encrypted": Mutation(cluster.CLUSTER, drop("encryptionConfig")),
    "eks-access-by-entries": Mutation(cluster.CLUSTER, put("accessConfig.authenticationMode", "CONFIG_MAP")),
    "eks-supported": Mutation(cluster.CLUSTER, put("upgradePolicy.supportType", "EXTENDED")),
    "eks-entry-of-a-role": Mutation(cluster.ENTRY, put("kubernetesGroups", ["system:masters"])),
    "eks-rights-scoped": Mutation(cluster.ASSOCIATION, put("accessScope", {"type": "cluster"}), where="data-science"),
    "eks-nodes-without-ssh": Mutation(cluster.NODE_GROUP, put("remoteAccess", {"ec2SshKey": "mine"})),
    "eks-nodes-repaired": Mutation(cluster.NODE_GROUP, put("nodeRepairConfig.enabled", False)),
    "eks-pod-role-scoped": Mutation(cluster.ROLE, inside(POD, drop(CLAIM)), where="tumor-screening-host-role-role"),
    "ec2-metadata-v2": Mutation(cluster.LAUNCH_TEMPLATE, put("metadataOptions.httpTokens", "optional")),
    "ec2-disks-encrypted": Mutation(cluster.LAUNCH_TEMPLATE, put("blockDeviceMappings[0].ebs.encrypted", "false")),
}
