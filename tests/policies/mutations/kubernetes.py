"""Mutations for rules/kubernetes.py."""

from policies.rules import kubernetes
from tests.policies.mutations.kit import Inputs, Mutation, drop, put

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"
QUEUE = "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue"
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers[0]"
HOST_PATH = [{"name": "node", "hostPath": {"path": "/var/run"}}]


def unlabelled(inputs: Inputs) -> None:
    """Takes the namespace's standard away."""
    del inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]


MUTATIONS = {
    "kubernetes-not-privileged": Mutation(
        DEPLOYMENT, put(f"{CONTAINER}.securityContext.allowPrivilegeEscalation", True)
    ),
    "kubernetes-plain-user": Mutation(DEPLOYMENT, put(f"{CONTAINER}.securityContext.readOnlyRootFilesystem", False)),
    "kubernetes-no-host-path": Mutation(DEPLOYMENT, put(f"{POD}.volumes", HOST_PATH)),
    "kubernetes-bounded": Mutation(DEPLOYMENT, drop(f"{CONTAINER}.resources.limits.memory")),
    "kubernetes-image-pinned": Mutation(DEPLOYMENT, put(f"{CONTAINER}.image", "example/serving:latest")),
    "kubernetes-no-token": Mutation(DEPLOYMENT, put(f"{POD}.automountServiceAccountToken", True)),
    "kubernetes-namespace-fenced": Mutation(
        kubernetes.NETWORK_POLICY, put("spec.policyTypes", ["Ingress"]), where="-deny"
    ),
    "kubernetes-namespace-standard": Mutation(kubernetes.NAMESPACE, unlabelled, where="gpu-models-namespace"),
    "kubernetes-service-inside": Mutation(SERVICE, put("spec.type", "NodePort")),
    "helm-chart-pinned": Mutation(kubernetes.RELEASE, drop("version")),
    "karpenter-pool-bounded": Mutation(kubernetes.NODE_POOL, put("spec.limits", {})),
    "karpenter-nodes-guarded": Mutation(kubernetes.NODE_CLASS, put("spec.metadataOptions.httpTokens", "optional")),
    "kueue-share-bounded": Mutation(QUEUE, put("spec.namespaceSelector", {})),
}
