import pytest
from pydantic import ValidationError

from components.cluster.gpu_nodes import GpuNodes
from components.cluster.nodes import NodeGroup, NodeGroupArgs, PlainNodes
from estate.plan.record import record
from tests.components.places import VIRGINIA

ARGS = {
    "placement": VIRGINIA,
    "group": "gpu",
    "cluster_name": "mlops-test-gpu",
    "kubernetes_version": "1.34",
    "role_arn": "arn:role",
    "subnet_ids": {"a": "subnet-a", "b": "subnet-b"},
    "key_arn": "arn:key",
    "tags": {"owner": "ml"},
    "fabric_group_ids": ("sg-cluster", "sg-fabric"),
}
BLOCK = {"capacity": "capacity-block", "reservation_id": "cr-0123456789abcdef0"}


def made(**nodes):
    args = NodeGroupArgs.model_validate({**ARGS, "nodes": GpuNodes.model_validate(nodes)})
    result = record(lambda: NodeGroup("n", args) and None)
    return result, result.named("n-group").inputs, result.named("n-template").inputs


@pytest.mark.parametrize(
    ("nodes", "capacity"),
    [
        ({}, "ON_DEMAND"),
        ({"capacity": "spot"}, "SPOT"),
        ({"capacity": "reservation", "reservation_id": "cr-0123456789abcdef0", "zones": ["a"]}, "ON_DEMAND"),
        ({**BLOCK, "instance_type": "p5.48xlarge", "zones": ["a"]}, "CAPACITY_BLOCK"),
    ],
)
def test_capacity_is_bought_as_asked(nodes, capacity):
    assert made(**nodes)[1]["capacityType"] == capacity


def test_a_capacity_block_stands_in_the_template_with_its_type():
    _, group, template = made(**BLOCK, instance_type="p5.48xlarge", zones=["b"])

    assert "instanceTypes" not in group
    assert template["instanceType"] == "p5.48xlarge"
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}
    assert template["capacityReservationSpecification"] == {
        "capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}
    }
    assert group["subnetIds"] == ["subnet-b"]


def test_a_reservation_is_targeted_and_bought_on_demand():
    _, group, template = made(capacity="reservation", reservation_id="cr-0123456789abcdef0", zones=["a"])

    assert "instanceMarketOptions" not in template
    assert template["capacityReservationSpecification"]["capacityReservationTarget"] == {
        "capacityReservationId": "cr-0123456789abcdef0"
    }
    assert group["instanceTypes"] == ["g5.xlarge"]


def test_spot_nodes_may_be_of_several_types():
    group = made(capacity="spot", other_instance_types=["g6.xlarge", "g5.2xlarge"])[1]

    assert group["instanceTypes"] == ["g5.xlarge", "g6.xlarge", "g5.2xlarge"]


@pytest.mark.parametrize(
    ("instance_type", "interfaces"),
    [
        ("g5.48xlarge", [(0, 0, "efa")]),
        ("g6e.24xlarge", [(0, 0, "efa"), (1, 1, "efa-only")]),
        # Card 0 takes no adapter here: it is there for IP traffic.
        ("p6-b300.48xlarge", [(0, 0, "interface"), *((card, 1, "efa-only") for card in range(1, 17))]),
    ],
)
def test_every_card_that_takes_an_adapter_gets_one_and_one_card_carries_ip(instance_type, interfaces):
    template = made(instance_type=instance_type, efa=True, zones=["a"])[2]
    found = template["networkInterfaces"]

    assert [(each["networkCardIndex"], each["deviceIndex"], each["interfaceType"]) for each in found] == interfaces
    assert {tuple(each["securityGroups"]) for each in found} == {("sg-cluster", "sg-fabric")}


def test_without_a_fabric_eks_makes_the_interfaces():
    assert {"networkInterfaces", "placement"}.isdisjoint(made()[2])


@pytest.mark.parametrize(
    ("nodes", "group"),
    [
        ({}, "mlops-test-node-gpu"),
        ({"capacity": "reservation", "reservation_id": "cr-0123456789abcdef0", "placement_group": "ours"}, "ours"),
        ({"capacity": "reservation", "reservation_id": "cr-0123456789abcdef0"}, None),
    ],
)
def test_nodes_with_a_fabric_stand_close_together(nodes, group):
    result, _, template = made(instance_type="g5.48xlarge", efa=True, zones=["a"], **nodes)

    assert template.get("placement", {}).get("groupName") == group
    assert [goal.inputs["strategy"] for goal in result.goals if goal.type.endswith(":PlacementGroup")] == (
        ["cluster"] if group == "mlops-test-node-gpu" else []
    )


@pytest.mark.parametrize(
    ("image", "ami", "device"),
    [("al2023", "AL2023_x86_64_NVIDIA", "/dev/xvda"), ("bottlerocket", "BOTTLEROCKET_x86_64_NVIDIA", "/dev/xvdb")],
)
def test_the_volume_that_grows_is_the_one_that_holds_images(image, ami, device):
    _, group, template = made(image=image, disk_gb=200)
    disks = {disk["deviceName"]: disk["ebs"] for disk in template["blockDeviceMappings"]}

    assert (group["amiType"], disks[device]["volumeSize"]) == (ami, 200)
    assert list(disks) == sorted({"/dev/xvda", device})
    assert {(disk["encrypted"], disk["kmsKeyId"]) for disk in disks.values()} == {("true", "arn:key")}


def test_nodes_follow_the_clusters_version():
    assert made()[1]["version"] == "1.34"


def test_labels_and_taints_come_beside_the_estates_own():
    group = made(labels={"team": "ml"}, taints={"team": {"value": "ml", "effect": "no-execute"}})[1]

    assert group["labels"] == {"mlops-estate/pool": "gpu", "team": "ml"}
    assert group["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"},
        {"key": "team", "value": "ml", "effect": "NO_EXECUTE"},
    ]


def test_nodes_are_repaired_and_replaced_as_asked():
    group = made(max_unavailable=3, release_version="1.34.1-20251103")[1]

    assert (group["nodeRepairConfig"], group["updateConfig"]) == ({"enabled": True}, {"maxUnavailable": 3})
    assert group["releaseVersion"] == "1.34.1-20251103"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nodes": GpuNodes(instance_type="g5.48xlarge", efa=True), "fabric_group_ids": ()}, "efa works within one"),
        (
            {"nodes": GpuNodes(instance_type="g5.48xlarge", efa=True, zones=("a",)), "fabric_group_ids": ()},
            "the group gpu has efa and no fabric_group_ids",
        ),
        ({"nodes": GpuNodes(zones=("c",))}, "zones has c; the network has a, b"),
        ({"nodes": {"instance_type": "t3.large", "minimum": 4, "disk_gb": 30}}, "minimum 4 is above maximum 3"),
        ({"group": "Big", "nodes": GpuNodes()}, "group"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_registered(wrong, said):
    with pytest.raises(ValidationError, match=said):
        NodeGroupArgs.model_validate({**ARGS, **wrong})


def test_plain_nodes_take_every_pod():
    args = NodeGroupArgs.model_validate({**ARGS, "nodes": PlainNodes(instance_type="t3.large")})
    group = record(lambda: NodeGroup("n", args) and None).named("n-group").inputs

    assert (group["amiType"], group["instanceTypes"], "taints" in group) == (
        "AL2023_x86_64_STANDARD",
        ["t3.large"],
        False,
    )
