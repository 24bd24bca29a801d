"""FSx for Lustre, linked to the lake."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import cloudwatch, ec2, fsx, vpc
from pydantic import Field

from components.base import Args, Component, Placement
from components.filesystem.options import Filesystem, LinkedZone

PORTS = ((988, 988), (1018, 1023))  # of Lustre; from FSx's guide to access control with Amazon VPC
CHANGES = ["NEW", "CHANGED", "DELETED"]
VERSION = "2.15"


class LustreArgs(Args):
    placement: Placement
    options: Filesystem = Field(description="Size, throughput, what is linked.")
    vpc_id: pulumi.Input[str] = Field(description="The VPC.")
    subnet_id: pulumi.Input[str] = Field(description="The one subnet it lies in.")
    clients: Mapping[str, pulumi.Input[str]] = Field(
        min_length=1, description="Security groups of who mounts it, by a name of theirs."
    )
    buckets: Mapping[LinkedZone, pulumi.Input[str]] = Field(description="Names of the linked buckets, by zone.")
    key_arn: pulumi.Input[str] = Field(description="KMS key of its disks.")
    log_key_arn: pulumi.Input[str] = Field(description="KMS key of its log.")
    log_retention_days: int = Field(ge=1, description="Days that its log stays.")


class Lustre(Component):
    """Encrypted disks, a log of failed imports and exports, and a folder for each linked zone of the lake.

    It is a cache of the lake: what is written into a linked folder goes to the bucket, and FSx makes no backups of a
    linked file system. What lies beside these folders is lost with it.
    """

    filesystem_id: pulumi.Output[str]
    dns_name: pulumi.Output[str]
    mount_name: pulumi.Output[str]
    size_gb: int
    zones: tuple[str, ...]  # folders of it, `/<zone>`

    def __init__(self, name: str, args: LustreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("estate:filesystem:Lustre", name, args.placement, opts)
        missing = [zone for zone in args.options.linked if zone not in args.buckets]
        if missing:
            raise ValueError(f"{name}: no bucket is given for the linked zone {', '.join(missing)}")
        group = self._group(args)
        log = cloudwatch.LogGroup(
            f"{name}-log",
            name=f"/aws/fsx/{args.placement.named('lustre')}",  # FSx writes to no other prefix
            kms_key_id=args.log_key_arn,
            retention_in_days=args.log_retention_days,
            opts=self.guarding_child(),
        )
        made = fsx.LustreFileSystem(
            f"{name}-filesystem",
            deployment_type="PERSISTENT_2",
            storage_type="SSD",
            storage_capacity=args.options.size_gb,
            per_unit_storage_throughput=args.options.throughput,
            file_system_type_version=VERSION,
            subnet_ids=args.subnet_id,
            security_group_ids=[group],
            kms_key_id=args.key_arn,
            data_compression_type="LZ4" if args.options.compress else "NONE",
            automatic_backup_retention_days=0,
            skip_final_backup=True,
            log_configuration={"destination": log.arn, "level": "WARN_ERROR"},
            copy_tags_to_backups=True,
            tags={"Name": args.placement.named("lustre")},
            opts=self.stateful_child(),
        )
        links = [self._link(zone, args.buckets[zone], made, args) for zone in args.options.linked]
        self.size_gb = args.options.size_gb
        self.zones = tuple(zone.value for zone in args.options.linked)
        self.filesystem_id = pulumi.Output.all(made.id, *(link.id for link in links)).apply(lambda ids: ids[0])
        self.dns_name, self.mount_name = made.dns_name, made.mount_name
        self.register_outputs({"dns_name": self.dns_name, "mount_name": self.mount_name})

    def _link(
        self, zone: LinkedZone, bucket: pulumi.Input[str], made: fsx.LustreFileSystem, args: LustreArgs
    ) -> fsx.DataRepositoryAssociation:
        return fsx.DataRepositoryAssociation(
            f"{self.name}-{zone}",
            file_system_id=made.id,
            data_repository_path=pulumi.Output.concat("s3://", bucket),
            file_system_path=f"/{zone}",
            batch_import_meta_data_on_create=True,
            delete_data_in_filesystem=False,
            s3={"auto_import_policy": {"events": CHANGES}, "auto_export_policy": {"events": CHANGES}},
            tags={"Name": args.placement.named("lustre", zone.value)},
            opts=self.child(),
        )

    def _group(self, args: LustreArgs) -> pulumi.Output[str]:
        """Lustre's ports, from the servers to each other and from each client."""
        physical = args.placement.named("lustre")
        group = ec2.SecurityGroup(
            f"{self.name}-group",
            name=physical,
            description="Servers of the Lustre file system",
            vpc_id=args.vpc_id,
            tags={"Name": physical},
            opts=self.guarding_child(),
        )
        rules: list[pulumi.CustomResource] = []
        for client, client_id in {"servers": group.id, **args.clients}.items():
            for first, last in PORTS:
                rules += [
                    vpc.SecurityGroupIngressRule(
                        f"{self.name}-from-{client}-{first}",
                        security_group_id=group.id,
                        description=f"Lustre from {client}",
                        ip_protocol="tcp",
                        from_port=first,
                        to_port=last,
                        referenced_security_group_id=client_id,
                        opts=self.child(),
                    ),
                    vpc.SecurityGroupEgressRule(
                        f"{self.name}-to-{client}-{first}",
                        security_group_id=group.id,
                        description=f"Lustre to {client}",
                        ip_protocol="tcp",
                        from_port=first,
                        to_port=last,
                        referenced_security_group_id=client_id,
                        opts=self.child(),
                    ),
                ]
        rules += self._answers(group, args)
        # FSx looks at the rules when the file system is made, and refuses a group without them.
        return pulumi.Output.all(group.id, *(rule.id for rule in rules)).apply(lambda ids: ids[0])

    def _answers(self, group: ec2.SecurityGroup, args: LustreArgs) -> list[pulumi.CustomResource]:
        """Servers call clients back, when another one wants what they have locked."""
        return [
            vpc.SecurityGroupIngressRule(
                f"{self.name}-back-to-{client}-{first}",
                security_group_id=client_id,
                description="Lustre from servers",
                ip_protocol="tcp",
                from_port=first,
                to_port=last,
                referenced_security_group_id=group.id,
                opts=self.child(),
            )
            for client, client_id in args.clients.items()
            for first, last in PORTS
        ]
