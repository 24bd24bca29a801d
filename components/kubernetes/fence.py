"""Namespaces with walls: what pods may be, whom they may talk to, and how much they may take."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import pulumi
from pulumi_kubernetes import core, networking
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.cluster.nodes import GPU

# Where a pod asks who it is: EKS Pod Identity's agent, on the pod's own node.
IDENTITY_AGENT = "169.254.170.23/32"
SYSTEM_NAMESPACE = "kube-system"
# Why a pod is more than a plain one, or a namespace lets it be: said where a reviewer and the policies read it.
NEEDS_NODE = "mlops-estate/needs-its-node"
TEAM = "mlops-estate/team"  # namespace label with the team's name

# Of pods that serve their node: whatever taints a group has, its GPUs are of no use without them.
EVERY_NODE: list[core.v1.TolerationArgsDict] = [{"operator": "Exists"}]

Peer = networking.v1.NetworkPolicyPeerArgsDict
Port = networking.v1.NetworkPolicyPortArgsDict


def only_on(label: str, groups: Sequence[str]) -> core.v1.AffinityArgsDict:
    """Keeps pods on the nodes of these groups, which `label` tells."""
    in_groups: core.v1.NodeSelectorRequirementArgsDict = {"key": label, "operator": "In", "values": sorted(groups)}
    terms: list[core.v1.NodeSelectorTermArgsDict] = [{"match_expressions": [in_groups]}]
    return {"node_affinity": {"required_during_scheduling_ignored_during_execution": {"node_selector_terms": terms}}}


def in_namespace(name: str) -> Peer:
    return {"namespace_selector": {"match_labels": {"kubernetes.io/metadata.name": name}}}


def tcp(*ports: int) -> list[Port]:
    return [{"port": port, "protocol": "TCP"} for port in ports]


# Name look-ups, HTTPS (the Kubernetes API, AWS), and the agent that gives a pod its role.
BASICS: tuple[networking.v1.NetworkPolicyEgressRuleArgsDict, ...] = (
    {"to": [in_namespace(SYSTEM_NAMESPACE)], "ports": [{"port": 53, "protocol": "UDP"}, *tcp(53)]},
    {"ports": tcp(443)},
    {"to": [{"ip_block": {"cidr": IDENTITY_AGENT}}], "ports": tcp(80)},
)


class NamespaceArgs(Args):
    placement: Placement
    namespace: str = Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", description="Name of the namespace.")
    pod_security: Literal["restricted", "baseline", "privileged"] = Field(
        default="restricted", description="Pod Security Standard that pods must meet; the strictest by default."
    )
    needs_node: str | None = Field(
        default=None, description="Why pods may have rights over their node; for the standard privileged."
    )
    labels: Mapping[str, str] = Field(default={}, description="Labels besides; none by default.")
    ports_open_to_all: Sequence[int] = Field(
        default=(),
        description="TCP ports that anyone may reach, such as webhooks, which the API calls; none by default.",
    )
    open_to: Mapping[str, Sequence[int]] = Field(
        default={}, description="TCP ports by the namespaces that may reach them; none by default."
    )
    reaches_pods_on: Sequence[int] = Field(
        default=(), description="TCP ports of other pods that its pods may reach, such as metrics; none by default."
    )
    reaches_addresses: Mapping[str, Sequence[int]] = Field(
        default={}, description="TCP ports by the address ranges on which its pods may reach them; none by default."
    )
    gpus: int | None = Field(default=None, ge=0, description="GPUs that its pods may hold; as queues let by default.")
    pods: int | None = Field(default=None, ge=1, description="Pods at the same time; without bound by default.")

    @model_validator(mode="after")
    def _rights_have_a_reason(self) -> Self:
        if (self.pod_security == "privileged") is (self.needs_node is None):
            raise ValueError("needs_node says why the standard is privileged; one goes with the other")
        return self


class FencedNamespace(Component):
    """A namespace, its Pod Security label, network policies, limits for containers that name none, and a quota."""

    namespace: pulumi.Output[str]
    walls: list[pulumi.Resource]  # what must stand before pods start

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:FencedNamespace", name, args.placement, opts)
        level = args.pod_security
        made = core.v1.Namespace(
            f"{name}-namespace",
            metadata={
                "name": args.namespace,
                "labels": {
                    "pod-security.kubernetes.io/enforce": level,
                    "pod-security.kubernetes.io/warn": "restricted",
                    **args.labels,
                },
                "annotations": None if args.needs_node is None else {NEEDS_NODE: args.needs_node},
            },
            opts=self.child(),
        )
        self.namespace = made.metadata.name
        self.walls = [
            deny_all(self, self.namespace),
            allow(self, self.namespace, _ways_in(args), _ways_out(args)),
            default_limits(self, self.namespace),
        ]
        hard = {f"requests.{GPU}": args.gpus, "pods": args.pods}
        bounds = {key: str(value) for key, value in hard.items() if value is not None}
        if bounds:
            self.walls.append(
                core.v1.ResourceQuota(
                    f"{name}-quota",
                    metadata={"name": "bounds", "namespace": self.namespace},
                    spec={"hard": bounds},
                    opts=self.child(),
                )
            )
        self.register_outputs({"namespace": self.namespace})


def _ways_in(args: NamespaceArgs) -> list[networking.v1.NetworkPolicyIngressRuleArgsDict]:
    found: list[networking.v1.NetworkPolicyIngressRuleArgsDict] = [
        {"from_": [in_namespace(other)], "ports": tcp(*ports)} for other, ports in sorted(args.open_to.items())
    ]
    if args.ports_open_to_all:
        found.append({"ports": tcp(*args.ports_open_to_all)})
    return found


def _ways_out(args: NamespaceArgs) -> list[networking.v1.NetworkPolicyEgressRuleArgsDict]:
    everywhere: Peer = {"namespace_selector": {}}
    found = list(BASICS)
    if args.reaches_pods_on:
        found.append({"to": [everywhere], "ports": tcp(*args.reaches_pods_on)})
    for cidr, ports in sorted(args.reaches_addresses.items()):
        found.append({"to": [{"ip_block": {"cidr": cidr}}], "ports": tcp(*ports)})
    return found


def deny_all(
    owner: Component, namespace: pulumi.Input[str], provider: pulumi.ProviderResource | None = None
) -> networking.v1.NetworkPolicy:
    """Nothing comes in and nothing goes out, but for what another policy allows."""
    return networking.v1.NetworkPolicy(
        f"{owner.name}-deny",
        metadata={"name": "default-deny", "namespace": namespace},
        spec={"pod_selector": {}, "policy_types": ["Ingress", "Egress"]},
        opts=owner.child(provider=provider),
    )


def allow(
    owner: Component,
    namespace: pulumi.Input[str],
    ingress: Sequence[networking.v1.NetworkPolicyIngressRuleArgsDict],
    egress: Sequence[networking.v1.NetworkPolicyEgressRuleArgsDict],
    provider: pulumi.ProviderResource | None = None,
) -> networking.v1.NetworkPolicy:
    """What pods of a namespace may do besides talking to each other, which they always may."""
    each_other: Peer = {"pod_selector": {}}
    return networking.v1.NetworkPolicy(
        f"{owner.name}-allow",
        metadata={"name": "allow-needed", "namespace": namespace},
        spec={
            "pod_selector": {},
            "policy_types": ["Ingress", "Egress"],
            "ingress": [{"from_": [each_other]}, *ingress],
            "egress": [*egress, {"to": [each_other]}],
        },
        opts=owner.child(provider=provider),
    )


def default_limits(
    owner: Component, namespace: pulumi.Input[str], provider: pulumi.ProviderResource | None = None
) -> core.v1.LimitRange:
    """What a container gets that asks for nothing: little, so that it says what it needs."""
    return core.v1.LimitRange(
        f"{owner.name}-limits",
        metadata={"name": "defaults", "namespace": namespace},
        spec={
            "limits": [
                {
                    "type": "Container",
                    "default": {"memory": "512Mi"},
                    "default_request": {"cpu": "100m", "memory": "256Mi"},
                }
            ]
        },
        opts=owner.child(provider=provider),
    )
