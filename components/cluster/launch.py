"""What a launch template says of a node's network, market and disks."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
from pulumi_aws import ec2

from components.cluster.gpu_nodes import RESERVED, Capacity, GpuNodes, Image
from contracts.gpus import gpu_type


class Market(TypedDict, total=False):
    """Arguments of a launch template that say where its instances come from."""

    instance_type: str
    instance_market_options: ec2.LaunchTemplateInstanceMarketOptionsArgsDict
    capacity_reservation_specification: ec2.LaunchTemplateCapacityReservationSpecificationArgsDict


def disks(
    nodes: GpuNodes | None, size_gb: int, key_arn: pulumi.Input[str]
) -> list[ec2.LaunchTemplateBlockDeviceMappingArgsDict]:
    """Volumes of a node, all encrypted with the key; `size_gb` is that of images and pods.

    Bottlerocket has a volume of its own for these, beside its system's, which stays as small as its image.
    """
    sizes: dict[str, int | None] = {"/dev/xvda": size_gb}
    if nodes is not None and nodes.image is Image.BOTTLEROCKET:
        sizes = {"/dev/xvda": None, "/dev/xvdb": size_gb}
    return [
        {
            "device_name": device,
            "ebs": {
                "volume_type": "gp3",
                **({} if size is None else {"volume_size": size}),
                "encrypted": "true",
                "kms_key_id": key_arn,
                "delete_on_termination": "true",
            },
        }
        for device, size in sizes.items()
    ]


def market(nodes: GpuNodes | None) -> Market:
    """On demand and spot are the group's to say; what is reserved stands in the template, by its id."""
    if nodes is None or nodes.capacity not in RESERVED or nodes.reservation_id is None:
        return {}
    target: ec2.LaunchTemplateCapacityReservationSpecificationArgsDict = {
        "capacity_reservation_target": {"capacity_reservation_id": nodes.reservation_id}
    }
    if nodes.capacity is Capacity.RESERVATION:
        return {"capacity_reservation_specification": target}
    return {
        "instance_type": nodes.instance_type,
        "instance_market_options": {"market_type": "capacity-block"},
        "capacity_reservation_specification": target,
    }


def interfaces(
    nodes: GpuNodes | None, group_ids: Sequence[pulumi.Input[str]]
) -> list[ec2.LaunchTemplateNetworkInterfaceArgsDict] | None:
    """One interface a network card for nodes with EFA; None leaves them to EKS.

    Card 0 carries the node's IP traffic. The other cards get an adapter without an address, so that a node of 32 cards
    takes one address of the subnet and not 32.
    """
    if nodes is None or not nodes.efa:
        return None
    cards = gpu_type(nodes.instance_type).efa_cards
    return [
        {
            "network_card_index": card,
            "device_index": 0 if card == 0 else 1,
            "interface_type": _kind(card, cards),
            "delete_on_termination": "true",
            "security_groups": list(group_ids),
        }
        for card in sorted({0, *cards})
    ]


def _kind(card: int, cards: Sequence[int]) -> str:
    if card == 0:
        return "efa" if card in cards else "interface"
    return "efa-only"
