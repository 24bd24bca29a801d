"""What every GPU cluster runs before anyone uses it: the device plugin, a fenced namespace, a quota."""

from collections.abc import Mapping, Sequence
from typing import Self

import pulumi
from pulumi_kubernetes import Provider, apps, core, scheduling, storage
from pydantic import Field, model_validator

from components.base import Args, Component, Placement
from components.cluster.nodes import GPU
from components.kubernetes.fence import BASICS, EVERY_NODE, NEEDS_NODE, allow, default_limits, deny_all, only_on

NAMESPACE = "training"
PLUGIN = "nvidia-device-plugin"
SERVING_PRIORITY = "estate-serving"
TRAINING_PRIORITY = "estate-training"
PRIORITIES = (
    (SERVING_PRIORITY, 1_000_000, "Hosts of models: they answer somebody who waits."),
    # Kueue takes it for the priority of a job that names none: that of its class `normal`.
    (TRAINING_PRIORITY, 100, "Jobs: they can start again."),
)
DISKS = "encrypted"
SOCKETS = "/var/lib/kubelet/device-plugins"


class ClusterWorkloadsArgs(Args):
    placement: Placement
    kubeconfig: pulumi.Input[str] = Field(description="How to reach the cluster.")
    identity: pulumi.Input[str] = Field(description="What tells the cluster from another one of its name.")
    gpu_quota: int = Field(ge=0, description="GPUs that all jobs of the namespace may hold at once.")
    device_plugin_image: str | None = Field(
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$",
        description="NVIDIA's device plugin, by tag or digest; None where an operator, or the nodes' image, brings it.",
    )
    labels: Mapping[str, str] = Field(default={}, description="Labels of the training namespace; none by default.")
    plugin_groups: Sequence[str] = Field(
        default=(), description="Node groups and pools with GPUs whose image has no device plugin; none by default."
    )
    pool_label: str = Field(description="Node label that holds the group's name.")
    disk_key_arn: pulumi.Input[str] | None = Field(
        default=None, description="KMS key of disks that pods ask the EBS add-on for; no class of disks by default."
    )

    @model_validator(mode="after")
    def _plugin_has_nodes(self) -> Self:
        if self.device_plugin_image is not None and not self.plugin_groups:
            raise ValueError("device_plugin_image is given, and plugin_groups names no nodes that it would run on")
        return self


class ClusterWorkloads(Component):
    """Kubernetes objects, through a provider of their own."""

    provider: Provider
    namespace: pulumi.Output[str]  # of training jobs

    def __init__(self, name: str, args: ClusterWorkloadsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:cluster:ClusterWorkloads", name, args.placement, opts)
        self.provider = Provider(
            f"{name}-kubernetes",
            kubeconfig=args.kubeconfig,
            # Without it, a kubeconfig that is not known before an update would replace every object.
            cluster_identifier=args.identity,
            opts=self.child(),
        )
        self._opts = self.child(provider=self.provider)
        if args.device_plugin_image is not None:
            self._device_plugin(args, args.device_plugin_image)
        # Answers come before experiments, where both want the same node.
        for name_of, value, text in PRIORITIES:
            scheduling.v1.PriorityClass(
                f"{name}-{name_of}",
                metadata={"name": name_of},
                value=value,
                description=text,
                opts=self._opts,
            )
        labels = {"pod-security.kubernetes.io/enforce": "restricted", **args.labels}
        namespace = core.v1.Namespace(
            f"{name}-namespace", metadata={"name": NAMESPACE, "labels": labels}, opts=self._opts
        ).metadata.name
        self.namespace = namespace
        deny_all(self, namespace, provider=self.provider)
        # Nothing comes in but what pods of one training job tell each other.
        allow(self, namespace, ingress=[], egress=BASICS, provider=self.provider)
        default_limits(self, namespace, provider=self.provider)
        core.v1.ResourceQuota(
            f"{name}-quota",
            metadata={"name": "gpus", "namespace": namespace},
            spec={"hard": {f"requests.{GPU}": str(args.gpu_quota)}},
            opts=self._opts,
        )
        if args.disk_key_arn is not None:
            self._disks(args.disk_key_arn)
        self.register_outputs({})

    def _disks(self, key_arn: pulumi.Input[str]) -> None:
        """What a claim gets that names no class: EKS has no default one, and its own class encrypts nothing."""
        storage.v1.StorageClass(
            f"{self.name}-disks",
            metadata={"name": DISKS, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": key_arn},
            reclaim_policy="Delete",
            volume_binding_mode="WaitForFirstConsumer",  # a disk lies in one zone: that of its pod
            allow_volume_expansion=True,
            opts=self._opts,
        )

    def _device_plugin(self, args: ClusterWorkloadsArgs, image: str) -> None:
        """Tells Kubernetes how many GPUs a node has; without it none can be asked for."""
        labels = {"app.kubernetes.io/name": PLUGIN}
        apps.v1.DaemonSet(
            f"{self.name}-device-plugin",
            metadata={"name": PLUGIN, "namespace": "kube-system", "labels": labels},
            spec={
                "selector": {"match_labels": labels},
                "update_strategy": {"type": "RollingUpdate"},
                "template": {
                    "metadata": {"labels": labels, "annotations": {NEEDS_NODE: "tells the kubelet of its node's GPUs"}},
                    "spec": {
                        "priority_class_name": "system-node-critical",
                        "automount_service_account_token": False,
                        "tolerations": EVERY_NODE,
                        "affinity": only_on(args.pool_label, args.plugin_groups),
                        "containers": [
                            {
                                "name": PLUGIN,
                                "image": image,
                                "env": [{"name": "FAIL_ON_INIT_ERROR", "value": "false"}],
                                "resources": {
                                    "requests": {"cpu": "10m", "memory": "64Mi"},
                                    "limits": {"memory": "128Mi"},
                                },
                                "security_context": {
                                    "allow_privilege_escalation": False,
                                    "capabilities": {"drop": ["ALL"]},
                                    "read_only_root_filesystem": True,
                                },
                                "volume_mounts": [{"name": "sockets", "mount_path": SOCKETS}],
                            }
                        ],
                        "volumes": [{"name": "sockets", "host_path": {"path": SOCKETS}}],
                    },
                },
            },
            opts=self._opts,
        )
