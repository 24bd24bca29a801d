import pytest
from pydantic import ValidationError

from components.cluster.gpu_nodes import GpuNodes


def nodes(**values):
    return GpuNodes.model_validate(values)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"minimum": 3}, "minimum 3 is above maximum 1"),
        ({"instance_type": "m5.large"}, "m5.large is no instance type with GPUs (as of "),
        ({"instance_type": "g5.huge"}, "allowed are g5.12xlarge, g5.16xlarge"),
        ({"instance_type": "g5g.xlarge"}, "g5g.xlarge is arm64; the estate's images are built for x86_64"),
        ({"instance_type": "g6f.large"}, "g6f.large is no instance type with GPUs"),
        ({"other_instance_types": ["g5.2xlarge"]}, "other_instance_types are for capacity spot, not on-demand"),
        (
            {"capacity": "spot", "other_instance_types": ["g5.12xlarge"]},
            "as many GPUs each, so that a pod fits on any: g5.xlarge has 1, g5.12xlarge has 4",
        ),
        (
            {"capacity": "capacity-block", "instance_type": "p5.48xlarge"},
            "capacity capacity-block needs reservation_id, such as cr-0123456789abcdef0",
        ),
        ({"capacity": "reservation"}, "capacity reservation needs reservation_id"),
        (
            {"capacity": "spot", "reservation_id": "cr-0123456789abcdef0"},
            "capacity spot and reservation_id cr-0123456789abcdef0 exclude each other: nodes of a reservation or a "
            "capacity block are paid for and never taken back; set capacity to reservation or capacity-block",
        ),
        (
            {"capacity": "capacity-block", "reservation_id": "cr-0123456789abcdef0"},
            "g5.xlarge is not sold as a capacity block",
        ),
        (
            {
                "capacity": "capacity-block",
                "reservation_id": "cr-0123456789abcdef0",
                "instance_type": "p5.48xlarge",
                "minimum": 1,
            },
            "minimum 1 is for nodes that can start at any time; those of a capacity block start with it",
        ),
        ({"reservation_id": "lt-1"}, "reservation_id"),
        ({"efa": True}, "efa is on, and g5.xlarge has no Elastic Fabric Adapter"),
        (
            {
                "capacity": "spot",
                "instance_type": "g5.8xlarge",
                "other_instance_types": ["g5.16xlarge"],
                "efa": True,
            },
            "efa is for one instance type",
        ),
        (
            {"instance_type": "g5.48xlarge", "efa": True, "zones": ["a", "b"]},
            "efa works within one zone, and zones has a, b; name one of them",
        ),
        (
            {"capacity": "reservation", "reservation_id": "cr-0123456789abcdef0", "zones": ["a", "b"]},
            "capacity reservation lies in one zone, and zones has a, b",
        ),
        ({"placement_group": "close"}, "placement_group is for capacity reservation with efa"),
        ({"zones": ["g"]}, "zones"),
        ({"labels": {"-team": "ml"}}, "labels"),
        ({"disk_gb": 20}, "disk_gb"),
    ],
)
def test_what_ec2_cannot_do_is_refused_in_words(wrong, said):
    with pytest.raises(ValidationError) as error:
        nodes(**wrong)

    assert said in str(error.value)


@pytest.mark.parametrize(
    ("wanted", "available", "said"),
    [
        ({"zones": ["c"]}, ["a", "b"], "zones has c; the network has a, b"),
        (
            {"instance_type": "g5.48xlarge", "efa": True},
            ["a", "b"],
            "efa works within one zone, and the network has a, b; name one under zones",
        ),
    ],
)
def test_zones_are_those_of_the_network(wanted, available, said):
    with pytest.raises(ValueError, match=said):
        nodes(**wanted).in_zones(available)


def test_nodes_start_in_all_zones_unless_one_is_named():
    assert nodes().in_zones(["a", "b"]) == ["a", "b"]
    assert nodes(zones=["b"]).in_zones(["a", "b"]) == ["b"]


def test_a_node_tells_its_gpus_and_types():
    wanted = nodes(capacity="spot", instance_type="g5.12xlarge", other_instance_types=["g6.12xlarge"])

    assert (wanted.gpus, wanted.instance_types) == (4, ("g5.12xlarge", "g6.12xlarge"))
