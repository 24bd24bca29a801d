"""AWS's device plugin for Elastic Fabric Adapters."""

from collections.abc import Sequence

import pulumi
from pulumi_kubernetes import apps, core
from pydantic import Field

from components.base import Args, Component, Placement
from components.kubernetes.fence import EVERY_NODE, NEEDS_NODE, only_on

NAME = "aws-efa-device-plugin"
# Folders of the node: sockets of the kubelet, and the adapters.
FOLDERS = {"sockets": "/var/lib/kubelet/device-plugins", "adapters": "/dev/infiniband"}


class FabricPluginArgs(Args):
    placement: Placement
    image: str = Field(
        pattern=r"^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$", description="AWS's EFA device plugin, by tag or digest."
    )
    groups: Sequence[str] = Field(min_length=1, description="Node groups whose nodes have adapters.")
    pool_label: str = Field(description="Node label that holds the group's name.")


class FabricPlugin(Component):
    """One pod a node with adapters; without it no pod can ask for `vpc.amazonaws.com/efa`, and none reaches one."""

    def __init__(self, name: str, args: FabricPluginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:kubernetes:FabricPlugin", name, args.placement, opts)
        labels = {"app.kubernetes.io/name": NAME}
        apps.v1.DaemonSet(
            f"{name}-daemonset",
            metadata={"name": NAME, "namespace": "kube-system", "labels": labels},
            spec={
                "selector": {"match_labels": labels},
                "update_strategy": {"type": "RollingUpdate"},
                "template": {
                    "metadata": {
                        "labels": labels,
                        "annotations": {NEEDS_NODE: "finds its node's fabric adapters and tells the kubelet of them"},
                    },
                    "spec": _pod(args),
                },
            },
            opts=self.child(),
        )
        self.register_outputs({})


def _pod(args: FabricPluginArgs) -> core.v1.PodSpecArgsDict:
    mounts: list[core.v1.VolumeMountArgsDict] = [{"name": name, "mount_path": path} for name, path in FOLDERS.items()]
    volumes: list[core.v1.VolumeArgsDict] = [
        {"name": name, "host_path": {"path": path, "type": "Directory"}} for name, path in FOLDERS.items()
    ]
    return {
        "priority_class_name": "system-node-critical",
        "automount_service_account_token": False,
        "host_network": True,  # adapters are devices of the node's own network
        "tolerations": EVERY_NODE,
        "affinity": only_on(args.pool_label, args.groups),
        "containers": [
            {
                "name": NAME,
                "image": args.image,
                "resources": {"requests": {"cpu": "10m", "memory": "20Mi"}, "limits": {"memory": "64Mi"}},
                "security_context": {
                    "allow_privilege_escalation": False,
                    "capabilities": {"drop": ["ALL"]},
                    "read_only_root_filesystem": True,
                },
                "volume_mounts": mounts,
            }
        ],
        "volumes": volumes,
    }
