"""Mutations for rules/cluster.py."""

from policies.rules import cluster
from tests.policies.mutations.kit import Mutation, drop, put

CONTAINER = "spec.template.spec.containers[0]"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"

MUTATIONS = {
    "eks-private-endpoint": Mutation(cluster.CLUSTER, put("vpcConfig.endpointPublicAccess", True)),
    "eks-audited": Mutation(cluster.CLUSTER, put("enabledClusterLogTypes", ["api"])),
    "eks-secrets-encrypted": Mutation(cluster.CLUSTER, drop("encryptionConfig")),
    "ec2-metadata-v2": Mutation(cluster.LAUNCH_TEMPLATE, put("metadataOptions.httpTokens", "optional")),
    "ec2-disks-encrypted": Mutation(cluster.LAUNCH_TEMPLATE, put("blockDeviceMappings[0].ebs.encrypted", "false")),
    "kubernetes-not-privileged": Mutation(
        DEPLOYMENT, put(f"{CONTAINER}.securityContext.allowPrivilegeEscalation", True)
    ),
    "kubernetes-image-pinned": Mutation(DEPLOYMENT, put(f"{CONTAINER}.image", "example/serving:latest")),
}
