"""How pods come to a Lustre file system."""

import pulumi
from pulumi_kubernetes import core
from pydantic import Field

from components.base import Args, Component, Placement

DRIVER = "fsx.csi.aws.com"
CLAIM = "lake"


class LustreVolumeArgs(Args):
    placement: Placement
    filesystem_id: pulumi.Input[str] = Field(description="The file system, once it is linked.")
    dns_name: pulumi.Input[str] = Field(description="Host to mount it from.")
    mount_name: pulumi.Input[str] = Field(description="What it is called there.")
    size_gb: int = Field(ge=1, description="Its size, in GiB.")
    namespace: pulumi.Input[str] = Field(description="Namespace whose pods may mount it.")


class LustreVolume(Component):
    """A volume that is there already, and the claim `lake` by which pods of one namespace mount it.

    It stays when the claim goes: what it holds is the file system's to keep.
    """

    claim = CLAIM

    def __init__(self, name: str, args: LustreVolumeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:filesystem:LustreVolume", name, args.placement, opts)
        size = f"{args.size_gb}Gi"
        volume = core.v1.PersistentVolume(
            f"{name}-volume",
            metadata={"name": CLAIM},
            spec={
                "capacity": {"storage": size},
                "access_modes": ["ReadWriteMany"],
                "mount_options": ["flock"],
                "persistent_volume_reclaim_policy": "Retain",
                "storage_class_name": "",  # the cluster's default class would make another disk
                "claim_ref": {"namespace": args.namespace, "name": CLAIM},
                "csi": {
                    "driver": DRIVER,
                    "volume_handle": args.filesystem_id,
                    "volume_attributes": {"dnsname": args.dns_name, "mountname": args.mount_name},
                },
            },
            opts=self.child(),
        )
        core.v1.PersistentVolumeClaim(
            f"{name}-claim",
            metadata={"name": CLAIM, "namespace": args.namespace},
            spec={
                "access_modes": ["ReadWriteMany"],
                "storage_class_name": "",
                "volume_name": volume.metadata.name,
                "resources": {"requests": {"storage": size}},
            },
            opts=self.child(),
        )
        self.register_outputs({})
