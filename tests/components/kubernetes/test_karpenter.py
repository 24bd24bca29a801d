import pytest
from pydantic import ValidationError

from components.cluster import karpenter as beneath
from components.kubernetes.karpenter import NodePools, NodePoolsArgs
from components.kubernetes.pools import GpuPool
from tests.components.kubernetes.cluster import PLACE, faults, made

ARGS = {
    "placement": PLACE,
    "cluster": "mlops-test-gpu",
    "queue": "mlops-test-gpu-interruptions",
    "instance_profile": "mlops-test-gpu-karpenter",
    "subnet_ids": {"a": "subnet-0000000000000000a", "b": "subnet-0000000000000000b"},
    "security_group_id": "sg-00000000000000001",
    "key_arn": "arn:aws:kms:us-east-1:111111111111:key/1",
    "tags": {"owner": "ml"},
    "isolated": False,
    "pools": {"any": {}},
}


def registered(**changes):
    return made(lambda opts: NodePools("gpu-pools", NodePoolsArgs.model_validate({**ARGS, **changes}), opts))


def spec(result, name):
    return result.named(name).inputs["spec"]


@pytest.mark.parametrize(
    "pool",
    [
        {},
        {"image": "bottlerocket@v1.40.0", "zones": ["b"], "most_gpus_a_node": 4, "consolidation": "empty-or-underused"},
        {"capacity": ["reserved", "spot"], "reservations": ["cr-0123456789abcdef0"], "gpus": 64},
    ],
)
def test_pools_are_what_karpenters_own_schemas_allow(pool):
    assert faults(registered(pools={"any": pool})) == []


def test_pools_go_before_the_controller_that_ends_their_nodes():
    result = registered()
    controller, node_class = result.named("gpu-pools-karpenter").urn, result.named("gpu-pools-any-nodes").urn

    assert {controller, node_class} <= set(result.named("gpu-pools-any-pool").dependencies)
    assert controller in result.named("gpu-pools-any-nodes").dependencies
    assert result.named("gpu-pools-karpenter-crd").urn in result.named("gpu-pools-karpenter").dependencies


def test_a_pool_spends_no_more_gpus_than_it_may():
    assert spec(registered(pools={"any": {"gpus": 3}}), "gpu-pools-any-pool")["limits"] == {"nvidia.com/gpu": 3}


def test_nodes_take_only_pods_that_ask_for_a_gpu():
    template = spec(registered(), "gpu-pools-any-pool")["template"]

    assert template["spec"]["taints"] == [{"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}]
    assert template["metadata"]["labels"] == {"mlops-estate/pool": "any"}


def test_nodes_are_bought_as_asked_where_asked():
    pool = {"families": ["g6"], "capacity": ["spot"], "zones": ["b"], "most_gpus_a_node": 4}
    result = registered(pools={"any": pool})
    requirements = {
        each["key"]: each for each in spec(result, "gpu-pools-any-pool")["template"]["spec"]["requirements"]
    }

    assert requirements["karpenter.k8s.aws/instance-family"]["values"] == ["g6"]
    assert requirements["karpenter.sh/capacity-type"]["values"] == ["spot"]
    assert requirements["topology.kubernetes.io/zone"]["values"] == ["us-east-1b"]
    assert requirements["karpenter.k8s.aws/instance-gpu-count"] == {
        "key": "karpenter.k8s.aws/instance-gpu-count",
        "operator": "Lt",
        "values": ["5"],
    }
    assert spec(result, "gpu-pools-any-nodes")["subnetSelectorTerms"] == [{"id": "subnet-0000000000000000b"}]


def test_nodes_encrypt_their_disks_and_take_imdsv2_only():
    nodes = spec(registered(), "gpu-pools-any-nodes")
    (disk,) = nodes["blockDeviceMappings"]

    assert disk["ebs"] == {
        "volumeType": "gp3",
        "volumeSize": "100Gi",
        "encrypted": True,
        "kmsKeyID": ARGS["key_arn"],
        "deleteOnTermination": True,
    }
    assert nodes["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_bottlerocket_keeps_images_on_a_disk_of_their_own():
    nodes = spec(registered(pools={"any": {"image": "bottlerocket@v1.40.0", "disk_gb": 200}}), "gpu-pools-any-nodes")
    disks = {disk["deviceName"]: disk["ebs"]["volumeSize"] for disk in nodes["blockDeviceMappings"]}

    assert disks == {"/dev/xvda": "4Gi", "/dev/xvdb": "200Gi"}


def test_a_network_without_internet_is_told_to_the_controller():
    values = registered(isolated=True).named("gpu-pools-karpenter").inputs["values"]

    assert values["settings"]["isolatedVPC"] is True
    assert values["settings"]["interruptionQueue"] == ARGS["queue"]


def test_images_come_from_the_registry_that_nodes_reach():
    chart = {"images": "111111111111.dkr.ecr.us-east-1.amazonaws.com/copies"}
    values = registered(chart=chart).named("gpu-pools-karpenter").inputs["values"]

    assert values["controller"]["image"] == {
        "repository": "111111111111.dkr.ecr.us-east-1.amazonaws.com/copies/karpenter/controller"
    }


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"gpus": 0}, "gpus is 0: Karpenter would start no node for it"),
        ({"families": ["m5"]}, "family m5 has no NVIDIA GPU"),
        ({"families": ["p5"], "gpus": 0}, "gpus is 0"),
        ({"families": ["p4d"], "gpus": 4}, "the smallest node of p4d has 8 GPUs, and 4 are allowed"),
        ({"capacity": ["reserved"]}, "capacity reserved needs reservations"),
        ({"reservations": ["cr-0123456789abcdef0"]}, "reservations are for capacity reserved"),
        ({"image": "al2023@latest"}, "image"),
        ({"zones": ["z"]}, "zones"),
    ],
)
def test_a_pool_that_could_start_nothing_is_refused(wrong, said):
    with pytest.raises(ValidationError, match=said):
        GpuPool.model_validate(wrong)


def test_the_controller_is_the_one_that_gets_the_role():
    values = registered().named("gpu-pools-karpenter").inputs

    assert (values["namespace"], values["values"]["serviceAccount"]["name"]) == (
        beneath.NAMESPACE,
        beneath.SERVICE_ACCOUNT,
    )
